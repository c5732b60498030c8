// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A cycle")
struct NotifierTests {
  static let journal = """
    {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}], "cooldown": "0s"}
    """

  @Test("sends an active alert once, however often it is seen")
  func once() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a"), alert("b")])
    var watches = try await environment.watches([source])
    for _ in 1...3 {
      _ = try await environment.notifier.cycle(&watches)
      try await environment.dispatcher.drain()
      environment.time.advance(by: .seconds(180))
    }
    #expect(environment.sent.count == 2)
  }

  @Test("counts its work")
  func counts() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a"), alert("b")])
    var watches = try await environment.watches([source])
    let first = try #require(try await environment.notifier.cycle(&watches))
    #expect(first.text == "2 active, 2 new, 0 resolved: 2 sent")
    source.say([alert("b")])
    environment.time.advance(by: .seconds(180))
    let second = try #require(try await environment.notifier.cycle(&watches))
    #expect(second.text == "1 active, 0 new, 1 resolved")
  }

  @Test("keeps the alerts of a failed source active, states their age, and reads the other sources")
  func failure() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let (broken, well) = (ScriptedSource("broken"), ScriptedSource("well"))
    broken.say([alert("a")])
    well.say([])
    var watches = try await environment.watches([broken, well])
    _ = try await environment.notifier.cycle(&watches)
    environment.time.advance(by: .seconds(180))
    broken.fail("no such file")
    well.say([alert("b")])
    let report = try #require(try await environment.notifier.cycle(&watches))
    #expect(report.newlyResolved == 0)
    #expect(report.newlyFiring == 1)
    #expect(
      environment.printed.contains("source broken cannot be read: no such file; its 1 alert from 3m ago stays active")
    )
    environment.time.advance(by: .seconds(180))
    broken.say([alert("a")])
    let recovered = try #require(try await environment.notifier.cycle(&watches))
    #expect(recovered.newlyFiring == 0)
    #expect(environment.printed.contains("source broken can be read again"))
  }

  @Test("reports a lasting failure once, not at every cycle")
  func quietFailure() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.fail("no such file")
    var watches = try await environment.watches([source])
    for _ in 1...3 {
      _ = try await environment.notifier.cycle(&watches)
      environment.time.advance(by: .seconds(180))
    }
    #expect(environment.printed.all.count { $0.contains("cannot be read") } == 1)
  }

  @Test("ends no alert after a truncated read")
  func incomplete() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a"), alert("b")])
    var watches = try await environment.watches([source])
    _ = try await environment.notifier.cycle(&watches)
    environment.time.advance(by: .seconds(180))
    source.say([alert("c")], isComplete: false)
    let report = try #require(try await environment.notifier.cycle(&watches))
    #expect(report.newlyResolved == 0)
    #expect(report.newlyFiring == 1)
  }

  @Test("does not send again after a restart what was sent before")
  func restart() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    var before = try await environment.watches([source])
    _ = try await environment.notifier.cycle(&before)
    try await environment.dispatcher.drain()
    var after = try await environment.watches([source])
    let report = try #require(try await environment.notifier.cycle(&after))
    #expect(report.isQuiet)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
  }

  @Test("ends the alerts of a source removed from the file")
  func goneSource() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let event = Event.fired(Alert(source: "gone", id: "a", severity: .info, title: "t"))
    _ = try await environment.ledger.ingest([event], policy: environment.policy, lease: nil)
    _ = try await environment.watches([ScriptedSource]())
    let record = try #require(try await environment.ledger.record(of: AlertKey(source: "gone", id: "a")))
    #expect(!record.isActive)
    #expect(environment.printed.contains("source gone is no longer in channels.json"))
  }

  @Test("sends a cooldown's follow-up when the window ends")
  func followup() async throws {
    let environment = try TestEnvironment(
      """
      {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}], "cooldown": "10m"}
      """
    ) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    var watches = try await environment.watches([source])
    _ = try await environment.notifier.cycle(&watches)
    environment.time.advance(by: .seconds(180))
    source.say([alert("a"), alert("b")])
    _ = try await environment.notifier.cycle(&watches)
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 1)
    environment.time.advance(by: .seconds(421))
    try await environment.notifier.fireTimers()
    try await environment.dispatcher.drain()
    #expect(environment.sent.count == 2)
    guard case .append(let append) = environment.sent[1] else { return }
    #expect(String(decoding: append.bytes, as: UTF8.self).contains(#""type":"followup""#))
  }

  @Test("runs at its own interval until it is asked to stop")
  func run() async throws {
    let environment = try TestEnvironment(NotifierTests.journal) { ScriptedTransport.accept($0) }
    let source = ScriptedSource("app")
    source.say([alert("a")])
    let watches = try await environment.watches([source])
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await environment.notifier.run(watches, alarms: ChannelAlarms(active: [])) }
      await environment.time.whenAsleep(1)
      #expect(environment.printed.contains("cycle: 1 active, 1 new"))
      source.say([alert("a"), alert("b")])
      // It wakes at least every five seconds; the source is due at 180.
      for _ in 0..<36 {
        environment.time.advance(by: .seconds(5))
        await environment.time.whenAsleep(1)
      }
      #expect(environment.printed.contains("cycle: 2 active, 1 new"))
      group.cancelAll()
    }
  }

  @Test("wakes for an alert only if it sets an earlier timer")
  func wakes() async throws {
    let time = VirtualTime(startingAt: TestEnvironment.start)
    let ledger = WatchedLedger(MemoryLedger(now: { time.now() }))
    let environment = try TestEnvironment(
      """
      {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}},
       "routes": [{"match": {"category": "grouped"}, "to": "journal", "group": {"wait": "2s"}}, {"to": "journal"}],
       "cooldown": "0s"}
      """,
      time: time,
      ledger: ledger
    )
    try await withThrowingTaskGroup { group in
      group.addTask { try await environment.dispatcher.run() }
      group.addTask { await environment.notifier.run([], alarms: ChannelAlarms(active: [])) }
      await time.whenAsleep(2)
      let atStart = ledger.takeCalls()["nextTimer()", default: 0]
      for number in 0..<20 { try await environment.notifier.ingest([.fired(alert("a\(number)"))]) }
      while environment.sent.count < 20 { await Task.yield() }
      try await environment.notifier.ingest([.fired(alert("g", category: "grouped"))])
      var calls = 0
      while calls == 0 {
        calls = ledger.takeCalls()["nextTimer()", default: 0]
        await Task.yield()
      }
      #expect(calls <= atStart, "it was woken once")
      await time.whenAsleep(2)
      time.advance(by: .seconds(2))
      while environment.sent.count < 21 { await Task.yield() }
      group.cancelAll()
    }
  }
}
