// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("Reloading channels.json")
struct ReloadTests {
  /// Runs a notifier while `body` runs, with a file that `body` writes.
  private func run(
    _ json: String,
    sources: [ScriptedSource] = [],
    files: WrittenFiles = WrittenFiles(),
    _ body: (Site) async throws -> Void
  ) async throws {
    let site = try Site(json, sources: sources, files: files)
    let watches = try await site.environment.watches(sources)
    try await site.reloader.begin()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await site.environment.notifier.run(watches, alarms: ChannelAlarms(active: [])) }
      await site.environment.time.whenAsleep(1)
      try await body(site)
      group.cancelAll()
    }
  }

  private static func channels(_ rest: String, to: String = "journal") -> String {
    """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}, "book": {"kind": "file", "path": "book.jsonl"}},
     "routes": [{"to": "\(to)"}], "sources": {"app": {"kind": "file", "path": "alerts.json"}}, \(rest)}
    """
  }

  @Test("is audited with the token that requested it, whether it was rejected or not")
  func caller() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: []) { site in
      site.file.write(ReloadTests.channels(#""cooldown": "1s""#))
      _ = await site.reload(by: "ann")
      site.file.write("{")
      _ = await site.reload(by: "ben")
      await site.environment.audit.flush()
      let rows = site.environment.rows.all.filter { $0.contains("configuration.reload") }
      #expect(rows.count == 2)
      for (row, name) in zip(rows, ["ann", "ben"]) { #expect(row.contains("\"by\":\"\(name)\",\"via\":\"http\"")) }
    }
  }

  @Test("keeps known alerts, uses the new routes for later ones, and sends nothing again")
  func takesOver() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: [source]) { site in
      try await site.environment.dispatcher.drain()
      #expect(site.sent == ["out.jsonl"])
      site.file.write(ReloadTests.channels(#""cooldown": "1s""#, to: "book"))
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      source.say([alert("a"), alert("b")])
      // The reload woke the notifier, which must not take the time to its next poll from before and after the step.
      await site.environment.time.whenAsleep(1)
      site.environment.time.advance(by: .seconds(180))
      await site.environment.time.whenAsleep(1)
      try await site.environment.dispatcher.drain()
      #expect(site.sent == ["out.jsonl", "book.jsonl"])
      let versions = try await site.environment.ledger.configurations(limit: 9)
      #expect(versions.map(\.number) == [2, 1])
      #expect(versions.map(\.cause) == ["test", "start"])
    }
  }

  @Test("makes no new version if nothing changed")
  func unchanged() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { site in
      #expect(await site.reload() == .unchanged(version: 1))
      #expect(await site.reload(isForced: true) == .adopted(version: 1, waiting: []))
      let versions = try await site.environment.ledger.configurations(limit: 9)
      #expect(versions.count == 1)
    }
  }

  @Test("rejects an invalid file, reports it once, and notices when it is corrected")
  func refused() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { site in
      site.file.write("{")
      for _ in 1...3 {
        guard case .refused(let findings) = await site.reload() else { throw Unexpected() }
        #expect(findings.first?.contains("channels.json") == true)
      }
      try await site.environment.dispatcher.drain()
      #expect(site.sent == ["out.jsonl"])
      #expect(try await site.environment.ledger.refusal() != nil)
      #expect(try await site.environment.ledger.record(of: Reloader.alarm)?.isActive == true)
      site.file.write(good)
      #expect(await site.reload() == .unchanged(version: 1))
      #expect(try await site.environment.ledger.refusal() == nil)
      #expect(try await site.environment.ledger.record(of: Reloader.alarm)?.isActive == false)
      #expect(site.environment.printed.contains("rejected; version 1 stays in force"))
    }
  }

  @Test("rejects a file being written only when it has been invalid for ten seconds")
  func halfWritten() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { site in
      let watch = {
        await site.reloader.reload(
          because: "change",
          by: Operator("change", .file),
          isForced: false,
          patience: Reloader.patience
        )
      }
      let isAlarmed = { try await site.environment.ledger.record(of: Reloader.alarm)?.isActive == true }
      for round in 1...2 {
        site.file.write(String(good.prefix(20 * round)))
        for _ in 0..<9 {
          guard case .unsettled = await watch() else { throw Unexpected() }
          #expect(try await !isAlarmed())
          site.environment.time.advance(by: .seconds(1))
        }
        site.file.write(good)
        #expect(await watch() == .unchanged(version: 1))
      }
      #expect(!site.environment.printed.contains("refused"))
      site.file.write("{")
      for _ in 0..<10 {
        _ = await watch()
        site.environment.time.advance(by: .seconds(1))
      }
      #expect(try await !isAlarmed())
      guard case .refused = await watch() else { throw Unexpected() }
      #expect(try await isAlarmed())
    }
  }

  @Test("shows in the metrics whether the file is in force, when it was last valid, and its version")
  func metrics() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { site in
      let gauges = { [registry = site.environment.registry] in
        [Metric.reloadGood, .configVersion, .reloadedAt].map { registry.readings(of: $0).map(\.value) }
      }
      let start = Double(site.environment.time.now().microseconds) / 1_000_000
      #expect(gauges() == [[.number(1)], [.number(1)], [.number(start)]])
      site.environment.time.advance(by: .seconds(5))
      site.file.write("{")
      _ = await site.reload()
      #expect(gauges() == [[.number(0)], [.number(1)], [.number(start)]])
      site.file.write(ReloadTests.channels(#""cooldown": "1s""#))
      _ = await site.reload()
      #expect(gauges() == [[.number(1)], [.number(2)], [.number(start + 5)]])
    }
  }

  @Test("ends the alerts of a source removed from the file")
  func goneSource() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: [source]) { site in
      site.file.write(ReloadTests.channels(#""cooldown": "0s""#).replacing("\"app\"", with: "\"other\""))
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      let active = try await site.environment.ledger.activeAlerts()
      #expect(active.isEmpty)
    }
  }

  @Test("turns deliveries of a removed channel into visible dead letters")
  func goneChannel() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    let json = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(json, sources: [source]) { site in
      site.file.write(json.replacing("journal", with: "diary"))
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      let dead = try await site.environment.ledger.deadLetters(limit: 9)
      #expect(dead.map(\.lastReason?.code) == ["no_such_channel"])
    }
  }

  @Test("retries a failing channel at once if its settings changed, and keeps its pause if not")
  func circuits() async throws {
    let source = ScriptedSource("app")
    let json = ReloadTests.channels(#""cooldown": "0s""#)
    let refusal = TransportFailure(.notConnected, "no route")
    try await run(json, sources: [source]) { site in
      site.works.set(.failed(refusal))
      source.say((1...8).map { alert("a\($0)") })
      site.environment.time.advance(by: .seconds(180))
      await site.environment.time.whenAsleep(1)
      for _ in 0..<8 {
        try await site.environment.dispatcher.drain()
        site.environment.time.advance(by: .seconds(2))
      }
      #expect(site.environment.dispatcher.circuits.map(\.channel) == ["journal"])
      site.file.write(json.replacing("\"0s\"", with: "\"1s\""))
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      #expect(site.environment.dispatcher.circuits.map(\.channel) == ["journal"])
      site.file.write(json.replacing("out.jsonl", with: "new.jsonl"))
      #expect(await site.reload() == .adopted(version: 3, waiting: []))
      #expect(site.environment.dispatcher.circuits.isEmpty)
    }
  }

  @Test("notifies open pages, whether applied or rejected")
  func changes() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { site in
      for text in [ReloadTests.channels(#""cooldown": "1s""#), "{"] {
        let heard = try #require(site.changes.listen())
        site.file.write(text)
        _ = await site.reload()
        site.changes.end()
        #expect(await heard.reduce(0) { count, _ in count + 1 } == 1, "\(text)")
      }
    }
  }

  @Test("sets the ledger back to the configuration in force if the new one could not be applied")
  func rollback() async throws {
    let digests = #""cooldown": "0s", "digests": {"daily": {"at": "09:00", "timezone": "UTC", "to": "book"}}"#
    try await run(ReloadTests.channels(digests)) { site in
      let timer = TimerKey.list(.digest("daily"))
      let due = try #require(try await site.environment.ledger.due(timer))
      // The new policy is adopted before the alerts are read.
      site.failing.set(["activeAlerts(besides:)"])
      site.file.write(ReloadTests.channels(#""cooldown": "0s""#))
      guard case .delayed = await site.reload() else { throw Unexpected() }
      #expect(try await site.environment.ledger.due(timer) == due)
      #expect(!site.environment.printed.contains("could not be set back"))
      site.failing.set([])
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      #expect(try await site.environment.ledger.due(timer) == nil)
    }
  }

  @Test("reports if the ledger could not be set back either, and applies the file later")
  func failedRollback() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { site in
      site.failing.set(["adopt(policy:)"])
      site.file.write(ReloadTests.channels(#""cooldown": "1s""#))
      guard case .delayed(let reason) = await site.reload() else { throw Unexpected() }
      #expect(reason.contains("could not be set back"))
      #expect(site.environment.printed.contains("could not be set back"))
      site.failing.set([])
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
    }
  }

  private static let pager = """
    {"channels": {"pager": {"kind": "slack-dm", "token": "${file:/run/token}", "user": "U1"},
                  "journal": {"kind": "file", "path": "out.jsonl"}},
     "routes": [{"match": {"source": "belfry"}, "to": "journal"}, {"to": "pager"}], "cooldown": "0s"}
    """

  @Test("uses the new content of a file that channels.json refers to, and makes no new version of the same text")
  func referencedFile() async throws {
    let files = WrittenFiles(["/run/token": "xoxb-1\n"])
    try await run(ReloadTests.pager, files: files) { site in
      #expect(await site.reloader.watched == ["/run/token"])
      #expect(await site.reload() == .unchanged(version: 1))
      files.write("xoxb-2\n", to: "/run/token")
      #expect(await site.reload() == .adopted(version: 1, waiting: []))
      #expect(site.environment.printed.contains("a file that channels.json refers to changed"))
      let events = [Event.fired(alert("a"))]
      _ = try await site.environment.dispatcher.ingest(events, policy: site.environment.policy)
      try await site.environment.dispatcher.drain()
      guard case .http(let exchange) = try #require(site.environment.sent.first) else { throw Unexpected() }
      #expect(exchange.fields.contains(HTTPField("Authorization", prefix: "Bearer ", secret: Secret("xoxb-2"))))
    }
  }

  @Test("keeps the last content of a file that is removed or emptied, and reports it", arguments: [nil, "", "\n"])
  func missingFile(_ text: String?) async throws {
    let files = WrittenFiles(["/run/token": "xoxb-1"])
    try await run(ReloadTests.pager, files: files) { site in
      files.write(text, to: "/run/token")
      guard case .refused(let findings) = await site.reload() else { throw Unexpected() }
      #expect(findings.count == 1)
      #expect(findings.first?.contains("/run/token") == true)
      #expect(await site.reloader.watched == ["/run/token"])
      #expect(try await site.environment.ledger.record(of: Reloader.alarm)?.isActive == true)
      files.write("xoxb-1", to: "/run/token")
      #expect(await site.reload() == .unchanged(version: 1))
      #expect(try await site.environment.ledger.record(of: Reloader.alarm)?.isActive == false)
    }
  }

  @Test("watches the files of a rejected text too, because one of them may be what is missing")
  func filesOfRejectedText() async throws {
    let files = WrittenFiles(["/run/token": "xoxb-1"])
    try await run(ReloadTests.pager, files: files) { site in
      site.file.write(ReloadTests.pager.replacing("/run/token", with: "/run/other"))
      guard case .refused = await site.reload() else { throw Unexpected() }
      #expect(await site.reloader.watched == ["/run/token", "/run/other"])
      files.write("xoxb-2", to: "/run/other")
      #expect(await site.reload() == .adopted(version: 2, waiting: []))
      #expect(await site.reloader.watched == ["/run/other"])
    }
  }

  @Test("names changed keys that only take effect at startup")
  func fixed() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { site in
      site.file.write(ReloadTests.channels(#""cooldown": "0s", "state": "memory""#))
      #expect(await site.reload() == .adopted(version: 2, waiting: ["state"]))
    }
  }
}

extension ReloadTests {
  /// The file's current content.
  final class WrittenFile: Sendable {
    private let state: Mutex<String>
    init(_ text: String) { state = Mutex(text) }
    func write(_ text: String) { state.withLock { $0 = text } }
    var text: String { state.withLock { $0 } }
  }

  /// The names of calls that fail.
  final class FailingCalls: Sendable {
    private let names = Mutex<Set<String>>([])
    func set(_ names: Set<String>) { self.names.withLock { $0 = names } }

    func check(_ name: String) throws {
      if names.withLock({ $0.contains(name) }) { throw Unexpected("no space for \(name)") }
    }
  }

  /// The answer to every attempt; nil to accept it.
  final class Answer: Sendable {
    private let state = Mutex<Reply?>(nil)
    func set(_ reply: Reply?) { state.withLock { $0 = reply } }
    var reply: Reply? { state.withLock { $0 } }
  }

  /// A notifier, with a file and sources that the test sets, a ledger whose calls it can fail, and what reloads the file.
  struct Site: Sendable {
    let environment: TestEnvironment
    let file: WrittenFile
    let works = Answer()
    /// The calls of the ledger that fail, such as `adopt(policy:)`.
    let failing = FailingCalls()
    let reloader: Reloader
    /// Receives the reloader's own notifications.
    let changes = ChangeBroadcast()

    init(_ json: String, sources: [ScriptedSource], files: WrittenFiles) throws {
      let (file, works, failing) = (WrittenFile(json), works, failing)
      self.file = file
      let time = VirtualTime(startingAt: TestEnvironment.start)
      let check: @Sendable (String) throws -> Void = { try failing.check($0) }
      let ledger = WatchedLedger(MemoryLedger(now: { time.now() }), before: check, beforeWrite: check)
      let configuration = try Configuration.parse(json, files: files.referenced)
      environment = TestEnvironment(configuration, time: time, ledger: ledger) {
        works.reply ?? ScriptedTransport.accept($0)
      }
      let live = CurrentValue(environment.configuration)
      reloader = Reloader(
        text: json,
        read: { Site.read(file.text, sources, files) },
        takeOver: ConfigurationChange(
          notifier: environment.notifier,
          dispatcher: environment.dispatcher,
          ledger: environment.ledger,
          live: live,
          time: environment.time,
          console: environment.console
        ),
        notifier: environment.notifier,
        ledger: environment.ledger,
        live: live,
        audit: environment.audit,
        time: environment.time,
        console: environment.console,
        instruments: environment.instruments,
        changes: changes
      )
    }

    /// Reads the file; its sources are the scripted ones of the same name.
    private static func read(
      _ text: String,
      _ sources: [ScriptedSource],
      _ files: WrittenFiles
    ) -> ReadConfiguration {
      let reader = ConfigurationReader(
        registry: .linked,
        sources: .builtIn,
        environment: TestEnvironment.variables,
        files: files.referenced
      )
      let source = SourceText(name: "channels.json", bytes: Array(text.utf8))
      let reading = reader.reading(source, folder: "/nowhere")
      var configuration = reading.configuration
      if let read = configuration {
        let scripted = read.sources.map(\.name).map { name in
          sources.first { $0.name == name } ?? ScriptedSource(name)
        }
        configuration?.sources = scripted.configured(in: read)
      }
      return ReadConfiguration(
        text: text,
        configuration: configuration,
        findings: reading.findings.map(\.text),
        files: reading.files
      )
    }

    func reload(by caller: String = "test", isForced: Bool = false) async -> Reloader.Outcome {
      await reloader.reload(because: "test", by: Operator(caller, .http), isForced: isForced)
    }

    /// The files appended to, in order.
    var sent: [String] {
      environment.sent.compactMap { if case .append(let append) = $0 { append.file.relative } else { nil } }
    }
  }
}
