// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Synchronization
import Testing

@Suite("The pace of a channel", .endsIfItHangs)
struct PaceTests {
  private static let json = """
    {"channels": {"oncall": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1"},
                  "journal": {"kind": "file", "path": "out.jsonl"}},
     "routes": [{"match": {"category": "journal"}, "to": "journal"}, {"to": "oncall"}], "cooldown": "0s"}
    """

  /// Advances the time second by second while the dispatcher runs; returns what was sent, by second.
  private func run(_ environment: TestEnvironment, seconds: Int, eachSecond: (Int) async throws -> Void = { _ in })
    async throws
    -> [[Outgoing]]
  {
    var counts: [[Outgoing]] = []
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await environment.dispatcher.run() }
      for second in 0..<seconds {
        await environment.dispatcherIsWaiting()
        try await eachSecond(second)
        environment.dispatcher.wake()
        await environment.dispatcherIsWaiting()
        // What the dispatcher sent by itself when the second began counts, too.
        let sent = environment.sent
        counts.append(Array(sent[counts.reduce(0) { $0 + $1.count }...]))
        environment.time.advance(by: .seconds(1))
      }
      group.cancelAll()
    }
    return counts
  }

  @Test("limits a Slack DM to one message a second, however many there are")
  func spacing() async throws {
    let environment = try TestEnvironment(PaceTests.json) { _ in DispatcherTests.delivered }
    let events = (0..<50).map { Event.fired(alert("a\($0)", .info)) }
    _ = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
    let counts = try await run(environment, seconds: 12).map(\.count)
    #expect(counts.allSatisfy { $0 <= 1 })
    #expect(counts.reduce(0, +) >= 10)
  }

  @Test(
    "lets a critical alert go next, whatever waits, whether it is handed over or waits in the ledger",
    arguments: [true, false]
  )
  func fairness(isHanded: Bool) async throws {
    let environment = try TestEnvironment(PaceTests.json) { _ in DispatcherTests.delivered }
    let storm = (0..<500).map { Event.fired(alert("a\($0)", .info)) }
    _ = try await environment.ledger.ingest(storm, policy: environment.policy, lease: nil)
    let sent = try await run(environment, seconds: 10) { second in
      guard second == 5 else { return }
      let events = [Event.fired(alert("late", .info)), .fired(alert("urgent"))]
      if isHanded {
        _ = try await environment.dispatcher.ingest(events, policy: environment.policy)
      } else {
        _ = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
      }
    }
    let bodies = sent[5...].flatMap(\.self).compactMap { outgoing -> String? in
      guard case .http(let http) = outgoing else { return nil }
      return String(decoding: http.body, as: UTF8.self)
    }
    let place = try #require(bodies.firstIndex { $0.contains("CRITICAL") })
    #expect(place <= 1)
  }

  @Test("delays no other channel")
  func isolation() async throws {
    let environment = try TestEnvironment(PaceTests.json) { ScriptedTransport.accept($0) }
    let slow = (0..<50).map { Event.fired(alert("a\($0)", .info)) }
    let fast = (0..<50).map { Event.fired(alert("b\($0)", .info, category: "journal")) }
    _ = try await environment.ledger.ingest(slow + fast, policy: environment.policy, lease: nil)
    let sent = try await run(environment, seconds: 3).flatMap(\.self)
    #expect(sent.count { if case .append = $0 { true } else { false } } == 50)
  }

  @Test("respects a wait that the service asks for, and leaves its circuit closed")
  func asked() async throws {
    let limits = Mutex(10)
    let environment = try TestEnvironment(PaceTests.json) { _ in
      let isLimited = limits.withLock { left in
        left -= 1
        return left >= 0
      }
      return isLimited ? .http(HTTPReply(status: 429, fields: [("retry-after", "3")])) : DispatcherTests.delivered
    }
    let events = (0..<9).map { Event.fired(alert("a\($0)", .info)) }
    _ = try await environment.ledger.ingest(events, policy: environment.policy, lease: nil)
    let counts = try await run(environment, seconds: 13).map(\.count)
    #expect((3...6).contains(counts.reduce(0, +)))
    #expect(environment.dispatcher.circuits.isEmpty)
  }

  @Test("makes a message that waited for more than a minute state that, and why")
  func delay() async throws {
    let environment = try TestEnvironment(PaceTests.json) { _ in DispatcherTests.delivered }
    _ = try await environment.ledger.ingest([.fired(alert("a"))], policy: environment.policy, lease: nil)
    environment.time.advance(by: .seconds(200))
    try await environment.dispatcher.drain()
    guard case .http(let http) = try #require(environment.sent.first) else { return }
    #expect(
      String(decoding: http.body, as: UTF8.self).contains("delayed 3m20s: the channel is limited to 1 message a second")
    )
  }
}
