// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing
@testable import BelfryServer

@Suite("A silence through the server")
struct SilenceRequestTests {
  static func silence(_ matchers: String, id: String = "", until: String = "2027-01-15T09:00:00Z") -> String {
    """
    {\(id.isEmpty ? "" : "\"id\":\"\(id)\",")"matchers":[\(matchers)],"startsAt":"2027-01-15T08:00:00.000Z",
     "endsAt":"\(until)","createdBy":"ann","comment":"deploy"}
    """
  }
  static let disk = #"{"name":"alertname","value":"Di.*","isRegex":true}"#

  private func add(_ body: String, _ server: TestServer) async throws -> String {
    let answer = try await server.send("POST", "/api/v2/silences", body)
    #expect(answer.status == 200, "\(answer.body)")
    return answer.json?["silenceID"]?.string ?? ""
  }

  @Test("applies, is listed, and releases alerts when it is ended")
  func life() async throws {
    try await TestServer.run { server in
      let id = try await add(SilenceRequestTests.silence(SilenceRequestTests.disk), server)
      _ = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]")
      #expect(try await server.delivered() == 0)
      let alert = try #require(try await server.send("GET", "/api/v2/alerts").json?.elements?.first)
      #expect(alert["status"]?["state"]?.string == "suppressed")
      #expect(alert["status"]?["silencedBy"]?.elements?.map(\.string) == [id])
      #expect(try await server.send("GET", "/api/v2/alerts?silenced=false").body == "[]")
      let shown = try #require(try await server.send("GET", "/api/v2/silence/\(id)").json)
      #expect(shown["status"]?["state"]?.string == "active")
      #expect(shown["createdBy"]?.string == "ann")
      #expect(shown["matchers"]?.elements?.first?["value"]?.string == "Di.*")
      #expect(shown["matchers"]?.elements?.first?["isRegex"]?.value == .bool(true))
      #expect(try await server.send("DELETE", "/api/v2/silence/\(id)").status == 200)
      #expect(try await server.send("DELETE", "/api/v2/silence/\(id)").status == 200)
      let ended = try #require(try await server.send("GET", "/api/v2/silences").json?.elements?.first)
      #expect(ended["status"]?["state"]?.string == "expired")
      try await server.notifier.fireTimers()
      #expect(try await server.delivered() == 1)
    }
  }

  @Test("is changed in place, and one that has ended is replaced by a new one")
  func change() async throws {
    try await TestServer.run { server in
      let id = try await add(SilenceRequestTests.silence(SilenceRequestTests.disk), server)
      server.time.advance(by: .seconds(60))
      let longer = SilenceRequestTests.silence(SilenceRequestTests.disk, id: id, until: "2027-01-15T10:00:00Z")
      #expect(try await add(longer, server) == id)
      let shown = try #require(try await server.send("GET", "/api/v2/silence/\(id)").json)
      #expect(shown["endsAt"]?.string == "2027-01-15T10:00:00Z")
      #expect(shown["startsAt"]?.string == "2027-01-15T08:00:00Z")
      _ = try await server.send("DELETE", "/api/v2/silence/\(id)")
      let new = try await add(longer, server)
      #expect(new != id)
      let filter = "filter=alertname%3D~%22Di.*%22"
      #expect(try await server.send("GET", "/api/v2/silences?" + filter).json?.elements?.count == 2)
      #expect(try await server.send("GET", "/api/v2/silences?filter=a%3Db").body == "[]")
    }
  }

  @Test(
    "is refused if it is invalid",
    arguments: [
      "", "[]", "{}", SilenceRequestTests.silence(""), SilenceRequestTests.silence(#"{"name":"a"}"#),
      SilenceRequestTests.silence(#"{"name":"a","value":""}"#),
      SilenceRequestTests.silence(#"{"name":"a","value":".*","isRegex":true}"#),
      SilenceRequestTests.silence(#"{"name":"a","value":"(","isRegex":true}"#),
      SilenceRequestTests.silence(SilenceRequestTests.disk, until: "2027-01-15T07:00:00Z"),
      SilenceRequestTests.silence(SilenceRequestTests.disk, until: "tomorrow"),
    ]
  )
  func refused(body: String) async throws {
    try await TestServer.run { server in
      let answer = try await server.send("POST", "/api/v2/silences", body)
      #expect(answer.status == 400)
      #expect(answer.json?.string?.isEmpty == false)
      let silences = try await server.send("GET", "/api/v2/silences")
      #expect(silences.body == "[]")
    }
  }

  @Test(
    "with a pattern that is slow for a backtracking matcher delays nothing, in a silence or a filter",
    arguments: ["([a-z]+-?)+", "(.*)*,", ".*a.*a.*b"]
  )
  func hostilePattern(pattern: String) async throws {
    try await TestServer.run { server in
      let name = String(repeating: "payments-gateway-", count: 200) + "_1"
      _ = try await add(
        SilenceRequestTests.silence(#"{"name":"alertname","value":"\#(pattern)","isRegex":true}"#),
        server
      )
      let pushed = try await server.send("POST", "/api/v2/alerts", #"[{"labels":{"alertname":"\#(name)"}}]"#)
      #expect(pushed.status == 200)
      #expect(try await server.delivered() == 1)
      let filter = "alertname=~\"\(pattern)\"".utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(try await server.send("GET", "/api/v2/alerts?filter=\(filter)").body == "[]")
    }
  }

  /// A silence as `belfry silence add` makes it.
  private func native(_ match: String) throws -> Silence {
    let source = SourceText(name: "a test", bytes: Array(match.utf8))
    var report = Report(source: source, folder: "")
    let matcher = try #require(JSONTree.parse(source).node.flatMap { Matcher.read($0, &report) })
    let start = VirtualTime().now()
    return Silence(
      id: SilenceID("k7fm"),
      matcher: matcher,
      from: start,
      until: start + .seconds(3600),
      hours: WallClockWindow(
        from: try #require(TimeOfDay(text: "22:00")),
        to: try #require(TimeOfDay(text: "07:00")),
        days: Set(Weekday.allCases),
        zone: .gmt
      ),
      author: "ann",
      comment: "deploy",
      sendsAfterwards: false
    )
  }

  /// The matchers of a silence as the server shows them, for sending back.
  private func shown(_ id: String, _ server: TestServer) async throws -> String {
    let answer = try await server.send("GET", "/api/v2/silence/\(id)").body
    let start = try #require(answer.range(of: "\"matchers\":["))
    let end = try #require(answer.range(of: "],\"startsAt\""))
    return String(answer[start.upperBound..<end.lowerBound])
  }

  @Test(
    "keeps on a change what Alertmanager's form cannot express",
    arguments: [
      #"{"severity": "critical"}"#, #"{"severity": "warning+", "labels": {"host": "/web/"}}"#, "{}",
      #"{"category": ["disk*", "/^net/"], "source": "app"}"#, #"{"labels": {"team": {"not": ["web", "db*"]}}}"#,
      #"{"labels": {"team": ["web", {"not": "/^w/"}]}}"#,
    ]
  )
  func lossless(match: String) async throws {
    try await TestServer.run { server in
      let silence = try native(match)
      try await server.notifier.ingest([.silenced(silence)])
      let matchers = try await shown("k7fm", server)
      let body = SilenceRequestTests.silence(matchers, id: "k7fm", until: "2027-01-15T11:00:00Z")
      #expect(try await add(body, server) == "k7fm")
      var changed = silence
      changed.until = try #require(Instant(iso8601: "2027-01-15T11:00:00Z"))
      #expect(try await server.ledger.silences(after: nil, limit: 100) == [changed])
      // A silence that has ended returns unchanged, with a new ID.
      _ = try await server.send("DELETE", "/api/v2/silence/k7fm")
      changed.id = SilenceID(try await add(body, server))
      #expect(try await server.ledger.silences() == [changed])
    }
  }

  @Test("is pending outside of its hours")
  func hours() async throws {
    try await TestServer.run { server in
      try await server.notifier.ingest([.silenced(try native(#"{"severity": "critical"}"#))])
      let listed = try #require(try await server.send("GET", "/api/v2/silences").json?.elements?.first)
      #expect(listed["status"]?["state"]?.string == "pending")
    }
  }

  @Test("keeps its other matchers on a change, which is refused if they cannot be expressed")
  func changedMatchers() async throws {
    try await TestServer.run { server in
      try await server.notifier.ingest([.silenced(try native(#"{"severity": "critical", "category": "disk*"}"#))])
      let team = #"{"name":"team","value":"web"}"#
      let matchers = #"{"name":"severity","value":"critical"},\#(team)"#
      _ = try await add(SilenceRequestTests.silence(matchers, id: "k7fm"), server)
      let changed = try #require(try await server.ledger.silences().first)
      var expected = try native(#"{"severity": "critical", "labels": {"team": "web"}}"#)
      expected.until = changed.until
      #expect(changed == expected)

      var odd = try native(#"{"labels": {"team": ["web", {"not": "/^w/"}]}}"#)
      odd.id = SilenceID("odd2")
      try await server.notifier.ingest([.silenced(odd)])
      let answer = try await server.send("POST", "/api/v2/silences", SilenceRequestTests.silence(team, id: "odd2"))
      #expect(answer.status == 400)
      #expect(answer.json?.string?.contains("team web or not /^w/") == true)
      #expect(try await server.ledger.silences().contains(odd))
    }
  }

  @Test("with several matchers of one label requires all of them to match")
  func conjunction() async throws {
    try await TestServer.run { server in
      let matchers =
        #"{"name":"alertname","value":"Di.*","isRegex":true},{"name":"alertname","value":"Disk","isEqual":false}"#
      let id = try await add(SilenceRequestTests.silence(matchers), server)
      _ = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]")
      #expect(try await server.delivered() == 1)
      let shown = try #require(try await server.send("GET", "/api/v2/silence/\(id)").json?["matchers"]?.elements)
      #expect(shown.map { $0["value"]?.string } == ["Di.*", "Disk"])
      #expect(shown.map { $0["isEqual"]?.value } == [.bool(true), .bool(false)])
    }
  }

  @Test("that does not exist is not found")
  func unknown() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("GET", "/api/v2/silence/none")
      #expect(answer.status == 404)
      #expect(try await server.send("DELETE", "/api/v2/silence/none").status == 404)
      let body = SilenceRequestTests.silence(SilenceRequestTests.disk, id: "none")
      #expect(try await server.send("POST", "/api/v2/silences", body).status == 404)
    }
  }

  @Test("is audited with the name of the token and never the token")
  func audit() async throws {
    try await TestServer.run(
      """
      {"listen": "127.0.0.1:0", "tokens": [{"name": "ann", "secret": "${ALL}", "scopes": ["read", "operate"]}]}
      """
    ) { server in
      let headers = ["Authorization": "Bearer all-0123456789abcdef"]
      let body = SilenceRequestTests.silence(SilenceRequestTests.disk)
      #expect(try await server.send("POST", "/api/v2/silences", body).status == 401)
      #expect(try await server.send("POST", "/api/v2/alerts", "[]", headers: headers).status == 403)
      let added = try await server.send("POST", "/api/v2/silences", body, headers: headers)
      let id = try #require(added.json?["silenceID"]?.string)
      _ = try await server.send("DELETE", "/api/v2/silence/\(id)", headers: headers)
      await server.audit.flush()
      let rows = server.rows.all
      #expect(rows.count == 2)
      #expect(rows.allSatisfy { $0.contains(#""by":"ann","via":"http""#) && !$0.contains("0123456789abcdef") })
      #expect(rows.first?.contains(#""action":"silence.add","subject":"\#(id)","status":"ok""#) == true)
      #expect(rows.last?.contains(#""action":"silence.end""#) == true)
    }
  }

  @Test("is not changed by a foreign host or origin")
  func foreign() async throws {
    try await TestServer.run { server in
      let body = SilenceRequestTests.silence(SilenceRequestTests.disk)
      for headers in [["Host": "evil.example.com"], ["Origin": "http://evil.example.com"], ["Origin": "null"]] {
        #expect(try await server.send("POST", "/api/v2/silences", body, headers: headers).status == 403)
      }
      let silences = try await server.send("GET", "/api/v2/silences")
      #expect(silences.body == "[]")
    }
  }
}
