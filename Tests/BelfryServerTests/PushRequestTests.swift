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

@Suite("A push to the server")
struct PushRequestTests {
  static let disk =
    #"{"labels":{"alertname":"Disk","severity":"critical","instance":"db1"},"annotations":{"summary":"S"}}"#

  @Test("is in the ledger and sent once it is accepted")
  func accepted() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]")
      #expect(answer.status == 200)
      #expect(answer.body == "{}")
      let records = try await server.active()
      #expect(records.map(\.alert.category) == ["Disk"])
      #expect(records.first?.expiry?.at == server.time.now() + .seconds(300))
      #expect(try await server.delivered() == 1)
    }
  }

  @Test("that is not repeated ends by the timeout, one with an end at once")
  func ends() async throws {
    try await TestServer.run { server in
      _ = try await server.send(
        "POST",
        "/api/v2/alerts",
        "[\(PushRequestTests.disk), {\"labels\":{\"alertname\":\"B\"}}]"
      )
      let over = #"[{"labels":{"alertname":"B"},"endsAt":"2027-01-15T08:00:00Z"}]"#
      #expect(try await server.send("POST", "/api/v2/alerts", over).status == 200)
      #expect(try await server.active().map(\.alert.category) == ["Disk"])
      server.time.advance(by: .seconds(301))
      try await server.notifier.fireTimers()
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("gets the labels that the server's settings give it, and two alerts that differ only in a dropped one are one")
  func changedLabels() async throws {
    let settings =
      #"{"listen": "127.0.0.1:0", "drop": "pod_uid", "rename": {"env": "environment"}, "set": {"team": "web"}}"#
    let alert = { (uid: String, end: String) in
      #"{"labels": {"alertname": "A", "env": "prod", "pod_uid": "\#(uid)"}, "endsAt": "2027-01-15T\#(end)Z"}"#
    }
    try await TestServer.run(settings) { server in
      let both = "[\(alert("1", "08:04:00")), \(alert("2", "08:04:00"))]"
      #expect(try await server.send("POST", "/api/v2/alerts", both).status == 200)
      #expect(
        try await server.active().map(\.alert.labels) == [["alertname": "A", "environment": "prod", "team": "web"]]
      )
      #expect(try await server.send("POST", "/api/v2/alerts", "[\(alert("1", "07:59:00"))]").status == 200)
      #expect(try await server.active().count == 1)
      server.time.advance(by: .seconds(241))
      try await server.notifier.fireTimers()
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("with a malformed alert names it, and the others are accepted")
  func malformed() async throws {
    try await TestServer.run { server in
      let answer = try await server.send("POST", "/api/v2/alerts", #"[\#(PushRequestTests.disk), {"labels":{}}]"#)
      #expect(answer.status == 400)
      #expect(answer.json?.string == "alert 1: it has no labels (1 others were accepted)")
      #expect(try await server.active().count == 1)
    }
  }

  @Test("in Belfry's format is answered for each alert")
  func own() async throws {
    try await TestServer.run { server in
      let body = #"{"alerts": [{"id": "a", "severity": "info", "title": "T"}, 7, {"id": "b", "state": "resolved"}]}"#
      let answer = try await server.send("POST", "/v1/alerts", body)
      #expect(answer.status == 200)
      #expect(answer.json?["accepted"]?.value == .number("2"))
      #expect(answer.json?["refused"]?.value == .number("1"))
      let results = try #require(answer.json?["results"]?.elements)
      #expect(results.map { $0["status"]?.string } == ["firing", "refused", "resolved"])
      #expect(results.map { $0["id"]?.string } == ["a", nil, "b"])
      #expect(results[1]["error"]?.string == "it is not an object")
      #expect(try await server.active().map(\.alert.id) == ["a"])
      let none = try await server.send("POST", "/v1/alerts", #"{"alerts": [7]}"#)
      #expect(none.status == 400)
      #expect(none.json?["accepted"]?.value == .number("0"))
    }
  }

  @Test("in the webhook format of Grafana or an Alertmanager lasts until its end is sent")
  func webhook() async throws {
    try await TestServer.run { server in
      let alert = { (status: String) in
        """
        {"receiver": "belfry", "status": "firing", "version": "1", "groupLabels": {}, "alerts": [{"status": "\(status)", \
        "labels": {"alertname": "DiskFull", "severity": "critical"}, "annotations": {"summary": "Disk full"}, \
        "startsAt": "2027-01-15T07:00:00Z", "endsAt": "0001-01-01T00:00:00Z", "valueString": "[ value=91 ]"}]}
        """
      }
      let answer = try await server.send("POST", "/v1/webhook", alert("firing"))
      #expect(answer.status == 200)
      #expect(try await server.active().map(\.alert.title) == ["Disk full"])
      server.time.advance(by: .seconds(3600 * 12))
      try await server.notifier.fireTimers()
      #expect(try await server.active().count == 1)
      #expect(try await server.send("POST", "/v1/webhook", alert("resolved")).status == 200)
      #expect(try await server.active().isEmpty)
      #expect(try await server.send("POST", "/v1/webhook", alert("odd")).status == 400)
      #expect(try await server.send("POST", "/v1/webhook", "{}").status == 400)
    }
  }

  @Test("is refused if the ledger cannot write")
  func unwritable() async throws {
    let folder = try TemporaryFolder()
    let open = { (time: VirtualTime) async throws -> (any Ledger)? in
      try await SQLiteLedger.open(path: folder.path("belfry.db"), now: { time.now() })
    }
    try await TestServer.run(ledger: open) { server in
      #expect(try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]").status == 200)
      try await server.ledger.close()
      let answer = try await server.send("POST", "/api/v2/alerts", "[\(PushRequestTests.disk)]")
      #expect(answer.status == 503)
      #expect(answer.headers["retry-after"] == "5")
    }
  }

  @Test("with a body that is too large is refused, declared or in chunks, and the server continues")
  func tooLarge() async throws {
    try await TestServer.run(#"{"listen": "127.0.0.1:0", "max_body": "10kB"}"#) { server in
      let large = String(repeating: " ", count: 10_001)
      #expect(try await server.send("POST", "/v1/alerts", large).status == 413)
      let chunk = "3e8\r\n" + String(repeating: " ", count: 1000) + "\r\n"
      let head =
        "POST /v1/alerts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
      let client = RawClient(port: server.port)
      let answer = try await client.exchange(head + String(repeating: chunk, count: 11) + "0\r\n\r\n")
      #expect(answer.status == 413)
      #expect(try await server.send("POST", "/v1/alerts", "[]").status == 200)
    }
  }

  @Test("with headers that are too large is refused")
  func largeHeaders() async throws {
    try await TestServer.run { server in
      let answer = try await server.send(
        "GET",
        "/-/healthy",
        headers: ["X-Much": String(repeating: "x", count: 20_000)]
      )
      #expect(answer.status == 400)
      #expect(try await server.send("GET", "/-/healthy").status == 200)
    }
  }

  @Test("with a text that is too deep, or truncated, is refused completely")
  func torn() async throws {
    try await TestServer.run { server in
      for body in [String(repeating: "[", count: 5_000), "[\(PushRequestTests.disk)", "[\(PushRequestTests.disk),{]"] {
        #expect(try await server.send("POST", "/api/v2/alerts", body).status == 400)
      }
      let head = "POST /api/v2/alerts HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
      _ = try await RawClient(port: server.port).exchange(head + "[\(PushRequestTests.disk)]", hangsUp: true)
      #expect(try await server.active().isEmpty)
      #expect(try await server.send("GET", "/-/healthy").status == 200)
    }
  }

  @Test("that is not HTTP is answered with 400, or not at all, and the server continues")
  func garbage() async throws {
    try await TestServer.run { server in
      for text in [
        "\r\n\r\n", "hello\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\0\0\0\0", "POST\r\n\r\n", "GET /%zz HTTP/1.1\r\n\r\n",
      ] {
        let answer = try await RawClient(port: server.port).exchange(text, ends: true)
        #expect([0, 400, 404].contains(answer.status), "\(text) → \(answer.status)")
      }
      #expect(try await server.send("GET", "/-/healthy").status == 200)
    }
  }

  @Test("is refused at a full gate, and accepted again when there is space")
  func gate() throws {
    let gate = PushGate(bytes: 100, requests: 2)
    var first = try #require(gate.enter(as: "a"))
    var second = try #require(gate.enter(as: "b"))
    #expect(gate.enter(as: "c") == nil)
    // A single request may take more than there is.
    #expect(gate.take(150, &first) && !gate.take(1, &second))
    gate.leave(first)
    var third = try #require(gate.enter(as: "a"))
    #expect(gate.take(60, &third) && !gate.take(60, &second) && gate.take(40, &second))
    gate.leave(second)
    gate.leave(third)
    #expect(gate.isIdle)
  }

  @Test("uses only its caller's share of the space")
  func shares() throws {
    let gate = PushGate(bytes: 100, requests: 4, callerBytes: 50, callerRequests: 2)
    var places = try (0..<2).map { _ in try #require(gate.enter(as: "greedy")) }
    #expect(gate.enter(as: "greedy") == nil)
    #expect(gate.take(30, &places[0]) && !gate.take(30, &places[1]))
    var other = try #require(gate.enter(as: "other"))
    #expect(gate.take(50, &other))
    for place in places + [other] { gate.leave(place) }
    #expect(gate.isIdle)
  }
}
