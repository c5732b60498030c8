// SPDX-License-Identifier: Apache-2.0
internal import BelfryDaemon
internal import HTTPTypes
internal import Hummingbird

/// Stands before every route: lets through who may, and puts what is refused or fails into an answer.
struct AccessMiddleware: RouterMiddleware {
  let rules: AccessRules
  let parts: ServerParts
  let sessions: Sessions

  @concurrent func handle(
    _ request: Request,
    context: CallContext,
    next: @concurrent (Request, CallContext) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    var context = context
    var call = Call(request)
    call.session = sessions.name(in: request.headers[.cookie], at: parts.now)
    switch rules.decide(call, at: parts.now) {
    case .refused(let refusal) where refusal.asksForToken && request.isOfPerson:
      return Response(status: .seeOther, headers: [.location: "/login"])
    case .refused(let refusal): return .refusal(refusal, path: path)
    case .allowed(let caller): context.caller = caller
    }
    do {
      var response = try await next(request, context)
      response.headers[.xContentTypeOptions] = "nosniff"
      return response
    } catch let refusal as Refusal {
      return .refusal(refusal, path: path)
    } catch let error as HTTPError {
      return .refusal(Refusal(.notFound, error.body ?? "There is nothing at \(path)."), path: path)
    } catch {
      parts.console.fail(
        "server: \(request.method) \(path): \(error)",
        .topic(.server),
        .text(.method, request.method.rawValue),
        .text(.path, path),
        .error(error)
      )
      return .refusal(Refusal(.unavailable, "It failed; the log says why.", retryAfter: 5), path: path)
    }
  }
}

extension Request {
  /// Whether a browser asks for a page to show.
  fileprivate var isOfPerson: Bool {
    method == .get && AccessRules.isCockpit(uri.path) && (headers[.accept] ?? "").contains("text/html")
  }
}

extension Call {
  init(_ request: Request) {
    self.init(
      method: request.method.rawValue,
      path: request.uri.path,
      host: request.head.authority,
      origin: request.headers[.origin],
      authorization: request.headers[.authorization]
    )
  }
}
