// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@testable import BelfryServer

@Suite("A request to an input")
struct InputRequestTests {
  private static let inputs = #"""
    , "inputs": {
      "zabbix": {"alerts": "/events", "id": "eventid", "title": "name", "severity": {"value": "critical"},
        "status": {"from": "value", "ends": ["0"]}},
      "jobs": {"id": "id", "title": {"from": "title", "default": "a job"}, "only": {"kind": "job"}},
      "short": {"id": "id", "title": "id", "resolve_timeout": "90s"}}
    """#

  private func run(_ body: (TestServer) async throws -> Void) async throws {
    try await TestServer.run(more: Self.inputs, body)
  }

  @Test("is in the ledger, under the input's name, and sent once it is accepted")
  func accepted() async throws {
    try await run { server in
      let body = #"{"events": [{"eventid": 7, "name": "CPU high", "value": "1"}, {"name": "no id"}]}"#
      let answer = try await server.send("POST", "/in/zabbix", body)
      #expect(answer.status == 200)
      #expect(answer.json?["accepted"]?.value == .number("1"))
      #expect(answer.json?["refused"]?.value == .number("1"))
      #expect(answer.json?["results"]?.elements?.map { $0["status"]?.string } == ["firing", "refused"])
      let record = try #require(try await server.active().first)
      #expect(record.alert.key == AlertKey(source: "zabbix", id: "7"))
      #expect(record.expiry?.at == server.time.now() + .seconds(86_400))
      #expect(try await server.delivered() == 1)
      let end = #"{"events": {"eventid": "7", "name": "CPU high", "value": 0}}"#
      #expect(try await server.send("POST", "/in/zabbix", end).status == 200)
      #expect(try await server.active().isEmpty)
      #expect(try await server.delivered() == 2)
    }
  }

  @Test("without ends keeps an alert as long as its input or the server says")
  func timeouts() async throws {
    try await run { server in
      _ = try await server.send("POST", "/in/short", #"[{"id": "a"}]"#)
      _ = try await server.send("POST", "/in/jobs", #"[{"id": "b", "kind": "job"}, {"id": "c", "kind": "other"}]"#)
      #expect(try await server.active().map(\.alert.id).sorted() == ["a", "b"])
      server.time.advance(by: .seconds(91))
      try await server.notifier.fireTimers()
      #expect(try await server.active().map(\.alert.id) == ["b"])
      server.time.advance(by: .seconds(210))
      try await server.notifier.fireTimers()
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("counts what it ignores, and is accepted if that is everything")
  func ignored() async throws {
    try await run { server in
      let answer = try await server.send("POST", "/in/jobs", #"{"id": "c", "kind": "other"}"#)
      #expect(answer.status == 200)
      #expect(answer.json?["ignored"]?.value == .number("1"))
      #expect(answer.json?["results"]?.elements?.isEmpty == true)
    }
  }

  @Test(
    "is refused with the reason",
    arguments: [
      ("POST", "/in/nosuch", "{}", 404, "There is no input"), ("POST", "/in/jobs", "", 400, "1:1:"),
      ("POST", "/in/jobs", "[7]", 400, "it is a number, not an object"), ("GET", "/in/jobs", "", 405, "POST"),
      ("POST", "/in/zabbix", "{}", 400, "there is no `/events`"),
      ("POST", "/in/jobs/more", "{}", 404, "Not found"),
    ]
  )
  func refused(method: String, path: String, body: String, status: Int, text: String) async throws {
    try await run { server in
      let answer = try await server.send(method, path, body)
      #expect(answer.status == status)
      #expect(answer.body.contains(text), "\(answer.body)")
      #expect(try await server.active().isEmpty)
    }
  }

  @Test("larger than a mebibyte is refused, whatever `max_body` is")
  func tooLarge() async throws {
    try await run { server in
      let large = "[" + String(repeating: " ", count: 1 << 20) + "]"
      let refused = try await server.send("POST", "/in/jobs", large)
      #expect(refused.status == 413)
      let accepted = try await server.send("POST", "/v1/alerts", large)
      #expect(accepted.status == 200)
    }
  }

  @Test("needs the scope push, also to learn which inputs there are")
  func access() async throws {
    let server = #"""
      {"listen": "127.0.0.1:0", "tokens": [{"name": "p", "secret": "0123456789abcdef", "scopes": "push"},
        {"name": "r", "secret": "fedcba9876543210", "scopes": "read"}]}
      """#
    try await TestServer.run(server, more: Self.inputs) { server in
      for (name, body) in [("jobs", #"{"id": "a", "kind": "job"}"#), ("nosuch", "{}")] {
        let path = "/in/\(name)"
        let stranger = try await server.send("POST", path, body)
        #expect(stranger.status == 401)
        let reader = try await server.send("POST", path, body, headers: ["Authorization": "Bearer fedcba9876543210"])
        #expect(reader.status == 403)
      }
      let pusher = ["Authorization": "Bearer 0123456789abcdef"]
      let answer = try await server.send("POST", "/in/jobs", #"{"id": "a", "kind": "job"}"#, headers: pusher)
      #expect(answer.status == 200)
      #expect(try await server.active().map(\.alert.key) == [AlertKey(source: "jobs", id: "a")])
    }
  }
}
