// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryEngine

/// Authorizes calls to the server by their headers alone.
///
/// A browser sends whatever any page asks it to, also to 127.0.0.1. So a call that names a foreign host (a page whose
/// name was made to resolve to this address) or comes from a foreign origin is refused before anything else is checked.
struct AccessRules: Sendable {
  private let tokens: TokenRing
  private let gate: RateGate
  private let hosts: Set<String>
  private let isLoopback: Bool
  /// The origin of the address by which people reach the server; empty if it is unknown.
  private let ownOrigin: String

  init(_ settings: ServerSettings) {
    tokens = TokenRing(settings.tokens)
    gate = RateGate(settings.tokens)
    let known = [settings.listen.host, "localhost"] + settings.hosts + (settings.publicHost.map { [$0] } ?? [])
    hosts = Set(known.map { $0.lowercased() })
    ownOrigin = settings.url.text.lowercased()
    isLoopback = settings.listen.isLoopback
  }

  func decide(_ call: Call, to access: RouteAccess, at now: Instant) -> Access {
    guard let text = call.host, let host = HostHeader(text) else {
      return .refused(Refusal(.badRequest, "The request has no Host header."))
    }
    guard isOwn(host) else {
      return .refused(
        Refusal(.forbidden, "The host \(host.name) is not allowed. Add it to \"server\": {\"hosts\": […]}.")
      )
    }
    if let origin = call.origin, !isSame(origin, text), !(origin == "null" && access.isLink) {
      return .refused(Refusal(.forbidden, "Requests from other sites' pages are not allowed."))
    }
    return switch access.need {
    case .nothing: .allowed(.local)
    case .token: authorize(call, for: nil, onPage: access.isPage, at: now)
    case .scope(let scope): authorize(call, for: scope, onPage: access.isPage, at: now)
    }
  }

  /// Allows callers that have a token and, if one is named, the scope.
  private func authorize(_ call: Call, for scope: Scope?, onPage isPage: Bool, at now: Instant) -> Access {
    if tokens.isEmpty { return .allowed(.local) }
    guard let header = call.authorization else {
      if isPage, let caller = call.session.flatMap({ tokens.caller(named: $0) }) {
        return allow(caller, for: scope, at: now)
      }
      return .refused(Refusal(.unauthorized, "A token is required: Authorization: Bearer ….", asksForToken: true))
    }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0].lowercased() == "bearer", let caller = tokens.caller(with: parts[1]) else {
      return .refused(Refusal(.unauthorized, "Unknown token.", asksForToken: true))
    }
    return allow(caller, for: scope, at: now)
  }

  private func allow(_ caller: Caller, for scope: Scope?, at now: Instant) -> Access {
    if let wait = gate.wait(for: caller, at: now) {
      return .refused(
        Refusal(.tooMany, "The token \"\(caller.name)\" exceeds its rate.", retryAfter: wait)
      )
    }
    if let scope, !caller.scopes.contains(scope) {
      return .refused(Refusal(.forbidden, "The token \"\(caller.name)\" does not have the scope \(scope.rawValue)."))
    }
    return .allowed(caller)
  }

  private func isOwn(_ host: HostHeader) -> Bool {
    if hosts.contains(host.name) { return true }
    // A host given as an IP address cannot have been made to resolve here.
    return isLoopback ? HostName.isLoopback(host.name) : host.isAddress
  }

  /// Whether the call comes from one of this server's own pages: its origin has the scheme and host that the page was
  /// loaded from.
  ///
  /// A proxy in front may use another host name than the browser does.
  private func isSame(_ origin: String, _ host: String) -> Bool {
    if !ownOrigin.isEmpty, origin.lowercased() == ownOrigin { return true }
    let authority = origin.lowercased().split(separator: "://", maxSplits: 1)
    guard authority.count == 2, ["http", "https"].contains(authority[0]) else { return false }
    return authority[1] == host.lowercased()
  }
}

/// The facts on which access is decided.
struct Call: Sendable {
  var host: String?
  var origin: String?
  var authorization: String?
  /// The name of the token that a browser session proves; nil without a session.
  var session: String?
}

enum Access: Sendable, Hashable {
  case allowed(Caller)
  case refused(Refusal)
}
