// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
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

  private func call(
    _ method: String = "GET",
    _ path: String = "/api/v2/alerts",
    host: String? = "127.0.0.1:9093",
    origin: String? = nil,
    token: String? = nil
  ) -> Call {
    Call(method: method, path: path, host: host, origin: origin, authorization: token.map { "Bearer \($0)" })
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
    #expect(status(try rules().decide(call(host: host), at: AccessTests.now)) == expected)
  }

  @Test("accepts its public address as its own, by name and by origin")
  func publicAddress() throws {
    let rules = try rules(#"{"listen": "127.0.0.1:9093", "url": "https://Belfry.example.org"}"#)
    for host in ["belfry.example.org", "belfry.example.org:443", "127.0.0.1:9093"] {
      #expect(status(rules.decide(call(host: host), at: AccessTests.now)) == nil)
      let own = call("POST", "/v1/alerts", host: host, origin: "https://belfry.example.org")
      #expect(status(rules.decide(own, at: AccessTests.now)) == nil)
      let other = call("POST", "/v1/alerts", host: host, origin: "https://evil.example.org")
      #expect(status(rules.decide(other, at: AccessTests.now)) == 403)
    }
    #expect(status(rules.decide(call(host: "evil.example.org"), at: AccessTests.now)) == 403)
  }

  @Test(
    "needs no token for a link in a message, whose form may come from a page without an origin",
    arguments: [
      ("GET", "127.0.0.1", nil, nil), ("HEAD", "127.0.0.1", nil, nil), ("POST", "127.0.0.1", "null", nil),
      ("POST", "127.0.0.1", "http://evil.example.org", 403), ("POST", "evil.example.org", "null", 403),
      ("DELETE", "127.0.0.1", nil, 401),
    ] as [(String, String, String?, Int?)]
  )
  func links(method: String, host: String, origin: String?, expected: Int?) throws {
    let access = try rules(AccessTests.tokens).decide(
      call(method, "/ack/token", host: host, origin: origin),
      at: AccessTests.now
    )
    #expect(status(access) == expected)
  }

  @Test("is refused for a request without a host")
  func noHost() throws {
    #expect(status(try rules().decide(call(host: nil), at: AccessTests.now)) == 400)
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
        try rules(AccessTests.tokens).decide(call(host: host, token: "read-0123456789abcdef"), at: AccessTests.now)
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
    #expect(status(try rules().decide(call("POST", "/v1/alerts", origin: origin), at: AccessTests.now)) == expected)
  }

  @Test("on loopback without tokens is unlimited")
  func openOnLoopback() throws {
    #expect(try rules().decide(call("DELETE", "/api/v2/silence/x"), at: AccessTests.now) == .allowed(.local))
  }

  @Test(
    "with a token is limited to its scopes",
    arguments: [
      ("GET", "/api/v2/alerts", "read", nil), ("GET", "/api/v2/alerts", "push", 403),
      ("POST", "/v1/alerts", "push", nil),
      ("POST", "/api/v2/alerts", "push", nil), ("POST", "/api/v2/alerts", "read", 403),
      ("POST", "/api/v2/silences", "push", 403), ("POST", "/api/v2/silences", "all", nil),
      ("DELETE", "/api/v2/silence/x", "read", 403), ("POST", "/something/new", "push", 403),
    ] as [(String, String, String, Int?)]
  )
  func scopes(method: String, path: String, token: String, expected: Int?) throws {
    let decided = try rules(AccessTests.tokens).decide(
      call(method, path, token: "\(token)-0123456789abcdef"),
      at: AccessTests.now
    )
    #expect(status(decided) == expected)
  }

  @Test(
    "without a token, or with a wrong one, requires one",
    arguments: [nil, "", "wrong", "read-0123456789abcde", "read-0123456789abcdef0"] as [String?]
  )
  func unknown(token: String?) throws {
    guard case .refused(let refusal) = try rules(AccessTests.tokens).decide(call(token: token), at: AccessTests.now)
    else {
      return #expect(Bool(false), "it was let in")
    }
    #expect(refusal.status == .unauthorized)
    #expect(refusal.asksForToken)
  }

  @Test("needs no token for the liveness check", arguments: ["/-/healthy", "/-/ready"])
  func health(path: String) throws {
    #expect(status(try rules(AccessTests.tokens).decide(call("GET", path), at: AccessTests.now)) == nil)
    #expect(status(try rules(AccessTests.tokens).decide(call("POST", path), at: AccessTests.now)) == 401)
  }

  @Test("is limited to a token's rate, with as many calls at once as the rate counts, and then evenly")
  func rate() throws {
    let limited = AccessTests.tokens.replacing(#""scopes": "read"}"#, with: #""scopes": "read", "rate": "3/s"}"#)
    let rules = try rules(limited)
    let own = call(token: "read-0123456789abcdef")
    for _ in 1...3 { #expect(status(rules.decide(own, at: AccessTests.now)) == nil) }
    guard case .refused(let refusal) = rules.decide(own, at: AccessTests.now) else { throw Unexpected() }
    #expect(refusal.status == .tooMany && refusal.retryAfter == 1)
    // Other tokens are not affected.
    #expect(status(rules.decide(call(token: "all-0123456789abcdef"), at: AccessTests.now)) == nil)
    let soon = AccessTests.now + .milliseconds(334)
    #expect(status(rules.decide(own, at: soon)) == nil)
    #expect(status(rules.decide(own, at: soon)) == 429)
    // A clock that was set back does not lock it out.
    let past = AccessTests.now - .seconds(3600)
    #expect(status(rules.decide(own, at: past + .seconds(1))) == nil)
  }
}
