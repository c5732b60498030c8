// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryOperations
internal import HTTPTypes
internal import Hummingbird

/// Signs a browser in to the cockpit: a form accepts the token once, because a browser cannot send one by itself.
struct LoginAPI: Sendable {
  let server: ServerContext
  let settings: ServerSettings
  let bodies: BodyReader
  let tokens: TokenRing
  let sessions: Sessions

  func add(to routes: inout Routes) {
    // Without tokens there is nothing to sign in with.
    if tokens.isEmpty { return }
    routes.get("/login", .open) { _, _ in Response.page(LoginPage().document) }
    routes.post("/login", .open) { request, context in
      let isSecure = settings.isReachedByTLS(as: request.head.authority)
      return try await bodies.withBody(request, context) { bytes in
        let form = Query(String(decoding: bytes, as: UTF8.self))
        guard let caller = tokens.caller(with: form.all("token").last ?? "") else {
          server.callerLines.say(.unknownToken, at: server.now, "sign-in with an unknown token")
          return Response.page(LoginPage(fault: "Unknown token.").document, .forbidden)
        }
        // Without this scope, a session would open no page.
        guard caller.scopes.contains(.read) else {
          server.operations.record(.login, on: "cockpit", by: caller.operator(.cockpit), error: "forbidden")
          let fault = "The token \"\(caller.name)\" does not have the scope read, which the cockpit requires."
          return Response.page(LoginPage(fault: fault).document, .forbidden)
        }
        server.operations.record(.login, on: "cockpit", by: caller.operator(.cockpit))
        return LoginAPI.go(to: "/", with: sessions.begin(for: caller.name, at: server.now, isSecure: isSecure))
      }
    }
    routes.post("/logout", .openPage) { _, _ in LoginAPI.go(to: "/login", with: Sessions.end) }
  }

  private static func go(to path: String, with cookie: String) -> Response {
    Response(status: .seeOther, headers: [.location: path, .setCookie: cookie, .cacheControl: "no-store"])
  }
}

extension ServerSettings {
  /// Whether a browser that names this host connected with TLS.
  ///
  /// If the server itself does not use TLS, the proxy that `url` names does. A caller that bypasses the proxy, for
  /// example from this machine, connects in clear.
  func isReachedByTLS(as authority: String?) -> Bool {
    if tls != nil { return true }
    guard url.text.hasPrefix("https://"), let host = authority.flatMap(HostHeader.init) else { return false }
    return host.name == publicHost?.lowercased()
  }
}

/// The page that asks for a token.
struct LoginPage: Sendable {
  /// The reason why the last token was not accepted; nil before one was sent.
  var fault: String?

  var document: HTML {
    let wrong: HTML = fault.map { "<p class=\"bad\" role=\"alert\">\($0)</p>" } ?? ""
    return PageFrame.document(
      title: "Sign in",
      """
      <main class="narrow"><h2>Sign in</h2>\(wrong)
      <p>Sign in with one of the tokens in <code>channels.json</code>.</p>
      <form method="post" action="/login"><label>Token
      <input type="password" name="token" required autofocus autocomplete="current-password"></label>
      <button class="primary">Sign in</button></form></main>
      """
    )
  }
}
