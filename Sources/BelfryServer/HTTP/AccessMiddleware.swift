// SPDX-License-Identifier: Apache-2.0
internal import BelfryEngine
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOHTTP1

/// Runs before every route: authorizes callers, and turns refusals and errors into answers.
struct AccessMiddleware: RouterMiddleware {
  let rules: AccessRules
  let routes: Routes
  let server: ServerContext
  let sessions: Sessions

  @concurrent func handle(
    _ request: Request,
    context: CallContext,
    next: @concurrent (Request, CallContext) async throws -> Response
  ) async throws -> Response {
    let path = request.uri.path
    var context = context
    var call = Call(request)
    call.session = sessions.name(in: request.headers[.cookie], at: server.now)
    let access = routes.access(request.method.rawValue, context.endpointPath)
    switch rules.decide(call, to: access, at: server.now) {
    case .refused(let refusal) where refusal.asksForToken && access.isPage && request.wantsPage:
      return Response(status: .seeOther, headers: [.location: "/login"])
    case .refused(let refusal): return .refusal(refusal, path: path)
    case .allowed(let caller): context.caller = caller
    }
    do {
      var response = try await next(request, context)
      response.headers[.xContentTypeOptions] = "nosniff"
      return response
    } catch {
      return .refusal(refusal(for: error, request), path: path)
    }
  }

  /// The answer for an error; Belfry's failures and callers' mistakes are logged.
  private func refusal(for error: any Error, _ request: Request) -> Refusal {
    switch error {
    case let refusal as Refusal: return refusal
    case is HTTPError:
      guard HTTPRequest.Method.known.contains(request.method) else {
        return Refusal(
          .unknownMethod,
          "Unknown method: \(CallerLines.bounded("\(request.method)"))."
        )
      }
      return Refusal(.notFound, "Not found: \(CallerLines.bounded(request.uri.path)).")
    case is HTTPParserError: return Refusal(.badRequest, "The request is malformed.").last
    case is ChannelError, is IOError, is CancellationError:
      server.callerLines.say(.abandonedRequest, at: server.now, request.shown, .text(.path, request.shown))
      return Refusal(.unavailable, "The connection was closed.", retryAfter: 5).last
    default:
      server.callerLines.say(
        .failedRequest,
        at: server.now,
        "\(request.shown): \(error)",
        .text(.method, CallerLines.bounded(request.method.rawValue)),
        .text(.path, CallerLines.bounded(request.uri.path)),
        .text(.error, CallerLines.bounded("\(error)"))
      )
      return Refusal(.unavailable, "The request failed; see Belfry's log.", retryAfter: 5)
    }
  }
}

extension Refusal {
  /// The same refusal, after which the connection closes.
  var last: Refusal {
    var refusal = self
    refusal.isLast = true
    return refusal
  }
}

extension Request {
  /// Whether a browser requests a page to show.
  fileprivate var wantsPage: Bool { method == .get && (headers[.accept] ?? "").contains("text/html") }

  /// The request's name in a log line.
  fileprivate var shown: String { CallerLines.bounded("\(method) \(uri.path)") }
}

extension Call {
  init(_ request: Request) {
    self.init(
      host: request.head.authority,
      origin: request.headers[.origin],
      authorization: request.headers[.authorization]
    )
  }
}
