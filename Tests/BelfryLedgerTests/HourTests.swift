// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Hourly counts")
struct HourTests {
  private static let reason = Verdict.Reason("gone", "")
  private static let hour = Duration.seconds(3600)

  private func hours(_ bench: TestLedger, since moment: Instant = TestEnvironment.start) async throws -> [LedgerHour] {
    try await bench.ledger.hours(since: moment)
  }

  @Test("include an alert in the hour in which it started, and again when it starts again", arguments: Store.allCases)
  func alerts(store: Store) async throws {
    let bench = try await TestLedger(store)
    // Half past: the hours are those of the clock, not those since the start.
    #expect(TestEnvironment.start.microseconds % 3_600_000_000 == 0)
    bench.advance(by: .seconds(1800))
    try await bench.ingest([.sample("a"), .sample("b")])
    _ = try await bench.ledger.ingest([.changed(.sample("a", .critical))], policy: ScriptedPolicy(), lease: nil)
    #expect(try await hours(bench) == [LedgerHour(start: TestEnvironment.start, fired: 2)])
    bench.advance(by: .seconds(1799))
    try await bench.ingest([.sample("c")])
    bench.advance(by: .seconds(1))
    _ = try await bench.ledger.ingest([.resolved(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
    try await bench.ingest([.sample("a")])
    #expect(
      try await hours(bench) == [
        LedgerHour(start: TestEnvironment.start, fired: 3),
        LedgerHour(start: TestEnvironment.start + Self.hour, fired: 1),
      ]
    )
  }

  @Test(
    "include a message when it arrived, not when it was made, and a dead letter when it was given up",
    arguments: Store.allCases
  )
  func messages(store: Store) async throws {
    let bench = try await TestLedger(store)
    let leased = try await bench.ingest([.sample("a"), .sample("b"), .sample("c")], lease: .minute).leased
    bench.advance(by: Self.hour)
    #expect(try await bench.settle(leased[0], .delivered(Receipt())))
    #expect(try await bench.settle(leased[1], .dead(because: Self.reason)))
    #expect(try await bench.settle(leased[2], .retry(at: bench.now, because: Self.reason)))
    bench.advance(by: Self.hour)
    let again = try #require(try await bench.claim().first)
    #expect(try await bench.settle(again, .partial(Receipt(), because: Self.reason, retryAt: nil)))
    // Its lease has ended: nothing of it counts.
    #expect(try await !bench.settle(again, .delivered(Receipt())))
    let expected = [
      LedgerHour(start: TestEnvironment.start, fired: 3),
      LedgerHour(start: TestEnvironment.start + Self.hour, delivered: 1, dead: 1),
      LedgerHour(start: TestEnvironment.start + Self.hour + Self.hour, delivered: 1),
    ]
    #expect(try await hours(bench) == expected)
    #expect(try await hours(bench, since: TestEnvironment.start + Self.hour + .seconds(3599)) == Array(expected[1...]))
  }

  @Test("exclude what was rolled back", arguments: Store.allCases)
  func failing(store: Store) async throws {
    let bench = try await TestLedger(store)
    let twice = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
      outcome.deliveries += outcome.deliveries
      return outcome
    }
    await #expect(throws: LedgerError.self) { try await bench.ingest([.sample("a")], policy: twice) }
    #expect(try await hours(bench).isEmpty)
  }

  @Test("are deleted after more than a week, and no other counter is")
  func forgetting() async throws {
    let bench = try await TestLedger(.sqlite)
    let leased = try await bench.ingest([.sample("a")], lease: .minute).leased
    #expect(try await bench.settle(leased[0], .delivered(Receipt())))
    #expect(try await !bench.settle(leased[0], .delivered(Receipt())))
    bench.advance(by: .seconds(7 * 86_400))
    try await bench.ingest([.sample("b")])
    #expect(try await hours(bench).map(\.fired) == [1, 1])
    bench.advance(by: Self.hour)
    try await bench.ingest([.sample("c")])
    #expect(try await hours(bench).map(\.start) == [bench.now - Self.hour, bench.now])
    #expect(try await bench.ledger.summary().staleSettlements == 1)
  }
}
