// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import Hummingbird
import Testing

@testable import BelfryServer

@Suite("Access to the server")
struct AccessTests {
  static let tokens = """
    {"listen": "0.0.0.0:9093", "hosts": ["belfry.example.com"], "tokens": [
      {"name": "prometheus", "secret": "${PUSH}", "scopes": ["push"]},
      {"name": "screen", "secret": "${READ}", "scopes": "read"},
      {"name": "ann", "secret": "${ALL}", "scopes": ["read", "operate"]}]}
    """

  private static let now = Instant(seconds: 1_800_000_000)

  private func rules(_ server: String = #"{"listen": "127.0.0.1:9093"}"#) throws -> AccessRules {
    AccessRules(try #require(try Configuration.parse(TestServer.channels(server)).server))
  }

  private func call(host: String? = "127.0.0.1:9093", origin: String? = nil, token: String? = nil) -> Call {
    Call(host: host, origin: origin, authorization: token.map { "Bearer \($0)" })
  }

  private func status(_ access: Access) -> Int? {
    if case .refused(let refusal) = access { refusal.status.rawValue } else { nil }
  }

  @Test(
    "on loopback only accepts names of this machine as its host",
    arguments: [
      ("127.0.0.1:9093", nil), ("localhost:9093", nil), ("[::1]:9093", nil), ("LOCALHOST", nil), ("127.8.8.8", nil),
      ("evil.example.com", 403), ("evil.example.com:9093", 403), ("127.0.0.1.example.com", 403), ("10.0.0.1", 403),
      ("", 400), ("a b", 400), ("[::1", 400), ("localhost:x", 400),
    ] as [(String, Int?)]
  )
  func loopbackHosts(host: String, expected: Int?) throws {
    #expect(status(try rules().decide(call(host: host), to: .read, at: AccessTests.now)) == expected)
  }

  @Test("accepts its public address as its own, by name and by origin")
  func publicAddress() throws {
    let rules = try rules(#"{"listen": "127.0.0.1:9093", "url": "https://Belfry.example.org"}"#)
    for host in ["belfry.example.org", "belfry.example.org:443", "127.0.0.1:9093"] {
      #expect(status(rules.decide(call(host: host), to: .read, at: AccessTests.now)) == nil)
      let own = call(host: host, origin: "https://belfry.example.org")
      #expect(status(rules.decide(own, to: .push, at: AccessTests.now)) == nil)
      let other = call(host: host, origin: "https://evil.example.org")
      #expect(status(rules.decide(other, to: .push, at: AccessTests.now)) == 403)
    }
    #expect(status(rules.decide(call(host: "evil.example.org"), to: .read, at: AccessTests.now)) == 403)
  }

  @Test(
    "needs no token for a link in a message, whose form may come from a page without an origin",
    arguments: [
      ("127.0.0.1", nil, nil), ("127.0.0.1", "null", nil), ("127.0.0.1", "http://evil.example.org", 403),
      ("evil.example.org", "null", 403),
    ] as [(String, String?, Int?)]
  )
  func links(host: String, origin: String?, expected: Int?) throws {
    let access = try rules(AccessTests.tokens).decide(call(host: host, origin: origin), to: .link, at: AccessTests.now)
    #expect(status(access) == expected)
  }

  @Test("is refused for a request without a host")
  func noHost() throws {
    #expect(status(try rules().decide(call(host: nil), to: .read, at: AccessTests.now)) == 400)
  }

  @Test(
    "elsewhere accepts its own address as a host, but a name only if it is in the file",
    arguments: [
      ("192.0.2.7:9093", nil), ("belfry.example.com", nil), ("BELFRY.example.com:443", nil), ("localhost", nil),
      ("other.example.com", 403),
    ] as [(String, Int?)]
  )
  func otherHosts(host: String, expected: Int?) throws {
    #expect(
      status(
        try rules(AccessTests.tokens).decide(
          call(host: host, token: "read-0123456789abcdef"),
          to: .read,
          at: AccessTests.now
        )
      ) == expected
    )
  }

  @Test(
    "is refused for a page of another site, on loopback too",
    arguments: [
      ("http://127.0.0.1:9093", nil), ("https://127.0.0.1:9093", nil), ("http://127.0.0.1:8080", 403),
      ("http://evil.example.com", 403), ("null", 403), ("file://", 403), ("127.0.0.1:9093", 403), ("", 403),
      ("http://localhost:9093", 403),
    ] as [(String, Int?)]
  )
  func origins(origin: String, expected: Int?) throws {
    #expect(status(try rules().decide(call(origin: origin), to: .push, at: AccessTests.now)) == expected)
  }

  @Test("on loopback without tokens is unlimited")
  func openOnLoopback() throws {
    #expect(try rules().decide(call(), to: .operate, at: AccessTests.now) == .allowed(.local))
  }

  @Test(
    "with a token is limited to its scopes",
    arguments: [
      (.read, "read", nil), (.read, "push", 403), (.push, "push", nil), (.push, "read", 403), (.operate, "push", 403),
      (.operate, "all", nil), (.operate, "read", 403), (.token, "push", nil), (.open, "push", nil),
    ] as [(RouteAccess, String, Int?)]
  )
  func scopes(access: RouteAccess, token: String, expected: Int?) throws {
    let decided = try rules(AccessTests.tokens).decide(
      call(token: "\(token)-0123456789abcdef"),
      to: access,
      at: AccessTests.now
    )
    #expect(status(decided) == expected)
  }

  @Test("is closed for a path without a route, and for another method of one that is open")
  func undeclared() {
    var routes = Routes()
    routes.get("/-/healthy", .open) { _, _ in Response(status: .ok) }
    #expect(routes.access("GET", "/-/healthy") == .open && routes.access("HEAD", "/-/healthy") == .open)
    #expect(routes.access("POST", "/-/healthy") == .operate)
    #expect(routes.access("GET", "/something/new") == .read && routes.access("POST", nil) == .operate)
  }

  @Test(
    "without a token, or with a wrong one, requires one",
    arguments: [nil, "", "wrong", "read-0123456789abcde", "read-0123456789abcdef0"] as [String?]
  )
  func unknown(token: String?) throws {
    guard
      case .refused(let refusal) = try rules(AccessTests.tokens).decide(
        call(token: token),
        to: .read,
        at: AccessTests.now
      )
    else {
      return #expect(Bool(false), "it was let in")
    }
    #expect(refusal.status == .unauthorized)
    #expect(refusal.asksForToken)
  }

  @Test("is limited to a token's rate, with as many calls at once as the rate counts, and then evenly")
  func rate() throws {
    let limited = AccessTests.tokens.replacing(#""scopes": "read"}"#, with: #""scopes": "read", "rate": "3/s"}"#)
    let rules = try rules(limited)
    let own = call(token: "read-0123456789abcdef")
    for _ in 1...3 { #expect(status(rules.decide(own, to: .read, at: AccessTests.now)) == nil) }
    guard case .refused(let refusal) = rules.decide(own, to: .read, at: AccessTests.now) else { throw Unexpected() }
    #expect(refusal.status == .tooMany && refusal.retryAfter == 1)
    // Other tokens are not affected.
    #expect(status(rules.decide(call(token: "all-0123456789abcdef"), to: .read, at: AccessTests.now)) == nil)
    let soon = AccessTests.now + .milliseconds(334)
    #expect(status(rules.decide(own, to: .read, at: soon)) == nil)
    #expect(status(rules.decide(own, to: .read, at: soon)) == 429)
    // A clock that was set back does not lock it out.
    let past = AccessTests.now - .seconds(3600)
    #expect(status(rules.decide(own, to: .read, at: past + .seconds(1))) == nil)
  }
}
