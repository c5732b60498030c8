// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing

@Suite("A shared commit")
struct GroupCommitTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("belfry.db") }

  init() throws { folder = try TemporaryFolder() }

  /// Starts `count` writes while another connection locks the file, so that they wait together.
  private func together(
    _ count: Int,
    on ledger: SQLiteLedger,
    isCancelled: Bool = false,
    _ write: @escaping @Sendable (Int) async throws -> Ingested
  ) async throws -> [Result<Ingested, any Error>] {
    var configuration = GRDB.Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: path, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.beginTransaction(.immediate) }
    let writers = Writers()
    return try await withThrowingTaskGroup(of: Ingested.self) { group in
      for number in 0..<count { group.addTask { try await writers.write(number, by: write) } }
      // Reads continue during the lock.
      while await writers.waiting < count { _ = try await ledger.nextTimer() }
      if isCancelled { group.cancelAll() }
      try await other.writeWithoutTransaction { try $0.rollback() }
      try other.close()
      var results: [Result<Ingested, any Error>] = []
      while let result = await group.nextResult() { results.append(result) }
      return results
    }
  }

  @Test("writes all waiting requests in one commit or two")
  func sharesCommits() async throws {
    let ledger = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    let before = try commits()
    let results = try await together(40, on: ledger) { number in
      try await ledger.ingest([.fired(.sample("a\(number)"))], policy: ScriptedPolicy(), lease: .minute)
    }
    #expect(try results.map { try $0.get().leased.count } == Array(repeating: 1, count: 40))
    // The first may have been written alone before the others arrived.
    #expect(try (1...2).contains(commits() - before))
    #expect(try await ledger.activeAlerts().count == 40)
    try await ledger.close()
  }

  @Test("lets a failing request change nothing and fail alone")
  func failsAlone() async throws {
    let ledger = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    let used = try await ledger.ingest([.fired(.sample("old"))], policy: ScriptedPolicy(), lease: .minute)
    let id = used.leased[0].delivery.id
    let list = HoldID.digest("daily")
    let failing = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager", "mail"], &state, now)
      state.set(CooldownState(["pager": CooldownWindow(until: now, severity: .info)]), for: GroupKey("w"))
      outcome.joined = events.compactMap(\.key).map { .init(list: list, alert: $0) }
      outcome.timers[.list(list)] = now
      outcome.deliveries[1].id = id
      return outcome
    }
    let results = try await together(20, on: ledger) { number in
      let policy = number % 4 == 0 ? failing : ScriptedPolicy()
      return try await ledger.ingest([.fired(.sample("a\(number)"))], policy: policy, lease: .minute)
    }
    let failures = results.compactMap { if case .failure(let error) = $0 { error as? LedgerError } else { nil } }
    #expect(failures.map(\.code) == Array(repeating: .duplicateDelivery, count: 5))
    let summary = try await ledger.summary()
    #expect(summary.activeAlerts == 16)
    #expect(summary.deliveries == ["pager": [.pending: 16]])
    #expect(summary.waiting.isEmpty)
    #expect(summary.nextTimers.isEmpty)
    #expect(try await ledger.decisions(about: .sample("a0"), limit: 9).isEmpty)
    #expect(try await ledger.record(of: .sample("a0")) == nil)
    try await ledger.close()
  }

  @Test("answers a caller that is cancelled while it waits, after its commit")
  func commitsForTheCancelled() async throws {
    let ledger = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    let results = try await together(8, on: ledger, isCancelled: true) { number in
      try await ledger.ingest([.fired(.sample("a\(number)"))], policy: ScriptedPolicy(), lease: .minute)
    }
    #expect(try results.map { try $0.get().leased.count } == Array(repeating: 1, count: 8))
    #expect(try await ledger.activeAlerts().count == 8)
    try await ledger.close()
  }

  /// The number of commits in the WAL: frames whose header contains the size of the database after them.
  ///
  /// See https://www.sqlite.org/fileformat.html#the_write_ahead_log.
  private func commits() throws -> Int {
    let wal = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "-wal")))
    return stride(from: 32, to: wal.count, by: 24 + 4096).count { wal[$0 + 4..<$0 + 8] != [0, 0, 0, 0] }
  }
}

/// Runs writes one after another as far as the queue of the ledger, where they wait together.
private actor Writers {
  private(set) var waiting = 0

  func write(_ number: Int, by write: @Sendable (Int) async throws -> Ingested) async throws -> Ingested {
    // Nobody else sees the count before this suspends, which is when the request is in the queue.
    waiting += 1
    return try await write(number)
  }
}
