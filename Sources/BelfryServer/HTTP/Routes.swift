// SPDX-License-Identifier: Apache-2.0
internal import BelfryConfiguration
internal import HTTPTypes
internal import Hummingbird

/// The server's routes: each is added with what its callers need.
///
/// What is not declared here stays closed: without a route of its own, a path needs the scope `read` for GET and `operate` for
/// everything else, even to learn that it does not exist.
struct Routes: Sendable {
  typealias Handler = @Sendable (Request, CallContext) async throws -> Response

  private struct Route: Sendable {
    let method: HTTPRequest.Method
    let path: RouterPath
    let handler: Handler
    /// Whether it only passes on what it is sent, so that it may run on the event loop of its connection.
    let isLight: Bool

    /// The handler where it may run: anything else could keep an event loop from its other connections.
    var placed: Handler {
      if isLight { return handler }
      let handler = handler
      return { request, context in
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try await handler(request, context) }
      }
    }
  }

  private struct Name: Hashable {
    let method: String
    let path: String
  }

  private var routes: [Route] = []
  private var access: [Name: RouteAccess] = [:]

  mutating func get(_ path: RouterPath, _ access: RouteAccess, _ handler: @escaping Handler) {
    add(.get, path, access, handler)
  }

  mutating func head(_ path: RouterPath, _ access: RouteAccess, _ handler: @escaping Handler) {
    add(.head, path, access, handler)
  }

  mutating func post(_ path: RouterPath, _ access: RouteAccess, _ handler: @escaping Handler) {
    add(.post, path, access, handler)
  }

  mutating func delete(_ path: RouterPath, _ access: RouteAccess, _ handler: @escaping Handler) {
    add(.delete, path, access, handler)
  }

  private mutating func add(
    _ method: HTTPRequest.Method,
    _ path: RouterPath,
    _ access: RouteAccess,
    _ handler: @escaping Handler
  ) {
    routes.append(Route(method: method, path: path, handler: handler, isLight: access.isLight))
    self.access[Name(method: method.rawValue, path: path.description)] = access
  }

  /// What a call needs.
  ///
  /// HEAD is GET without the body (RFC 9110 §9.3.2). `path` is that of the route that takes the call, as it was added; nil if
  /// none does.
  func access(_ method: String, _ path: String?) -> RouteAccess {
    let method = method == "HEAD" ? "GET" : method
    let declared = path.flatMap { access[Name(method: method, path: $0)] }
    return declared ?? (method == "GET" ? .read : .operate)
  }

  /// A router that runs a middleware before every route, and answers known paths with unknown methods.
  func router(after middleware: AccessMiddleware) -> Router<CallContext> {
    let router = Router(context: CallContext.self, options: .autoGenerateHeadEndpoints)
    router.addMiddleware { middleware }
    for route in routes { router.on(route.path, method: route.method, use: route.placed) }
    router.refuseOtherMethods()
    return router
  }
}

/// What the caller of a route needs.
struct RouteAccess: Sendable, Hashable {
  enum Need: Sendable, Hashable {
    case nothing
    /// A token with any scope.
    case token
    case scope(Scope)
  }

  let need: Need
  /// Whether it is for a browser: only there a session replaces a token.
  var isPage = false
  /// Whether the address itself is the permission, as that of a link in a message.
  ///
  /// The link's page hides its own address from other sites, so its form has the origin `null`. Any page may claim that
  /// origin, but only the holder of the link knows where to send the form, and the holder can use other means as well.
  var isLink = false
  /// Whether its handler only passes on what it is sent, so that it may run on the event loop of its connection.
  var isLight = false

  /// For everyone.
  static let open = RouteAccess(need: .nothing)
  static let read = RouteAccess(need: .scope(.read))
  static let push = RouteAccess(need: .scope(.push), isLight: true)
  /// Like a push, whose body takes longer to read.
  static let input = RouteAccess(need: .scope(.push))
  static let operate = RouteAccess(need: .scope(.operate))
  /// For every token; the scope depends on the content, and is checked once that has been read.
  static let token = RouteAccess(need: .token)
  /// For everyone; a page of the cockpit.
  static let openPage = RouteAccess(need: .nothing, isPage: true)
  /// A page of the cockpit.
  static let page = RouteAccess(need: .scope(.read), isPage: true)
  /// A form on a page of the cockpit.
  static let form = RouteAccess(need: .scope(.operate), isPage: true)
  /// A link in a message.
  static let link = RouteAccess(need: .nothing, isLink: true)
}
