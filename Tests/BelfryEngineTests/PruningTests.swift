// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("Removing history", .endsIfItHangs)
struct PruningTests {
  private static let day = Duration.seconds(86_400)
  private let printed = RecordedLines()

  /// A ledger with three alerts that ended now, and one that is active.
  private func filled(_ store: Store) async throws -> TestLedger {
    let environment = try await TestLedger(store)
    let alerts = ["a", "b", "c", "active"].map { Alert.sample($0) }
    for leased in try await environment.ingest(alerts, lease: .minute).leased {
      _ = try await environment.settle(leased, .delivered(Receipt()))
    }
    let ends = alerts.dropLast().map { Event.resolved($0.key) }
    _ = try await environment.ledger.ingest(ends, policy: ScriptedPolicy(), lease: nil)
    return environment
  }

  /// Runs the loop that removes history beside `body`.
  private func running(_ environment: TestLedger, _ body: () async throws -> Void) async throws {
    let console = Console(time: environment.time) { [printed] in printed.add($0) }
    let pruning = Pruning(
      keep: .seconds(90 * 86_400),
      ledger: environment.ledger,
      time: environment.time,
      console: console
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await pruning.run() }
      await environment.time.whenAsleep(1)
      try await body()
      group.cancelAll()
    }
  }

  /// Checks which alerts the ledger holds: all four, or only the active one.
  private func expect(_ count: Int, in environment: TestLedger) async throws {
    let left = try await environment.ledger.records(after: nil, activeOnly: false, limit: 9).map(\.alert.id)
    #expect(left.count == count && left.contains("active"), "\(left)")
  }

  /// Advances the clock from batch to batch until a pass has ended.
  private func finishPass(_ environment: TestLedger) async {
    while !printed.contains("removed history") {
      await environment.time.whenAsleep(1)
      environment.advance(by: Pruning.rest)
    }
  }

  @Test("begins ten minutes after the start, and says what it removed", arguments: Store.allCases)
  func begins(store: Store) async throws {
    let environment = try await filled(store)
    environment.advance(by: Self.day * 91)
    try await running(environment) {
      try await expect(4, in: environment)
      environment.advance(by: Pruning.delay)
      await finishPass(environment)
      try await expect(1, in: environment)
      #expect(printed.contains("3 alerts, 6 decisions, 3 messages"))
      await environment.time.whenAsleep(1)
      let pruned = try await environment.ledger.size().prunedAt
      #expect(pruned != nil)
    }
  }

  @Test("goes on every hour: what became old enough since is removed")
  func repeats() async throws {
    let environment = try await filled(.oracle)
    environment.advance(by: Self.day * 90 - Pruning.delay - .seconds(1))
    try await running(environment) {
      environment.advance(by: Pruning.delay)
      await environment.time.whenAsleep(1)
      try await expect(4, in: environment)
      environment.advance(by: Pruning.interval)
      await environment.time.whenAsleep(1)
      try await expect(1, in: environment)
    }
  }

  @Test("waits for a day after the clock stepped ahead, and not after it stepped back", arguments: [true, false])
  func clockStep(isAhead: Bool) async throws {
    let environment = try await filled(.oracle)
    environment.advance(by: isAhead ? .zero : Self.day * 200)
    try await running(environment) {
      environment.time.step(by: isAhead ? Self.day * 200 : Self.day * -50)
      environment.advance(by: Pruning.delay)
      await environment.time.whenAsleep(1)
      try await expect(isAhead ? 4 : 1, in: environment)
      environment.advance(by: Pruning.settling)
      await environment.time.whenAsleep(1)
      try await expect(1, in: environment)
    }
  }

  @Test("says once that the ledger refuses it, and continues when it no longer does")
  func refused() async throws {
    let environment = try await filled(.oracle)
    environment.advance(by: Self.day * 91)
    let end = environment.now + Pruning.delay + Pruning.interval * 3
    let ledger = WatchedLedger(environment.ledger) { call in
      if call.hasPrefix("prune("), environment.now < end {
        throw LedgerError(.full, "No space left.", remedy: "Free some.")
      }
    }
    let console = Console(time: environment.time) { [printed] in printed.add($0) }
    let pruning = Pruning(keep: Self.day * 90, ledger: ledger, time: environment.time, console: console)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await pruning.run() }
      await environment.time.whenAsleep(1)
      environment.advance(by: Pruning.delay)
      for _ in 0..<2 {
        await environment.time.whenAsleep(1)
        environment.advance(by: Pruning.interval)
      }
      await environment.time.whenAsleep(1)
      #expect(printed.containing("history is not removed").count == 1)
      environment.advance(by: Pruning.interval)
      await environment.time.whenAsleep(1)
      try await expect(1, in: environment)
      group.cancelAll()
    }
  }
}
