// SPDX-License-Identifier: Apache-2.0
import Belfry

import BelfrySources
import BelfryTesting
import BelfryTransport
import Testing

@Suite("The http source")
struct HTTPSourceTests {
  private func source(_ settings: String, environment: [String: String] = ["KEY": "s3cret-word"]) throws -> HTTPSource {
    let text = #"{"url": "https://status.example.com/api?state=open"\#(settings)}"#
    return try SourceContract(HTTPSource.self, settings: text, environment: environment).source()
  }

  private func read(_ body: String, _ settings: String = "", status: Int = 200) throws -> Observation {
    var source = try source(settings)
    return source.read(.http(HTTPReply(status: status, body: Array(body.utf8))), at: now)
  }

  private let now = Instant(seconds: 1_800_000_000)

  private static let incidents = #"""
    , "map": {
      "list": "data.incidents", "only": {"state": ["open", "acked"]}, "id": "uuid",
      "severity": {"from": "priority", "table": {"P1": "critical", "2": "warning"}, "default": "info"},
      "category": {"value": "incident"}, "title": {"from": ["summary", "name"], "default": "Nameless"},
      "detail": "description", "link": "links.0.html", "source_panel": "/panel~1of/a.b", "first_seen_at": "created",
      "labels": {"team": "owner.team", "region": {"from": "region", "default": "global"}},
      "annotations": {"wiki": "links.0.wiki", "by": {"value": "the desk"}}}
    """#

  @Test("sends a GET with its header fields, its login and its limits")
  func request() throws {
    let settings = #", "headers": {"X-Api-Key": "${KEY}"}, "token": "${KEY}", "timeout": "3s", "max_answer": 5000"#
    guard case .http(let exchange) = try source(settings).request() else { throw NoRequest() }
    #expect(exchange.method == "GET" && exchange.url == "https://status.example.com/api?state=open")
    let secret = Secret("s3cret-word")
    #expect(
      exchange.fields == [
        HTTPField("Accept", "application/json"), HTTPField("X-Api-Key", secret: secret),
        HTTPField("Authorization", prefix: "Bearer ", secret: secret),
      ]
    )
    #expect(exchange.limits.total == .seconds(3) && exchange.limits.replyBytes == 5000)
  }

  @Test("reads a list of alerts in Belfry's format, and nothing new while the answer is the same")
  func own() throws {
    var source = try source("")
    let reply = Reply.http(HTTPReply(status: 200, body: Array(#"{"alerts": [{"id": "a", "title": "A"}]}"#.utf8)))
    #expect(source.read(reply, at: now).alerts?.map(\.id) == ["a"])
    #expect(source.read(reply, at: now).isUnchanged)
    #expect(source.read(.http(HTTPReply(status: 200, body: Array("[]".utf8))), at: now).alerts == [])
  }

  @Test("reads every field by its map, with constants, defaults and tables")
  func mapped() throws {
    let observation = try read(
      #"""
      {"data": {"incidents": [
        {"uuid": 7, "state": "open", "priority": "P1", "name": "Payments fail", "description": "7 of 10", "created": 1800000000,
         "links": [{"html": "https://x.example/7", "wiki": "https://w.example"}], "panel/of": {"a.b": "shop"}, "owner": {"team": "pay"}, "region": null},
        {"uuid": "b", "state": "acked", "priority": 2, "summary": "Slow", "region": "eu", "created": "2026-11-23T17:00:00Z"},
        {"uuid": "c", "state": "acked", "priority": "P9", "created": 1800000000123},
        {"uuid": "d", "state": "closed", "summary": "Over"}]}}
      """#,
      Self.incidents
    )
    let alerts = try #require(observation.alerts)
    #expect(
      alerts == [
        Alert(
          source: "contract",
          id: "7",
          severity: .critical,
          category: "incident",
          title: "Payments fail",
          detail: "7 of 10",
          labels: ["region": "global", "team": "pay"],
          panel: "shop",
          link: "https://x.example/7",
          firstSeen: "2027-01-15T08:00:00Z",
          annotations: ["wiki": "https://w.example", "by": "the desk"]
        ),
        Alert(
          source: "contract",
          id: "b",
          severity: .warning,
          category: "incident",
          title: "Slow",
          labels: ["region": "eu"],
          firstSeen: "2026-11-23T17:00:00Z",
          annotations: ["by": "the desk"]
        ),
        Alert(
          source: "contract",
          id: "c",
          severity: .info,
          category: "incident",
          title: "Nameless",
          labels: ["region": "global"],
          firstSeen: "2027-01-15T08:00:00Z",
          annotations: ["by": "the desk"]
        ),
      ]
    )
  }

  @Test("makes labels of every member of an object, and a warning of an alert whose severity no map reads")
  func labels() throws {
    let map = #", "map": {"id": "id", "title": "t", "labels": "tags"}"#
    let alert = try #require(
      try read(#"[{"id": "a", "t": "A", "tags": {"host": "db1", "up": true, "n": 3, "deep": {}, "none": null}}]"#, map)
        .alerts?.first
    )
    #expect(alert.labels == ["host": "db1", "n": "3", "up": "true"] && alert.severity == .warning)
    let notes = #", "map": {"id": "id", "title": "t", "annotations": "tags"}"#
    let noted = try read(#"[{"id": "a", "t": "A", "tags": {"host": "db1", "n": 3, "deep": {}, "none": null}}]"#, notes)
    #expect(noted.alerts?.map(\.annotations) == [["host": "db1", "n": "3"]])
  }

  @Test("compares the texts of its map by bytes")
  func exactTexts() throws {
    let map =
      #", "map": {"id": "id", "title": "t", "only": {"state": "caf\u00e9"}, "#
      + #""severity": {"from": "p", "table": {"caf\u00e9": "critical", "cafe\u0301": "info"}}}"#
    let alerts = try read(
      #"""
      [{"id": "a", "t": "A", "state": "café", "p": "café"}, {"id": "b", "t": "B", "state": "café", "p": "cafe\u0301"},
       {"id": "c", "t": "C", "state": "cafe\u0301", "p": "café"}]
      """#,
      map
    ).alerts
    #expect(alerts?.map(\.id) == ["a", "b"])
    #expect(alerts?.map(\.severity) == [.critical, .info])
  }

  @Test(
    "says what is missing, and where",
    arguments: [
      (#"{"data": {"items": [], "page": 1}}"#, "1:10", "there is no `data.incidents`: `data` has `items`, `page`"),
      (#"{"data": []}"#, "1:10", "there is no `data.incidents`: `data` has a list"),
      (#"[]"#, "1:1", "there is no `data.incidents`: the answer has a list"),
      (#"{"data": {"incidents": {}}}"#, "1:23", "`data.incidents` is an object, not a list"),
      (
        "{\"data\": {\"incidents\": [\n{\"state\": \"open\"}]}}", "2:1",
        "there is no id: the entry has no text at `uuid`"
      ),
      ("{\"data\": {\"incidents\": [\n7]}}", "2:1", "expected an object, found a number"),
      ("<html>", "1:1", ""), ("", "1:1", "the text is empty"),
    ]
  )
  func faults(body: String, place: String, message: String) throws {
    let failure = try #require(try read(body, Self.incidents).failure)
    #expect(failure.hasPrefix("https://status.example.com/api?state=open:\(place.prefix { $0 != ":" }): "))
    #expect(failure.hasSuffix(message))
  }

  @Test("keeps the readable entries if one has no id, and then resolves nothing")
  func partly() throws {
    let body = #"{"data": {"incidents": [{"uuid": "a", "state": "open"}, {"state": "open"}]}}"#
    guard case .alerts(let snapshot) = try read(body, Self.incidents).outcome else { throw NoRequest() }
    #expect(snapshot.alerts.map(\.id) == ["a"] && !snapshot.isComplete)
    let finding = try #require(snapshot.findings.first { $0.level == .error })
    #expect(finding.path == "data.incidents[1]" && finding.column == 57)
  }

  @Test("with more alerts than allowed ignores the rest, says so once, and resolves nothing", arguments: ["", "map"])
  func many(form: String) throws {
    let entries = (0..<5).map { #"{"id": "\#($0)", "title": "T", "severity": "info"}"# }.joined(separator: ",")
    let map = form.isEmpty ? "" : #", "map": {"id": "id", "title": "title"}"#
    guard case .alerts(let snapshot) = try read("[\(entries)]", map + #", "max_alerts": 2"#).outcome else {
      throw NoRequest()
    }
    #expect(snapshot.alerts.map(\.id) == ["0", "1"] && !snapshot.isComplete)
    #expect(
      snapshot.findings.map(\.message) == ["there are more than 2 alerts; the rest is ignored, and nothing resolves."]
    )
  }

  @Test("counts as unreadable with another status", arguments: [199, 301, 404, 500])
  func status(status: Int) throws {
    let failure = try read("[]", status: status).failure
    #expect(failure == "https://status.example.com/api?state=open answered HTTP \(status)")
  }

  @Test(
    "has settings that fit together",
    arguments: [
      (#""url": "http://a.example", "token": "${KEY}""#, "url: the login would be sent unencrypted."),
      (
        #""url": "http://a.example", "headers": {"X-Key": "${KEY}"}"#,
        "url: a secret in `headers` would be sent unencrypted."
      ),
      (
        #""url": "https://a.example", "token": "${KEY}", "headers": {"authorization": "${KEY}"}"#,
        "headers: `headers` contains Authorization too."
      ),
      (
        #""url": "https://a.example", "token": "${KEY}", "username": "u", "password": "${KEY}""#,
        "token: `token` and `password`"
      ),
      (#""url": "https://a.example", "map": {"title": "t"}"#, "map: `id` is missing"),
      (#""url": "https://a.example", "map": {"id": "a..b", "title": "t"}"#, "map.id: \"a..b\" is not a path."),
      (
        #""url": "https://a.example", "map": {"id": "i", "title": {}}"#, "map.title: it needs either `from` or `value`."
      ),
      (
        #""url": "https://a.example", "map": {"id": "i", "title": {"value": "t", "default": "d"}}"#,
        "map.title: `value` is the same for every alert."
      ),
      (
        #""url": "https://a.example", "map": {"id": "i", "title": {"form": "t"}}"#,
        "map.title.form: unknown key. Did you mean \"from\"?"
      ),
      (
        #""url": "https://a.example", "map": {"id": "i", "title": 7}"#,
        "map.title: expected a path of members, a template, or an object"
      ),
      (
        #""url": "https://a.example", "map": {"id": "i", "title": "t", "only": {"s": []}}"#,
        "map.only.s: the list is empty."
      ),
      (#""url": "https://a.example", "max_alerts": 0"#, "max_alerts: expected a whole number in 1…100000, found 0."),
    ]
  )
  func settings(text: String, message: String) throws {
    do {
      _ = try SourceContract(HTTPSource.self, settings: "{\(text)}", environment: ["KEY": "s3cret-word"]).source()
      Issue.record("no finding")
    } catch let error as BrokenContract {
      #expect(error.breaches.contains { $0.contains(message) }, "\(error)")
    }
  }

  private struct NoRequest: Error {}
}
