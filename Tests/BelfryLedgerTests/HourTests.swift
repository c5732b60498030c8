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

  private func hours(_ environment: TestLedger, since moment: Instant = TestEnvironment.start) async throws
    -> [LedgerHour]
  {
    try await environment.ledger.hours(since: moment)
  }

  @Test("include an alert in the hour in which it started, and again when it starts again", arguments: Store.allCases)
  func alerts(store: Store) async throws {
    let environment = try await TestLedger(store)
    // Half past: the hours are those of the clock, not those since the start.
    #expect(TestEnvironment.start.microseconds % 3_600_000_000 == 0)
    environment.advance(by: .seconds(1800))
    try await environment.ingest([.sample("a"), .sample("b")])
    _ = try await environment.ledger.ingest([.changed(.sample("a", .critical))], policy: ScriptedPolicy(), lease: nil)
    #expect(try await hours(environment) == [LedgerHour(start: TestEnvironment.start, fired: 2)])
    environment.advance(by: .seconds(1799))
    try await environment.ingest([.sample("c")])
    environment.advance(by: .seconds(1))
    _ = try await environment.ledger.ingest([.resolved(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
    try await environment.ingest([.sample("a")])
    #expect(
      try await hours(environment) == [
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
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest([.sample("a"), .sample("b"), .sample("c")], lease: .minute).leased
    environment.advance(by: Self.hour)
    #expect(try await environment.settle(leased[0], .delivered(Receipt())))
    #expect(try await environment.settle(leased[1], .dead(because: Self.reason)))
    #expect(try await environment.settle(leased[2], .retry(at: environment.now, because: Self.reason)))
    environment.advance(by: Self.hour)
    let again = try #require(try await environment.claim().first)
    #expect(try await environment.settle(again, .partial(Receipt(), because: Self.reason, retryAt: nil)))
    // Its lease has ended: nothing of it counts.
    #expect(try await !environment.settle(again, .delivered(Receipt())))
    let expected = [
      LedgerHour(start: TestEnvironment.start, fired: 3),
      LedgerHour(start: TestEnvironment.start + Self.hour, delivered: 1, dead: 1),
      LedgerHour(start: TestEnvironment.start + Self.hour + Self.hour, delivered: 1),
    ]
    #expect(try await hours(environment) == expected)
    #expect(
      try await hours(environment, since: TestEnvironment.start + Self.hour + .seconds(3599)) == Array(expected[1...])
    )
  }

  @Test("exclude what was rolled back", arguments: Store.allCases)
  func failing(store: Store) async throws {
    let environment = try await TestLedger(store)
    let twice = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
      outcome.deliveries += outcome.deliveries
      return outcome
    }
    await #expect(throws: LedgerError.self) { try await environment.ingest([.sample("a")], policy: twice) }
    #expect(try await hours(environment).isEmpty)
  }

  @Test("are deleted after more than a year, and no other counter is")
  func forgetting() async throws {
    let environment = try await TestLedger(.sqlite)
    let leased = try await environment.ingest([.sample("a")], lease: .minute).leased
    #expect(try await environment.settle(leased[0], .delivered(Receipt())))
    #expect(try await !environment.settle(leased[0], .delivered(Receipt())))
    environment.advance(by: .seconds(365 * 86_400))
    try await environment.ingest([.sample("b")])
    #expect(try await hours(environment).map(\.fired) == [1, 1])
    environment.advance(by: Self.hour)
    try await environment.ingest([.sample("c")])
    #expect(try await hours(environment).map(\.start) == [environment.now - Self.hour, environment.now])
    #expect(try await environment.ledger.summary().staleSettlements == 1)
  }
}
