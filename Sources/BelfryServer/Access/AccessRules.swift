// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Who may do what on the server: decides about a call by its headers alone.
///
/// A browser sends what any page asks it to, also to 127.0.0.1. So a call that names a foreign host (a page whose name was
/// made to lead here) or comes from a foreign origin is refused, before anything else is looked at.
struct AccessRules: Sendable {
  private let tokens: TokenRing
  private let gate: RateGate
  private let hosts: Set<String>
  private let isLoopback: Bool
  /// The origin of the address by which people reach the server; empty when none is known.
  private let ownOrigin: String

  init(_ settings: ServerSettings) {
    tokens = TokenRing(settings.tokens)
    gate = RateGate(settings.tokens)
    let known = [settings.listen.host, "localhost"] + settings.hosts + (settings.publicHost.map { [$0] } ?? [])
    hosts = Set(known.map { $0.lowercased() })
    ownOrigin = settings.url.text.lowercased()
    isLoopback = settings.listen.isLoopback
  }

  func decide(_ call: Call, at now: Instant) -> Access {
    guard let text = call.host, let host = HostHeader(text) else {
      return .refused(Refusal(.badRequest, "The request names no host."))
    }
    guard isOwn(host) else {
      return .refused(
        Refusal(.forbidden, "The host \(host.name) is not this server's. Name it under \"server\": {\"hosts\": […]}.")
      )
    }
    if let origin = call.origin, !isSame(origin, text), !(origin == "null" && AccessRules.isLink(call.path)) {
      return .refused(Refusal(.forbidden, "Requests of other sites' pages are not taken."))
    }
    // What it takes depends on the tool: that is seen to where the message has been read.
    if call.path == MCPAPI.path { return authorize(call, for: nil, at: now) }
    // HEAD is GET without the body (RFC 9110 §9.3.2).
    let method = call.method == "HEAD" ? "GET" : call.method
    guard let scope = AccessRules.scope(method: method, path: call.path) else { return .allowed(.local) }
    return authorize(call, for: scope, at: now)
  }

  /// What a call needs, with GET for HEAD; nil for those that anyone may make who reaches the server.
  ///
  /// What is not known here needs the most: a new path is not open because it was forgotten.
  static func scope(method: String, path: String) -> Scope? {
    // The link itself is what opens it.
    if isLink(path), ["GET", "POST"].contains(method) { return nil }
    return switch (method, path) {
    case ("GET", "/-/healthy"), ("GET", "/-/ready"): nil
    case ("GET", "/login"), ("POST", "/login"), ("GET", "/cockpit.css"), ("GET", "/cockpit.js"): nil
    // It only forgets a cookie, whoever's it was.
    case ("POST", "/logout"): nil
    case ("GET", _): .read
    case ("POST", "/api/v2/alerts"), ("POST", "/v1/alerts"), ("POST", "/v1/webhook"): .push
    default: .operate
    }
  }

  /// Where the links in messages lead.
  ///
  /// Their page tells no site where a browser comes from, so its form comes from the origin `null`. Any page may say that, but
  /// only whoever has the link knows where to send the form, and could as well send it by other means.
  static func isLink(_ path: String) -> Bool { path.hasPrefix(AcknowledgeLinks.path) }

  /// What people look at with a browser: there a session stands for a token, and nowhere else.
  static func isCockpit(_ path: String) -> Bool {
    ["/", "/events", "/config", "/logout"].contains(path) || path.hasPrefix("/cockpit/") || path.hasPrefix("/alerts/")
  }

  /// Lets those through who have a token, and where a scope is named, that scope.
  private func authorize(_ call: Call, for scope: Scope?, at now: Instant) -> Access {
    if tokens.isEmpty { return .allowed(.local) }
    guard let header = call.authorization else {
      if AccessRules.isCockpit(call.path), let caller = call.session.flatMap({ tokens.caller(named: $0) }) {
        return allow(caller, for: scope, at: now)
      }
      return .refused(Refusal(.unauthorized, "A token is needed: Authorization: Bearer ….", asksForToken: true))
    }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", let caller = tokens.caller(with: parts[1]) else {
      return .refused(Refusal(.unauthorized, "This token is not known.", asksForToken: true))
    }
    return allow(caller, for: scope, at: now)
  }

  private func allow(_ caller: Caller, for scope: Scope?, at now: Instant) -> Access {
    if let wait = gate.wait(for: caller, at: now) {
      return .refused(
        Refusal(.tooMany, "The token \"\(caller.name)\" calls more often than its rate allows.", retryAfter: wait)
      )
    }
    if let scope, !caller.scopes.contains(scope) {
      return .refused(Refusal(.forbidden, "The token \"\(caller.name)\" lacks the scope \(scope.rawValue)."))
    }
    return .allowed(caller)
  }

  private func isOwn(_ host: HostHeader) -> Bool {
    if hosts.contains(host.name) { return true }
    // No name can be made to lead here where an address is called by itself.
    return isLoopback ? HostName.isLoopback(host.name) : host.isAddress
  }

  /// Whether a page of this very server asks: its origin is the scheme and the host that it was loaded from.
  ///
  /// A proxy in front of it may call it by another host than the browser calls the proxy.
  private func isSame(_ origin: String, _ host: String) -> Bool {
    if !ownOrigin.isEmpty, origin.lowercased() == ownOrigin { return true }
    let authority = origin.lowercased().split(separator: "://", maxSplits: 1)
    guard authority.count == 2, ["http", "https"].contains(authority[0]) else { return false }
    return authority[1] == host.lowercased()
  }
}

/// What access is decided by.
struct Call: Sendable {
  var method: String
  /// Without the query.
  var path: String
  var host: String?
  var origin: String?
  var authorization: String?
  /// The name of the token that a session of a browser shows; nil without one.
  var session: String?
}

enum Access: Sendable, Hashable {
  case allowed(Caller)
  case refused(Refusal)
}
