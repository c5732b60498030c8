// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing
@testable import BelfryApp
@testable import BelfryServer

@Suite("The MCP tools")
struct AlertToolsTests {
  private static let rules = """
    {"channels": {"journal": {"kind": "file", "path": "a.jsonl"}, "page": {"kind": "file", "path": "b.jsonl"}},
     "routes": [{"match": {"severity": "critical"}, "to": "page", "repeat": "4h"}, {"to": "journal"}], "cooldown": "0s",
     "deploy_env": "DEPLOY"}
    """
  private static let ann = Caller(name: "ann", scopes: [.read, .operate, .test])

  /// An environment with the tools on its ledger.
  private struct Toolbox {
    let environment: TestEnvironment
    let tools: AlertTools

    init(deployment: String = "dev", time: (any TimeSource)? = nil) async throws {
      let environment = try await TestEnvironment(AlertToolsTests.rules.replacing("DEPLOY", with: deployment)).adopted()
      self.environment = environment
      tools = AlertTools(environment.operations(time: time))
    }

    /// Calls a tool through the protocol, so that its schema applies.
    func call(_ tool: String, _ arguments: String = "{}", by caller: Caller = ann) async throws -> Answer {
      let message = """
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "\(tool)", "arguments": \(arguments)}}
        """
      let bytes = try #require(
        await MCPService(tools, version: "1", report: { _ in }).answer(Array(message.utf8), by: caller)
      )
      let result = try #require(JSONTree.parse(SourceText(name: "the answer", bytes: bytes)).node?["result"])
      return Answer(
        object: result["structuredContent"],
        text: result["content"]?.elements?.first?["text"]?.string ?? "",
        isError: result["isError"]?.value == .bool(true)
      )
    }
  }

  /// A clock that is 20 seconds later each time it is read.
  private final class HurryingTime: TimeSource {
    private let readings = Atomic(0)

    func now() -> Instant { TestEnvironment.start }
    func elapsed() -> Duration {
      .seconds(20 * readings.wrappingAdd(1, ordering: .relaxed).newValue)
    }
    func sleep(for duration: Duration) async throws {}
    func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm { SystemTime().alarm(body) }
  }

  private struct Answer {
    var object: JSONNode?
    var text: String
    var isError: Bool
  }

  @Test("list alerts a page at a time, each once")
  func pages() async throws {
    let toolbox = try await Toolbox()
    for number in 1...5 { try await toolbox.environment.take(.fired(.sample("disk-\(number)"))) }
    var seen: [String] = []
    var cursor: String?
    repeat {
      let next = cursor.map { #", "cursor": "\#($0)""# } ?? ""
      let page = try await toolbox.call("list_alerts", #"{"limit": 2\#(next)}"#)
      seen += page.object?["alerts"]?.elements?.compactMap { $0["alert_id"]?.string } ?? []
      cursor = page.object?["next_cursor"]?.string
    } while cursor != nil && seen.count < 10
    #expect(seen == ["disk-1", "disk-2", "disk-3", "disk-4", "disk-5"])
    let critical = try await toolbox.call("list_alerts", #"{"severity": "critical"}"#)
    #expect(critical.object?["alerts"]?.elements?.isEmpty == true)
  }

  @Test("show an alert's history, and refuse an unknown ID and name similar ones")
  func why() async throws {
    let toolbox = try await Toolbox()
    var alert = Alert.sample("disk-1")
    alert.annotations = ["runbook_url": "https://wiki/disk"]
    try await toolbox.environment.take(.fired(alert))
    let known = try await toolbox.call("why", #"{"alert": "disk-1"}"#)
    #expect(known.object?["alerts"]?.elements?.first?["standing"]?.string == "told")
    #expect(known.object?["alerts"]?.elements?.first?["links"]?["runbook"]?.string == "https://wiki/disk")
    let listed = try await toolbox.call("list_alerts", "{}")
    #expect(
      listed.object?["alerts"]?.elements?.first?["annotations"]?["runbook_url"]?.string == "https://wiki/disk"
    )
    let unknown = try await toolbox.call("why", #"{"alert": "disk-2"}"#)
    #expect(unknown.isError)
    #expect(unknown.object?["near"]?.elements?.compactMap(\.string) == ["app/disk-1"])
  }

  @Test("give up if the ledger takes too long to read, except where there is no time limit")
  func slowWhy() async throws {
    let toolbox = try await Toolbox(time: HurryingTime())
    try await toolbox.environment.take(.fired(.sample("disk-1")))
    let answer = try await toolbox.call("why", #"{"alert": "disk-1"}"#)
    #expect(answer.isError && answer.text.contains("20s") && answer.text.contains("belfry why"))
  }

  @Test("answer status and explain like their commands")
  func reports() async throws {
    let toolbox = try await Toolbox()
    try await toolbox.environment.take(.fired(.sample("disk-1")))
    let status = try await toolbox.call("status")
    #expect(status.object?["active_alerts"]?.value == .number("1"))
    let explained = try await toolbox.call("explain", #"{"severity": "critical", "labels": {"team": "web"}}"#)
    #expect(explained.object?["routes"]?.elements?.first?["taken"]?.value == .bool(true))
  }

  @Test(
    "explain an alert by its labels alone, or one of the ledger, at a time",
    arguments: [
      (#"{"labels": {"severity": "critical"}}"#, "It goes to page.", nil, nil),
      (#"{"alert": "disk-1"}"#, "It goes to journal.", "app/disk-1", nil),
      (
        #"{"alert": "disk-1", "at": "2027-01-16T03:00:00Z"}"#, "It goes to journal.", "app/disk-1",
        "2027-01-16T03:00:00Z"
      ),
    ]
  )
  func explanations(arguments: String, outcome: String, alert: String?, moment: String?) async throws {
    let toolbox = try await Toolbox()
    try await toolbox.environment.take(.fired(.sample("disk-1", .warning)))
    let answer = try await toolbox.call("explain", arguments).object
    #expect(answer?["outcome"]?.string == outcome)
    #expect(answer?["alert"]?.string == alert)
    #expect(answer?["at"]?.string == moment)
  }

  @Test(
    "refuse to explain nothing, two things, an unknown alert and a time that has passed",
    arguments: [
      ("{}", "Pass either alert"), (#"{"alert": "a", "severity": "info"}"#, "Pass either alert"),
      (#"{"alert": "a"}"#, #"unknown alert "a""#), (#"{"severity": "info", "at": "noon"}"#, "at: noon is not a time"),
      (#"{"severity": "info", "at": "2027-01-14T00:00:00Z"}"#, "is in the past"),
    ]
  )
  func unexplained(arguments: String, message: String) async throws {
    let answer = try await Toolbox().call("explain", arguments)
    #expect(answer.isError && answer.text.contains(message), "\(answer.text)")
  }

  @Test("answer with exactly the keys of their schema")
  func schemas() async throws {
    let toolbox = try await Toolbox()
    try await toolbox.environment.take(.fired(.sample("db", .critical)))
    let calls = [
      "status": "{}", "list_alerts": "{}", "why": #"{"alert": "db"}"#, "explain": #"{"severity": "info"}"#,
      "dead_letters": "{}", "send_test_alert": #"{"severity": "critical"}"#, "ack": #"{"alert": "db"}"#,
      "unack": #"{"alert": "db"}"#,
      "silence": #"{"match": {"category": "disk"}, "for": "2h", "comment": "deploy"}"#,
    ]
    let tools = toolbox.tools.tools(for: Set(Scope.allCases))
    #expect(Set(tools.map(\.name)) == Set(calls.keys))
    for tool in tools {
      let answer = try await toolbox.call(tool.name, calls[tool.name] ?? "")
      #expect(!answer.isError, "\(tool.name): \(answer.text)")
      let keys = Set(answer.object?.members?.map(\.name) ?? [])
      #expect(keys.subtracting(tool.output.map(\.name)).isEmpty, "\(tool.name)")
      #expect(Set(tool.output.filter(\.isRequired).map(\.name)).subtracting(keys).isEmpty, "\(tool.name)")
    }
  }

  @Test("make a silence that applies, belongs to its caller, and is audited with their name")
  func silence() async throws {
    let toolbox = try await Toolbox()
    let made = try await toolbox.call(
      "silence",
      #"{"match": {"severity": "warning+", "labels": {"team": ["web", "db"]}}, "for": "2h", "comment": "deploy"}"#
    )
    #expect(made.object?["silence"]?["author"]?.string == "ann")
    let silences = try await toolbox.environment.ledger.silences()
    #expect(silences.map(\.author) == ["ann"])
    await toolbox.environment.audit.close()
    #expect(toolbox.environment.rows.all.joined().contains(#""by":"ann","via":"mcp","action":"silence.add""#))
  }

  @Test(
    "refuse an invalid silence with what to write",
    arguments: [
      (#"{"match": {}, "for": "2h", "comment": "x"}"#, "match is empty"),
      (#"{"match": {"category": "a"}, "comment": "x"}"#, "Pass either for or until"),
      (#"{"match": {"category": "a"}, "for": "soon", "comment": "x"}"#, "for: soon is not a duration"),
      (#"{"match": {"category": "a"}, "until": "2020-01-01T00:00:00Z", "comment": "x"}"#, "is in the past"),
      (#"{"match": {"category": "a"}, "for": "2h", "comment": " "}"#, "comment is empty"),
      (#"{"match": {"category": "/(/"}, "for": "2h", "comment": "x"}"#, "match.category"),
    ]
  )
  func noSilence(arguments: String, expected: String) async throws {
    let toolbox = try await Toolbox()
    let answer = try await toolbox.call("silence", arguments)
    #expect(answer.isError && answer.text.contains(expected), "\(answer.text)")
    let silences = try await toolbox.environment.ledger.silences(after: nil, limit: 100)
    #expect(silences.isEmpty)
  }

  @Test("acknowledge an alert for the caller, and refuse one that is not active")
  func acknowledge() async throws {
    let toolbox = try await Toolbox()
    try await toolbox.environment.take(.fired(.sample("db", .critical)))
    let answer = try await toolbox.call("ack", #"{"alert": "app/db", "comment": "on it"}"#)
    #expect(answer.object?["stops"]?.elements?.count == 1)
    let record = try await toolbox.environment.ledger.record(of: AlertKey(source: "app", id: "db"))
    #expect(record?.acknowledgement?.by == "ann")
    let unknown = try await toolbox.call("ack", #"{"alert": "dx"}"#)
    #expect(unknown.isError && unknown.text.contains("did you mean app/db?"))
  }

  @Test("list dead letters, and retry or discard them only with the scope operate")
  func deadLetters() async throws {
    let toolbox = try await Toolbox()
    let reason = Verdict.Reason("gone", "no such user")
    try await toolbox.environment.take(.fired(.sample("disk-1")), failing: ["journal": .dead(because: reason)])
    let listed = try await toolbox.call("dead_letters")
    let letter = try #require(listed.object?["dead_letters"]?.elements?.first)
    let id = try #require(letter["delivery_id"]?.string)
    let reader = Caller(name: "screen", scopes: [.read])
    let refused = try await toolbox.call("dead_letters", #"{"action": "drop", "ids": ["\#(id)"]}"#, by: reader)
    #expect(refused.isError && refused.text.contains("requires the scope operate"))
    let kept = try await toolbox.environment.ledger.deadLetters(limit: 9)
    #expect(kept.count == 1)
    let dropped = try await toolbox.call("dead_letters", #"{"action": "drop", "ids": ["\#(id)"]}"#)
    #expect(dropped.object?["mended"]?.value == .number("1"))
    #expect(dropped.object?["outdated"]?.elements?.isEmpty == true)
    let rest = try await toolbox.environment.ledger.deadLetters(limit: 9)
    #expect(rest.isEmpty)
  }

  @Test("state why a dead letter of a resolved alert is not retried")
  func outdated() async throws {
    let toolbox = try await Toolbox()
    let reason = Verdict.Reason("gone", "no such user")
    try await toolbox.environment.take(.fired(.sample("disk-1")), failing: ["journal": .dead(because: reason)])
    try await toolbox.environment.take(.resolved(.sample("disk-1")))
    let id = try #require(try await toolbox.environment.ledger.deadLetters(limit: 1).first?.delivery.id.text)
    let retried = try await toolbox.call("dead_letters", #"{"action": "retry", "ids": ["\#(id)"]}"#)
    #expect(retried.object?["mended"]?.value == .number("0"))
    let line = try #require(retried.object?["outdated"]?.elements?.first?.string)
    #expect(line == "\(id): not sent. It has resolved, so this is not sent any more.")
  }

  @Test("send a test alert past all rules, and state where it went")
  func testAlert() async throws {
    let toolbox = try await Toolbox()
    let answer = try await toolbox.call("send_test_alert", #"{"severity": "critical"}"#)
    #expect(answer.object?["success"]?.value == .bool(true))
    #expect(answer.object?["channel"]?.string == "page")
    #expect(answer.object?["deploy_env"]?.string == "dev")
    #expect(toolbox.environment.transport.carried.count == 1)
    let both = try await toolbox.call("send_test_alert", #"{"severity": "critical", "channel": "page"}"#)
    #expect(both.isError && toolbox.environment.transport.carried.count == 1)
  }

  @Test("send no test alert in production, and audit the refusal")
  func production() async throws {
    let toolbox = try await Toolbox(deployment: "prd")
    let answer = try await toolbox.call("send_test_alert", #"{"channel": "page"}"#)
    #expect(answer.isError && answer.object?["success"]?.value == .bool(false))
    #expect(answer.object?["deploy_env"]?.string == "prd")
    #expect(toolbox.environment.transport.carried.isEmpty)
    await toolbox.environment.audit.close()
    #expect(
      toolbox.environment.rows.all.joined().contains(#""action":"test.send""#)
        && toolbox.environment.rows.all.joined().contains(#""error":"refused""#)
    )
  }

  @Test("show the configuration without its secrets, named or not")
  func masks() throws {
    let text = """
      {"channels": {"hook": {"kind": "webhook", "url": "https://h/s3cret", "headers": {"X-Key": "s3cret"}},
        "dm": {"kind": "slack-dm", "user": "U1", "token": "${TOKEN}", "odd": ["s3cret"], "more": {"deep": "s3cret"}}},
       "routes": [{"to": "dm"}], "sources": {"p": {"kind": "prometheus", "url": "https://u:s3cret@h"}},
       "server": {"listen": "127.0.0.1:1", "tokens": [{"name": "ann", "secret": "${T:-s3cret}", "scopes": "read"}]}}
      """
    let node = try #require(JSONTree.parse(SourceText(name: "channels.json", bytes: Array(text.utf8))).node)
    var writer = JSONWriter()
    writer.copy(ConfigurationView.masked(node))
    #expect(!writer.text.contains("s3cret"))
    for kept in ["${TOKEN}", "U1", "\"to\":\"dm\"", "127.0.0.1:1", "\"name\":\"ann\"", Secret.mask] {
      #expect(writer.text.contains(kept), "\(kept)")
    }
  }
}

@Suite("Lines of standard input")
struct InputLinesTests {
  private func lines(_ pieces: [String], limit: Int = 8) async -> [InputLines.Line] {
    let rest = Pieces(pieces)
    var lines = InputLines(limit: limit) { rest.next() }
    var found: [InputLines.Line] = []
    while let line = await lines.next() { found.append(line) }
    return found
  }

  @Test("are assembled from pieces; empty ones are skipped, the last needs no end")
  func pieces() async {
    let found = await lines(["a", "b\n\n", " \nc\nd"])
    #expect(found == ["ab", "c", "d"].map { .text(Array($0.utf8)) })
  }

  @Test("are reported as too long once, and the next one is read")
  func long() async {
    let found = await lines(["0123", "456789", "abcdefghijk", "x\nok\n", "012345678\n", "z"])
    #expect(found == [.tooLong, .text(Array("ok".utf8)), .tooLong, .text(Array("z".utf8))])
  }
}

/// The pieces that a pipe delivers.
private final class Pieces: Sendable {
  private let rest: Mutex<[String]>
  init(_ pieces: [String]) { rest = Mutex(pieces) }
  func next() -> [UInt8] { rest.withLock { $0.isEmpty ? [] : Array($0.removeFirst().utf8) } }
}
