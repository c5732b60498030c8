// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryDaemon
import BelfryLedger
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

/// The machine's clock is set while the notifier runs: nothing is lost, told twice, or kept waiting for it.
@Suite("A clock that is set", .timeLimit(.minutes(1)))
struct ClockStepTests {
  private static let hourBack = Duration.seconds(-3600)

  private func rig(rate: String = "unlimited", _ replies: [Reply]) throws -> Rig {
    let replies = Mutex(replies)
    return try Rig(
      """
      {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "rate": "\(rate)"}},
       "routes": [{"to": "oncall"}], "cooldown": "0s"}
      """
    ) { _ in replies.withLock { $0.isEmpty ? DispatcherTests.delivered : $0.removeFirst() } }
  }

  private func fire(_ alerts: [Alert], _ rig: Rig) async throws {
    _ = try await rig.ledger.ingest(alerts.map { .fired($0) }, policy: rig.policy, lease: nil)
  }

  /// What makes a message wait, and for how many seconds.
  struct Wait: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let replies: [Reply]
    let seconds: Int
  }

  private static let waits = [
    Wait(testDescription: "a backoff", replies: [.http(HTTPReply(status: 503))], seconds: 1),
    Wait(
      testDescription: "what the server asked for",
      replies: [.http(HTTPReply(status: 429, fields: [("retry-after", "30")]))],
      seconds: 30
    ),
    Wait(
      testDescription: "an open circuit",
      replies: [.http(HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"invalid_auth"}"#.utf8)))],
      seconds: 30
    ),
  ]

  @Test("set back an hour, it makes no wait longer, and none shorter", arguments: waits)
  func back(wait: Wait) async throws {
    let rig = try rig(wait.replies)
    try await fire([alert("a")], rig)
    try await rig.dispatcher.drain()
    rig.time.step(by: Self.hourBack)
    try await rig.dispatcher.drain()
    rig.time.advance(by: .seconds(wait.seconds) - .milliseconds(1))
    try await rig.dispatcher.drain()
    #expect(rig.sent.count == 1)
    rig.time.advance(by: .milliseconds(2))
    try await rig.dispatcher.drain()
    #expect(rig.sent.count == 2)
    #expect(try await rig.ledger.summary().deliveries["oncall"] == [.delivered: 1])
  }

  @Test("set back an hour, it keeps the pace, and what is due stays due")
  func pace() async throws {
    let rig = try rig(rate: "1/m", [])
    try await fire((0..<4).map { alert("a\($0)") }, rig)
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await Self.run(rig) }
      for count in 1...3 {
        // It sees within five seconds that the clock was set, and waits for as much longer at most.
        for _ in 0..<70 where rig.sent.count < count {
          await rig.time.whenAsleep(1)
          rig.time.advance(by: .seconds(1))
          for _ in 0..<100 { await Task.yield() }
        }
        #expect(rig.sent.count == count)
        rig.time.step(by: Self.hourBack)
      }
      group.cancelAll()
    }
  }

  @Test("set forward a day in the middle of an attempt, it makes no second one")
  func forward() async throws {
    let time = VirtualTime()
    let running = Mutex<Rig?>(nil)
    let rig = try Rig(DispatcherTests.slack, time: time) { _ in
      // The first attempt takes it, so that the clock is set once.
      guard let rig = running.withLock({ $0.take() }) else { return DispatcherTests.delivered }
      time.step(by: .seconds(86_400))
      rig.dispatcher.wake()
      // Until the lease, which seems to be over, was taken anew.
      for _ in 0..<100_000 {
        if rig.sent.count > 1 { break }
        if await Self.attempts(rig) > 1 { break }
        await Task.yield()
      }
      return DispatcherTests.delivered
    }
    running.withLock { $0 = rig }
    try await fire([alert("a")], rig)
    try await rig.dispatcher.drain()
    #expect(rig.sent.count == 1)
    let summary = try await rig.ledger.summary()
    #expect(summary.deliveries["oncall"] == [.delivered: 1])
    #expect(summary.staleSettlements == 0)
  }

  private static func run(_ rig: Rig) async {
    do { try await rig.dispatcher.run() } catch { Issue.record(error) }
  }

  private static func attempts(_ rig: Rig) async -> Int {
    do {
      guard let told = try await rig.ledger.record(of: AlertKey(source: "app", id: "a"))?.told.first else { return 0 }
      guard let id = told.deliveries.first else { return 0 }
      return try await rig.ledger.delivery(id)?.attempts ?? 0
    } catch {
      return 0
    }
  }

  @Test("set forward a day, it makes what waits due, once")
  func forwardWhileWaiting() async throws {
    let rig = try rig(Self.waits[1].replies)
    try await fire([alert("a"), alert("b", .info)], rig)
    try await rig.dispatcher.drain()
    rig.time.step(by: .seconds(86_400))
    try await rig.dispatcher.drain()
    #expect(rig.sent.count == 3)
    #expect(try await rig.ledger.summary().deliveries["oncall"] == [.delivered: 2])
  }

  @Test("set back an hour, it leaves no source unwatched")
  func source() async throws {
    let rig = try rig([])
    let source = ScriptedSource("app")
    var watches = [
      SourceWatch(source, every: .seconds(30), active: ActiveSet(source: "app", hashes: [:]), from: rig.time.now())
    ]
    #expect(try await rig.notifier.cycle(&watches) != nil)
    rig.time.step(by: Self.hourBack)
    source.say([alert("a")])
    rig.time.advance(by: .seconds(30))
    #expect(try await rig.notifier.cycle(&watches)?.active == 1)
    #expect(try await rig.notifier.cycle(&watches) == nil, "and looks no more often than it should")
  }
}
