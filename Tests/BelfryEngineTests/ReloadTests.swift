// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryFile
import BelfryLedger
import BelfryPolicy
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
    _ body: (Desk) async throws -> Void
  ) async throws {
    let desk = try Desk(json, sources: sources)
    let console = Console(time: desk.rig.time) { desk.rig.printed.add($0) }
    let start = Start(
      configuration: desk.rig.configuration,
      ledger: desk.rig.ledger,
      policy: desk.rig.policy,
      console: console
    )
    let watches = try await start.watches(sources.configured(in: desk.rig.configuration), at: desk.rig.time.now())
    try await desk.reloader.begin()
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await desk.rig.notifier.run(watches, alarms: ChannelAlarms(active: [])) }
      await desk.rig.time.whenAsleep(1)
      try await body(desk)
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
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: []) { desk in
      desk.file.write(ReloadTests.channels(#""cooldown": "1s""#))
      _ = await desk.reload(by: "ann")
      desk.file.write("{")
      _ = await desk.reload(by: "ben")
      await desk.rig.audit.flush()
      let rows = desk.rig.rows.all.filter { $0.contains("configuration.reload") }
      #expect(rows.count == 2)
      for (row, name) in zip(rows, ["ann", "ben"]) { #expect(row.contains("\"by\":\"\(name)\",\"via\":\"http\"")) }
    }
  }

  @Test("keeps known alerts, uses the new routes for later ones, and sends nothing again")
  func takesOver() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: [source]) { desk in
      try await desk.rig.dispatcher.drain()
      #expect(desk.told == ["out.jsonl"])
      desk.file.write(ReloadTests.channels(#""cooldown": "1s""#, to: "book"))
      #expect(await desk.reload() == .adopted(version: 2, waiting: []))
      source.say([alert("a"), alert("b")])
      desk.rig.time.advance(by: .seconds(180))
      await desk.rig.time.whenAsleep(1)
      try await desk.rig.dispatcher.drain()
      #expect(desk.told == ["out.jsonl", "book.jsonl"])
      let versions = try await desk.rig.ledger.configurations(limit: 9)
      #expect(versions.map(\.number) == [2, 1])
      #expect(versions.map(\.cause) == ["test", "start"])
    }
  }

  @Test("makes no new version if nothing changed")
  func unchanged() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { desk in
      #expect(await desk.reload() == .unchanged(version: 1))
      #expect(await desk.reload(isForced: true) == .adopted(version: 1, waiting: []))
      let versions = try await desk.rig.ledger.configurations(limit: 9)
      #expect(versions.count == 1)
    }
  }

  @Test("rejects an invalid file, reports it once, and notices when it is corrected")
  func refused() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { desk in
      desk.file.write("{")
      for _ in 1...3 {
        guard case .refused(let findings) = await desk.reload() else { throw Unexpected() }
        #expect(findings.first?.contains("channels.json") == true)
      }
      try await desk.rig.dispatcher.drain()
      #expect(desk.told == ["out.jsonl"])
      #expect(try await desk.rig.ledger.refusal() != nil)
      #expect(try await desk.rig.ledger.record(of: Reloader.alarm)?.isActive == true)
      desk.file.write(good)
      #expect(await desk.reload() == .unchanged(version: 1))
      #expect(try await desk.rig.ledger.refusal() == nil)
      #expect(try await desk.rig.ledger.record(of: Reloader.alarm)?.isActive == false)
      #expect(desk.rig.printed.contains("rejected; version 1 stays in force"))
    }
  }

  @Test("rejects a file being written only when it has been invalid for ten seconds")
  func halfWritten() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { desk in
      let watch = {
        await desk.reloader.reload(
          because: "change",
          by: Operator("change", .file),
          isForced: false,
          patience: Reloader.patience
        )
      }
      let isAlarmed = { try await desk.rig.ledger.record(of: Reloader.alarm)?.isActive == true }
      for round in 1...2 {
        desk.file.write(String(good.prefix(20 * round)))
        for _ in 0..<9 {
          guard case .unsettled = await watch() else { throw Unexpected() }
          #expect(try await !isAlarmed())
          desk.rig.time.advance(by: .seconds(1))
        }
        desk.file.write(good)
        #expect(await watch() == .unchanged(version: 1))
      }
      #expect(!desk.rig.printed.contains("refused"))
      desk.file.write("{")
      for _ in 0..<10 {
        _ = await watch()
        desk.rig.time.advance(by: .seconds(1))
      }
      #expect(try await !isAlarmed())
      guard case .refused = await watch() else { throw Unexpected() }
      #expect(try await isAlarmed())
    }
  }

  private struct Unexpected: Error {}

  @Test("shows in the metrics whether the file is in force, when it was last valid, and its version")
  func metrics() async throws {
    let good = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(good) { desk in
      let gauges = { [registry = desk.rig.registry] in
        [Metric.reloadGood, .configVersion, .reloadedAt].map { registry.readings(of: $0).map(\.value) }
      }
      let start = Double(desk.rig.time.now().microseconds) / 1_000_000
      #expect(gauges() == [[.number(1)], [.number(1)], [.number(start)]])
      desk.rig.time.advance(by: .seconds(5))
      desk.file.write("{")
      _ = await desk.reload()
      #expect(gauges() == [[.number(0)], [.number(1)], [.number(start)]])
      desk.file.write(ReloadTests.channels(#""cooldown": "1s""#))
      _ = await desk.reload()
      #expect(gauges() == [[.number(1)], [.number(2)], [.number(start + 5)]])
    }
  }

  @Test("ends the alerts of a source removed from the file")
  func goneSource() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    try await run(ReloadTests.channels(#""cooldown": "0s""#), sources: [source]) { desk in
      desk.file.write(ReloadTests.channels(#""cooldown": "0s""#).replacing("\"app\"", with: "\"other\""))
      #expect(await desk.reload() == .adopted(version: 2, waiting: []))
      let active = try await desk.rig.ledger.activeAlerts()
      #expect(active.isEmpty)
    }
  }

  @Test("turns deliveries of a removed channel into visible dead letters")
  func goneChannel() async throws {
    let source = ScriptedSource("app")
    source.say([alert("a")])
    let json = ReloadTests.channels(#""cooldown": "0s""#)
    try await run(json, sources: [source]) { desk in
      desk.file.write(json.replacing("journal", with: "diary"))
      #expect(await desk.reload() == .adopted(version: 2, waiting: []))
      let dead = try await desk.rig.ledger.deadLetters(limit: 9)
      #expect(dead.map(\.lastReason?.code) == ["no_such_channel"])
    }
  }

  @Test("retries a failing channel at once if its settings changed, and keeps its pause if not")
  func circuits() async throws {
    let source = ScriptedSource("app")
    let json = ReloadTests.channels(#""cooldown": "0s""#)
    let refusal = TransportFailure(.notConnected, "no route")
    try await run(json, sources: [source]) { desk in
      desk.works.set(.failed(refusal))
      source.say((1...8).map { alert("a\($0)") })
      desk.rig.time.advance(by: .seconds(180))
      await desk.rig.time.whenAsleep(1)
      for _ in 0..<8 {
        try await desk.rig.dispatcher.drain()
        desk.rig.time.advance(by: .seconds(2))
      }
      #expect(await desk.rig.dispatcher.circuits.map(\.channel) == ["journal"])
      desk.file.write(json.replacing("\"0s\"", with: "\"1s\""))
      #expect(await desk.reload() == .adopted(version: 2, waiting: []))
      #expect(await desk.rig.dispatcher.circuits.map(\.channel) == ["journal"])
      desk.file.write(json.replacing("out.jsonl", with: "new.jsonl"))
      #expect(await desk.reload() == .adopted(version: 3, waiting: []))
      #expect(await desk.rig.dispatcher.circuits.isEmpty)
    }
  }

  @Test("notifies open pages, whether applied or rejected")
  func changes() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { desk in
      for text in [ReloadTests.channels(#""cooldown": "1s""#), "{"] {
        let heard = try #require(desk.changes.listen())
        desk.file.write(text)
        _ = await desk.reload()
        desk.changes.end()
        #expect(await heard.reduce(0) { count, _ in count + 1 } == 1, "\(text)")
      }
    }
  }

  @Test("names changed keys that only take effect at startup")
  func fixed() async throws {
    try await run(ReloadTests.channels(#""cooldown": "0s""#)) { desk in
      desk.file.write(ReloadTests.channels(#""cooldown": "0s", "state": "memory""#))
      #expect(await desk.reload() == .adopted(version: 2, waiting: ["state"]))
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

  /// The answer to every attempt; nil to accept it.
  final class Answer: Sendable {
    private let state = Mutex<Reply?>(nil)
    func set(_ reply: Reply?) { state.withLock { $0 = reply } }
    var reply: Reply? { state.withLock { $0 } }
  }

  struct Desk: Sendable {
    let rig: Rig
    let file: WrittenFile
    let works = Answer()
    let reloader: Reloader
    /// Receives the reloader's own notifications.
    let changes = ChangeFeed()

    init(_ json: String, sources: [ScriptedSource]) throws {
      let (file, works) = (WrittenFile(json), works)
      self.file = file
      rig = try Rig(json) { works.reply ?? ScriptedTransport.accept($0) }
      let console = Console(time: rig.time) { [printed = rig.printed] in printed.add($0) }
      let inForce = InForce(rig.configuration)
      reloader = Reloader(
        text: json,
        read: { Desk.read(file.text, sources) },
        takeOver: TakeOver(
          notifier: rig.notifier,
          dispatcher: rig.dispatcher,
          ledger: rig.ledger,
          inForce: inForce,
          time: rig.time,
          console: console
        ),
        notifier: rig.notifier,
        ledger: rig.ledger,
        inForce: inForce,
        audit: rig.audit,
        time: rig.time,
        console: console,
        instruments: Instruments(rig.registry),
        changes: changes
      )
    }

    /// Reads the file; its sources are the scripted ones of the same name.
    private static func read(_ text: String, _ sources: [ScriptedSource]) -> ReadConfiguration {
      do {
        var configuration = try Rig.read(text)
        let scripted = configuration.sources.map(\.name).map { name in
          sources.first { $0.name == name } ?? ScriptedSource(name)
        }
        configuration.sources = scripted.configured(in: configuration)
        return ReadConfiguration(text: text, configuration: configuration, findings: [])
      } catch let error as Rig.Unreadable {
        return ReadConfiguration(text: text, configuration: nil, findings: error.findings)
      } catch {
        return ReadConfiguration(text: nil, configuration: nil, findings: ["\(error)"])
      }
    }

    func reload(by caller: String = "test", isForced: Bool = false) async -> Reloader.Outcome {
      await reloader.reload(because: "test", by: Operator(caller, .http), isForced: isForced)
    }

    /// The files appended to, in order.
    var told: [String] {
      rig.sent.compactMap { if case .append(let append) = $0 { append.file.relative } else { nil } }
    }
  }
}
