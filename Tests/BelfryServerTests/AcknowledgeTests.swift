// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("An acknowledgement link")
struct AcknowledgeTests {
  private static let server = AccessTests.tokens.replacing(
    #""listen": "0.0.0.0:9093""#,
    with: #""listen": "127.0.0.1:0", "url": "https://belfry.example.org""#
  )
  private static let token = ["Authorization": "Bearer push-0123456789abcdef"]
  /// A browser's headers for a form from a page without an origin.
  private static let form = ["Origin": "null", "Host": "belfry.example.org"]
  private static let other = #"{"labels":{"alertname":"Other","severity":"info"}}"#

  private func run(_ body: (TestServer) async throws -> Void) async throws {
    try await TestServer.run(AcknowledgeTests.server, body)
  }

  private func push(_ server: TestServer, _ alert: String = PushRequestTests.disk) async throws {
    let answer = try await server.send("POST", "/api/v2/alerts", "[\(alert)]", headers: AcknowledgeTests.token)
    #expect(answer.status == 200)
  }

  /// The paths of the links in everything delivered, latest last.
  private func links(_ server: TestServer) async throws -> [String] {
    _ = try await server.delivered()
    return server.transport.carried.flatMap { outgoing -> [String] in
      guard case .append(let append) = outgoing else { return [] }
      let text = String(decoding: append.bytes, as: UTF8.self)
      return text.matches(of: /"acknowledge_url":"https:\/\/belfry.example.org(\/ack\/[^"]+)"/).map { String($0.1) }
    }
  }

  private func link(_ server: TestServer) async throws -> String { try #require(try await links(server).last) }

  private func get(_ path: String, _ server: TestServer, _ method: String = "GET") async throws -> RawAnswer {
    try await server.send(method, path, headers: ["Host": "belfry.example.org"])
  }

  private func press(_ path: String, _ server: TestServer) async throws -> RawAnswer {
    try await server.send("POST", path, headers: AcknowledgeTests.form)
  }

  private func taken(_ server: TestServer) async throws -> [String?] {
    try await server.active().map { $0.acknowledgement?.by }
  }

  @Test("does nothing when it is opened, however often and in whatever way")
  func opening() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      for method in ["GET", "HEAD", "GET"] {
        let answer = try await get(link, server, method)
        #expect(answer.status == 200)
        #expect(answer.headers["cache-control"] == "no-store")
        #expect(answer.headers["referrer-policy"] == "no-referrer")
        #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
        #expect(answer.body.isEmpty == (method == "HEAD"))
      }
      let page = try await get(link, server).body
      #expect(page.contains("<h2>S</h2>") && page.contains("critical") && page.contains("· fired <time"))
      #expect(page.contains("<form method=\"post\" action=\"\(link)\">"))
      #expect(page.components(of: "<button") == 1)
      #expect(page.contains("name=\"viewport\""))
      #expect(try await taken(server) == [nil])
    }
  }

  @Test("acknowledges with its button without a token, is audited as the link's, and is harmless twice")
  func pressing() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      let answer = try await press(link, server)
      #expect(answer.status == 303)
      #expect(answer.headers["location"] == link)
      #expect(answer.headers["referrer-policy"] == "no-referrer")
      #expect(try await taken(server) == ["the link sent to page"])
      let page = try await get(link, server).body
      #expect(page.contains("via the link sent to “page”"))
      #expect(!page.contains("<button"))
      server.time.advance(by: .seconds(60))
      #expect(try await press(link, server).status == 303)
      let record = try #require(try await server.active().first)
      #expect(record.acknowledgement?.at == server.time.now() - .seconds(60))
      await server.audit.flush()
      let rows = server.rows.all.filter { $0.contains("\"action\":\"ack\"") }
      #expect(rows.count == 1)
      #expect(rows.first?.contains("\"by\":\"the link sent to page\",\"via\":\"link\"") == true)
      #expect(rows.first?.contains(link) == false)
    }
  }

  @Test("leaves an alert with the person who has already acknowledged it")
  func takenBefore() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      let record = try #require(try await server.active().first)
      try await server.notifier.ingest([.acknowledged(record.alert.key, by: "ann", comment: "")])
      #expect(try await get(link, server).body.contains(" by ann.</p>"))
      #expect(try await press(link, server).status == 303)
      #expect(try await taken(server) == ["ann"])
    }
  }

  @Test("is valid for one alert, and for nothing else on the server")
  func narrow() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      try await push(server, AcknowledgeTests.other)
      _ = try await press(link, server)
      let records = try await server.active()
      #expect(records.first { $0.alert.category == "Other" }?.acknowledgement == nil)
      #expect(records.first { $0.alert.category == "Disk" }?.acknowledgement != nil)
      let token = String(link.dropFirst("/ack/".count))
      for path in ["/", "/api/v2/alerts", "/metrics", "/config", "/alerts/push", "\(link)/silence"] {
        let answer = try await server.send("GET", path, headers: ["Authorization": "Bearer \(token)"])
        #expect([401, 404].contains(answer.status), "\(path)")
      }
    }
  }

  @Test("that has expired says so, and opens nothing")
  func expired() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      server.time.advance(by: .seconds(24 * 3600 - 1))
      #expect(try await get(link, server).status == 200)
      server.time.advance(by: .seconds(1))
      for answer in [try await get(link, server), try await press(link, server)] {
        #expect(answer.status == 410)
        #expect(answer.body.contains("This link has expired.") && answer.body.contains("sign in"))
        #expect(answer.headers["content-type"]?.hasPrefix("text/html") == true)
      }
      #expect(try await taken(server) == [nil])
    }
  }

  @Test("that is cut or forged says so, and opens nothing")
  func forged() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      let foreign = try #require(LinkKey(stored: String(repeating: "77", count: 32)))
      let record = try #require(try await server.active().first)
      let claim = AcknowledgeClaim(
        alert: record.alert.key,
        channel: "page",
        madeAt: server.time.now(),
        expiresAt: server.time.now() + .seconds(60)
      )
      let forged = "/ack/" + (claim.token(signedWith: foreign) ?? "")
      for path in [
        String(link.dropLast()), link + "A", forged, "/ack/x", "/ack/%00", "/ack/" + String(repeating: "A", count: 900),
      ] {
        for answer in [try await get(path, server), try await press(path, server)] {
          #expect(answer.status == 404, "\(path)")
          #expect(answer.body.contains("incomplete") && answer.body.contains("sign in"), "\(path)")
        }
      }
      #expect(try await taken(server) == [nil])
    }
  }

  @Test("of an alert that has ended says so, and does not acknowledge a later firing")
  func episodes() async throws {
    try await run { server in
      try await push(server)
      let first = try await link(server)
      let key = try #require(try await server.active().first).alert.key
      server.time.advance(by: .seconds(10))
      try await server.notifier.ingest([.resolved(key)])
      let ended = try await get(first, server)
      #expect(ended.status == 200)
      #expect(ended.body.contains("This alert has resolved.") && !ended.body.contains("<button"))
      #expect(try await press(first, server).status == 303)
      server.time.advance(by: .seconds(10))
      try await push(server)
      #expect(try await press(first, server).status == 303)
      #expect(try await taken(server) == [nil])
      let page = try await get(first, server).body
      #expect(page.contains("fired again") && !page.contains("<button"))
      let second = try await link(server)
      #expect(second != first)
      _ = try await press(second, server)
      #expect(try await taken(server) == ["the link sent to page"])
    }
  }

  @Test("has its page only under the server's own names, and its button not for another site's page")
  func hosts() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      #expect(try await server.send("GET", link, headers: ["Host": "evil.example.org"]).status == 403)
      for origin in ["https://evil.example.org", "file://"] {
        let headers = ["Host": "belfry.example.org", "Origin": origin]
        #expect(try await server.send("POST", link, headers: headers).status == 403)
      }
      #expect(try await taken(server) == [nil])
      let own = ["Host": "belfry.example.org", "Origin": "https://belfry.example.org"]
      #expect(try await server.send("POST", link, headers: own).status == 303)
    }
  }

  @Test("is slowed down when guessed, which does not affect valid links")
  func guessing() async throws {
    try await run { server in
      try await push(server)
      let link = try await link(server)
      var statuses: [Int] = []
      for number in 0..<30 { statuses.append(try await get("/ack/guess\(number)", server).status) }
      #expect(statuses == Array(repeating: 404, count: 20) + Array(repeating: 429, count: 10))
      let refused = try await get("/ack/guess", server)
      #expect(refused.headers["retry-after"] == "1")
      #expect(try await get(link, server).status == 200)
      server.time.advance(by: .seconds(1))
      #expect(try await get("/ack/guess", server).status == 404)
    }
  }

  @Test("that has expired is slowed down separately, which does not affect other links")
  func expiredFlood() async throws {
    try await run { server in
      try await push(server)
      let old = try await link(server)
      server.time.advance(by: .seconds(24 * 3600))
      try await push(server, AcknowledgeTests.other)
      let new = try await link(server)
      #expect(new != old)
      var statuses: [Int] = []
      for _ in 0..<200 { statuses.append(try await get(old, server).status) }
      #expect(statuses == Array(repeating: 410, count: 20) + Array(repeating: 429, count: 180))
      #expect(try await get(new, server).status == 200)
      #expect(try await get("/ack/guess", server).status == 404)
    }
  }

  @Test("that is opened over and over does not affect others")
  func repeated() async throws {
    try await run { server in
      try await push(server)
      let flooded = try await link(server)
      try await push(server, AcknowledgeTests.other)
      let other = try await link(server)
      var statuses: [Int] = []
      for _ in 0..<200 { statuses.append(try await get(flooded, server).status) }
      #expect(statuses == Array(repeating: 200, count: 10) + Array(repeating: 429, count: 190))
      #expect(try await get(other, server).status == 200)
      server.time.advance(by: .seconds(1))
      #expect(try await get(flooded, server).status == 200)
    }
  }

  @Test("shows the alert's text as text")
  func escaping() async throws {
    try await run { server in
      try await push(server, CockpitTests.hostile)
      let page = try await get(try await link(server), server).body
      #expect(page.contains("&lt;img src=x onerror=&#39;x&#39;&gt;"))
      #expect(!page.contains("<img") && !page.contains("<script>"))
    }
  }

  @Test("does not exist if the server has no address")
  func off() async throws {
    try await TestServer.run { server in
      #expect(try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]").status == 200)
      #expect(try await links(server).isEmpty)
      let claim = AcknowledgeClaim(
        alert: try #require(try await server.active().first).alert.key,
        channel: "page",
        madeAt: server.time.now(),
        expiresAt: server.time.now() + .seconds(60)
      )
      let key = try #require(TestEnvironment.linkKey)
      #expect(try await server.send("GET", "/ack/" + (claim.token(signedWith: key) ?? "")).status == 404)
    }
  }

  @Test("does not need a session; one started over TLS is never sent in clear, one on this machine works without")
  func secureCookie() async throws {
    try await run { server in
      let token = "token=read-0123456789abcdef"
      let outside = CockpitTests.form.merging(["Host": "belfry.example.org"]) { $1 }
      let secure = try await server.send("POST", "/login", token, headers: outside)
      #expect(secure.headers["set-cookie"]?.hasSuffix("SameSite=Strict; Secure") == true)
      let local = try await server.send("POST", "/login", token, headers: CockpitTests.form)
      #expect(local.headers["set-cookie"]?.hasSuffix("SameSite=Strict") == true)
    }
  }
}

extension String {
  /// How often a text occurs in it.
  fileprivate func components(of text: String) -> Int { ranges(of: text).count }
}
