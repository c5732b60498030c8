// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Logging
import Synchronization
import Testing

@Suite("The log")
struct LogTests {
  static let journal = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}},
     "routes": [{"to": "journal"}], "cooldown": "0s"}
    """

  /// A line as parsed by a program.
  private func object(_ line: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
  }

  private func observe(_ alerts: [Alert], on environment: TestEnvironment) async throws {
    try await environment.notifier.ingest(alerts.map { .fired($0) })
    try await environment.dispatcher.drain()
  }

  @Test("as JSON describes decisions and deliveries in typed fields")
  func fields() async throws {
    let environment = try TestEnvironment(LogTests.journal, format: .json) { ScriptedTransport.accept($0) }
    try await observe([alert("disk-7", .warning, title: "Full")], on: environment)
    let lines = try environment.printed.all.map(object)
    let decision = try #require(lines.first { $0["topic"] as? String == "decision" })
    #expect(decision["time"] as? String == environment.time.now().iso8601)
    #expect(decision["level"] as? String == "info")
    #expect(decision["alert"] as? String == "app/disk-7")
    #expect(decision["source"] as? String == "app")
    #expect(decision["severity"] as? String == "warning")
    #expect(decision["outcome"] as? String == "notify")
    #expect(decision["channels"] as? [String] == ["journal"])
    let delivery = try #require(lines.first { $0["topic"] as? String == "delivery" })
    let id = try #require(delivery["delivery"] as? String)
    #expect(try await environment.ledger.delivery(DeliveryID(id))?.delivery.channel == "journal")
    #expect(delivery["channel"] as? String == "journal")
    #expect(delivery["alerts"] as? [String] == ["app/disk-7"])
    #expect(delivery["attempt"] as? Int == 1)
    #expect(delivery["outcome"] as? String == "delivered")
    #expect((delivery["message"] as? String)?.hasPrefix("sent journal") == true)
  }

  @Test("as JSON has a failed attempt's reason, its next attempt, and its own level")
  func retry() async throws {
    let environment = try TestEnvironment(LogTests.journal, format: .json) { _ in
      .failed(TransportFailure(.diskFull, "no space is left"))
    }
    try await observe([alert("a")], on: environment)
    let delivery = try #require(try environment.printed.all.map(object).first { $0["topic"] as? String == "delivery" })
    #expect(delivery["level"] as? String == "warning")
    #expect(delivery["outcome"] as? String == "retried")
    #expect((delivery["reason"] as? String)?.contains("no space is left") == true)
    #expect((delivery["until"] as? String).flatMap { Instant(iso8601: $0) }.map { $0 > environment.time.now() } == true)
  }

  @Test(
    "keeps one line each, whatever an alert contains",
    arguments: LogFormat.allCases,
    ["a\nb", "a\r\nb", "a\u{2028}b\u{85}c", "a\u{1B}[2Jb", "a\u{0}b", #"a","level":"error"}"#, "a\u{202E}b", "a\\n\"b"]
  )
  func forged(format: LogFormat, text: String) throws {
    let printed = RecordedLines()
    let console = Console(time: VirtualTime(), format: format) { printed.add($0) }
    console.warn("said: \(text)", .text(.reason, text), .list(.channels, [text]))
    let logger = console.logger(for: "library", atLeast: .info)
    logger.info("said: \(text)", metadata: ["time": "\(text)", "more": ["key": "\(text)"]])
    #expect(printed.all.count == 2)
    for line in printed.all {
      #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(line)")
      #expect(!line.unicodeScalars.contains { (0x2028...0x202E).contains($0.value) }, "\(line)")
      guard format == .json else { continue }
      let object = try object(line)
      #expect(object["time"] as? String == VirtualTime().now().iso8601)
      #expect(["warning", "info"].contains(object["level"] as? String ?? ""))
      #expect((object["message"] as? String)?.hasPrefix("said: a") == true)
    }
  }

  @Test("makes the fields of a line only if they are written", arguments: LogFormat.allCases)
  func lazily(format: LogFormat) {
    var made = 0
    func fields() -> [LogField] {
      made += 1
      return [.topic(.cycle)]
    }
    let console = Console(time: VirtualTime(), format: format) { _ in }
    console.say("cycle: quiet", fields())
    console.warn("cycle: late", fields())
    console.fail("cycle: lost", fields())
    #expect(made == (format == .json ? 3 : 0))
  }

  @Test("includes lines of libraries, from the requested level")
  func libraries() throws {
    let printed = RecordedLines()
    for format in LogFormat.allCases {
      let logger = Console(time: VirtualTime(), format: format) { printed.add($0) }.logger(for: "web", atLeast: .error)
      logger.warning("not this")
      logger.error("It broke", metadata: ["port": .stringConvertible(80)])
    }
    #expect(printed.all.count == 2)
    #expect(printed.all[0].hasSuffix("Z web: It broke (port=80)"))
    let object = try object(printed.all[1])
    #expect(object["library"] as? String == "web")
    #expect(object["level"] as? String == "error")
    #expect(object["port"] as? Int == 80)
  }

  @Test("does not delay notifications if nobody reads it, and later states how many lines are lost")
  func unread() async throws {
    let pipe = try StuckPipe()
    let writer = LineWriter(to: pipe.writing, capacity: 16_384) { "\($0) lost" }
    let environment = try TestEnvironment(LogTests.journal, print: { writer.write($0) }) {
      ScriptedTransport.accept($0)
    }
    let isThrough = Mutex(false)
    let work = Task {
      try await observe((0..<2_000).map { alert("a\($0)") }, on: environment)
      isThrough.withLock { $0 = true }
    }
    // If it waits for a reader, one comes after a while, and the test fails instead of hanging.
    for _ in 0..<6_000 where !isThrough.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(100)) }
    #expect(isThrough.withLock { $0 }, "the notifier must not wait for who reads its lines")
    #expect(writer.flush(within: .milliseconds(1)) == false, "the pipe takes more than this test writes")
    let reading = Task { await pipe.drained() }
    try await work.value
    #expect(await writer.close(within: .seconds(600)))
    pipe.end()
    let lines = await reading.value
    #expect(environment.tally.counts.delivered == 2_000)
    let lost = lines.compactMap { $0.hasSuffix(" lost") ? Int($0.prefix { $0 != " " }) : nil }.reduce(0, +)
    #expect(lost > 0)
    #expect(lines.count { !$0.hasSuffix(" lost") } + lost == environment.printed.all.count)
  }

  @Test("has its fields and topics explained in the operator's runbook")
  func documented() throws {
    let page = try #require(DocsPage.all.first { $0.path == "docs/operators-runbook.md" })
    let code = Set(page.code)
    #expect(LogField.Name.allCases.map(\.rawValue).filter { !code.contains($0) } == [])
    #expect(LogField.Topic.allCases.map(\.rawValue).filter { !code.contains($0) } == [])
  }
}
