// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryServer
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing
@testable import BelfryApp

@Suite("An operator's action")
struct OperatorActionTests {
  enum Action: CaseIterable {
    case acknowledge
    case unacknowledge
    case addSilence
    case endSilence
    case retry
    case drop
    case test
  }

  /// Each action by each way that offers it.
  static let table: [(action: Action, ways: [Operator.Way])] = [
    (.acknowledge, [.cli, .mcp, .cockpit]), (.unacknowledge, [.cli, .mcp, .cockpit]),
    (.addSilence, [.cli, .http, .mcp, .cockpit]),
    (.endSilence, [.cli, .http, .cockpit]), (.retry, [.cli, .mcp, .cockpit]), (.drop, [.cli, .mcp, .cockpit]),
    (.test, [.cli, .mcp]),
  ]

  @Test(
    "leaves the same audit row by every way",
    arguments: table.flatMap { row in row.ways.map { (row.action, $0) } }
  )
  func row(action: Action, way: Operator.Way) async throws {
    try await RunningSite.run { site in
      let subject = try await site.act(action, by: way)
      let name = way == .cli ? Operator.user : "local"
      let details =
        #"{"by":"\#(name)","via":"\#(way.rawValue)","action":"\#(action.name)","subject":"\#(subject)","status":"ok"}"#
      let rows = try await site.operationRows()
      #expect(rows.map(\.details) == [details])
      #expect(rows.allSatisfy { $0.seam == "operator.acted" })
    }
  }

  @Test(
    "that is refused leaves the same row by every way",
    arguments: [Operator.Way.cli, .mcp, .cockpit]
  )
  func refused(way: Operator.Way) async throws {
    try await RunningSite.run { site in
      try await site.acknowledge("app/nothing", by: way, isRefused: true)
      let name = way == .cli ? Operator.user : "local"
      let details =
        #"{"by":"\#(name)","via":"\#(way.rawValue)","action":"ack","subject":"app/nothing","status":"failed","error":"unknown"}"#
      #expect(try await site.operationRows().map(\.details) == [details])
    }
  }
}

extension OperatorActionTests.Action {
  var name: String {
    switch self {
    case .acknowledge: "ack"
    case .unacknowledge: "unack"
    case .addSilence: "silence.add"
    case .endSilence: "silence.end"
    case .retry: "dead.retry"
    case .drop: "dead.drop"
    case .test: "test.send"
    }
  }
}

/// A notifier's parts with their server, in a folder where commands run beside them.
struct RunningSite {
  private let folder: TemporaryFolder
  private let app: App
  private let port: Int

  private static let channels = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}],
     "server": {"listen": "127.0.0.1:0", "request_timeout": "1h"}}
    """

  static func run(_ body: (RunningSite) async throws -> Void) async throws {
    let folder = try TemporaryFolder(["channels.json": channels])
    let configuration = try ConfigurationOption.parse(["--config", folder.path("channels.json")]).load()
    let settings = try #require(configuration.server)
    let app = try await App.build(configuration, App.Options(role: .notifier, print: { _ in }))
    let (ports, listening) = AsyncStream<Int>.makeStream()
    let server = APIServer(settings, app.serverParts, answerLimit: .seconds(3600), idleLimit: .seconds(3600)) {
      listening.yield($0)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        do { try await server.run() } catch is CancellationError {}
        listening.finish()
      }
      var iterator = ports.makeAsyncIterator()
      if let port = await iterator.next() { try await body(RunningSite(folder: folder, app: app, port: port)) }
      group.cancelAll()
      try await group.waitForAll()
    }
    try await app.close()
  }

  /// Performs an action on what it needs; returns what it was applied to.
  func act(_ action: OperatorActionTests.Action, by way: Operator.Way) async throws -> String {
    switch action {
    case .acknowledge:
      try await fire("disk")
      try await acknowledge("app/disk", by: way)
      return "app/disk"
    case .unacknowledge:
      try await fire("disk")
      let key = AlertKey(source: "app", id: "disk")
      let event = Event.acknowledged(key, by: "ben", comment: "")
      _ = try await app.ledger.ingest([event], policy: app.policy, lease: nil)
      switch way {
      case .mcp: try await call("unack", #"{"alert": "disk"}"#)
      case .cockpit: try await press("unack", "source=app&id=disk")
      default: try await command(UnackCommand.self, "disk")
      }
      #expect(try await app.ledger.record(of: key)?.acknowledgement == nil)
      return "app/disk"
    case .addSilence:
      try await fire("disk")
      try await addSilence(by: way)
      return try #require(try await app.ledger.silences().first).id.text
    case .endSilence:
      var silence = try await silence()
      silence.id = SilenceID("k7fm")
      _ = try await app.ledger.ingest([.silenced(silence)], policy: app.policy, lease: nil)
      try await endSilence("k7fm", by: way)
      return "k7fm"
    case .retry, .drop:
      let id = try await makeDeadLetter()
      try await handle(id, action == .retry ? "retry" : "drop", by: way)
      return id
    case .test:
      switch way {
      case .mcp: try await call("send_test_alert", #"{"channel": "journal"}"#)
      default: try await command(TestCommand.self, "--channel", "journal")
      }
      return "journal"
    }
  }

  func acknowledge(_ alert: String, by way: Operator.Way, isRefused: Bool = false) async throws {
    switch way {
    case .mcp: try await call("ack", #"{"alert": "\#(alert)"}"#, isRefused: isRefused)
    case .cockpit:
      let parts = alert.split(separator: "/")
      try await press("ack", "source=\(parts[0])&id=\(parts[1])", status: isRefused ? 404 : 303)
    default:
      guard isRefused else { return try await command(AckCommand.self, alert) }
      await #expect(throws: OperationRefusal.self) { try await command(AckCommand.self, alert) }
    }
  }

  private func addSilence(by way: Operator.Way) async throws {
    switch way {
    case .http:
      let now = app.time.now()
      let body = """
        {"matchers": [{"name": "category", "value": "disk"}], "startsAt": "\(now.iso8601)",
         "endsAt": "\((now + .seconds(3600)).iso8601)", "createdBy": "ann", "comment": "deploy"}
        """
      #expect(try await send("POST", "/api/v2/silences", body, "application/json").status == 200)
    case .mcp: try await call("silence", #"{"match": {"category": "disk"}, "for": "1h", "comment": "deploy"}"#)
    case .cockpit: try await press("silence", "source=app&id=disk")
    default:
      try await command(SilenceAddCommand.self, "--category", "disk", "--for", "1h", "--comment", "deploy")
    }
  }

  private func silence() async throws -> Silence {
    var matcher = Matcher()
    matcher.category = Patterns([.exact("disk")])
    let now = app.time.now()
    return Silence(id: SilenceID(""), matcher: matcher, from: now, until: now + .seconds(3600), author: "", comment: "")
  }

  private func endSilence(_ id: String, by way: Operator.Way) async throws {
    switch way {
    case .http: #expect(try await send("DELETE", "/api/v2/silence/\(id)").status == 200)
    case .cockpit: try await press("unsilence", "id=\(id)")
    default: try await command(SilenceEndCommand.self, id)
    }
  }

  private func handle(_ id: String, _ word: String, by way: Operator.Way) async throws {
    switch way {
    case .mcp: try await call("dead_letters", #"{"action": "\#(word)", "ids": ["\#(id.suffix(8))"]}"#)
    case .cockpit: try await press(word, "id=\(id)")
    default:
      if word == "retry" {
        try await command(DeadRetryCommand.self, String(id.suffix(8)))
      } else {
        try await command(DeadDropCommand.self, String(id.suffix(8)))
      }
    }
  }

  // MARK: - What is there

  private func fire(_ id: String) async throws {
    _ = try await app.ledger.ingest([.fired(.sample(id))], policy: app.policy, lease: nil)
  }

  private func makeDeadLetter() async throws -> String {
    let terms = LeaseTerms(count: 1, duration: .seconds(120))
    let leased = try await app.ledger.ingest([.fired(.sample("disk"))], policy: app.policy, lease: terms).leased
    let one = try #require(leased.first)
    let reason = Verdict.Reason("gone", "It is gone.")
    let dead = Settlement(id: one.delivery.id, token: one.token, result: .dead(because: reason))
    #expect(try await app.ledger.settle([dead]) == [true])
    return one.delivery.id.text
  }

  /// The rows about operators' actions: the seam, and the details as they are written.
  func operationRows() async throws -> [(seam: String, details: String)] {
    #expect(await app.audit.flush())
    let bytes = FileManager.default.contents(atPath: app.configuration.audit.path) ?? Data()
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
      guard let row = AuditLine(String(line)), row.seam != AuditSeam.dispatched,
        let start = line.firstRange(of: #""details":"#), let end = line.firstRange(of: #","caller_session_id""#)
      else { return nil }
      return (row.seam, String(line[start.upperBound..<end.lowerBound]))
    }
  }

  // MARK: - The ways

  private func command<Command: AsyncParsableCommand>(_ type: Command.Type, _ arguments: String...) async throws {
    let file = folder.path("channels.json")
    var command = try type.parse(arguments + ["--config", file])
    try await command.run()
  }

  private func call(_ tool: String, _ arguments: String, isRefused: Bool = false) async throws {
    let message = """
      {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\(tool)", "arguments": \(arguments)}}
      """
    let answer = try await send("POST", "/mcp", message, "application/json")
    #expect(answer.text.contains(#""isError":true"#) == isRefused, "\(answer)")
  }

  private func press(_ button: String, _ fields: String, status: Int = 303) async throws {
    let page = try await send("GET", "/").text
    let start = try #require(page.firstRange(of: "name=\"seal\" value=\""))
    let seal = page[start.upperBound...].prefix { $0 != "\"" }
    let answer = try await send(
      "POST",
      "/cockpit/\(button)",
      "\(fields)&seal=\(seal)",
      "application/x-www-form-urlencoded"
    )
    #expect(answer.status == status, "\(answer)")
  }

  private func send(
    _ method: String,
    _ path: String,
    _ body: String = "",
    _ type: String = "text/plain"
  ) async throws -> (status: Int, text: String) {
    let exchange = HTTPExchange(
      method: method,
      url: "http://127.0.0.1:\(port)\(path)",
      fields: [HTTPField("Content-Type", type)],
      body: Array(body.utf8)
    )
    let answer = await app.transport.send(.http(exchange).patient)
    guard case .http(let reply) = answer else { throw Unexpected("\(answer)") }
    return (reply.status, String(decoding: reply.body, as: UTF8.self))
  }
}
