// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import GRDB
import Testing

@Suite("The audit rows that the ledger keeps until they are written")
struct AuditTableTests {
  private static let reason = Verdict.Reason("no", "No.")

  /// A ledger in which these results were settled, one delivery each, and the deliveries.
  private func settled(
    _ results: [Settlement.Result],
    in store: Store = .sqlite,
    at path: String? = nil
  ) async throws -> (TestLedger, [DeliveryID]) {
    let environment = try await TestLedger(store, at: path)
    try await environment.ingest(results.indices.map { .sample("a\($0)") })
    let leased = try await environment.claim().sorted { $0.delivery.id < $1.delivery.id }
    for (one, result) in zip(leased, results) { #expect(try await environment.settle(one, result)) }
    return (environment, leased.map(\.delivery.id))
  }

  @Test(
    "each attempt is kept in the transaction that settles it, and what was not attempted is not",
    arguments: Store.allCases
  )
  func kept(store: Store) async throws {
    let later = TestEnvironment.start + .seconds(60)
    let successor = NewDelivery(
      id: DeliveryID("successor"),
      channel: "mail",
      content: .alert(.sample("x")),
      reason: "",
      route: "",
      severity: .warning
    )
    let (environment, ids) = try await settled(
      [
        .delivered(Receipt()), .retry(at: later, because: Self.reason), .dead(because: Self.reason), .released,
        .forwarded(successor, because: Self.reason, wasAttempted: false),
      ],
      in: store
    )
    let unaudited = try await environment.ledger.unauditedAttempts(limit: 10)
    #expect(unaudited.map(\.attempt) == ids.prefix(3).map { DeliveryAttempt(delivery: $0, number: 1) })
    #expect(unaudited.map(\.number) == [1, 2, 3])
    #expect(unaudited.allSatisfy { $0.at == TestEnvironment.start && $0.hasDelivery })
    environment.advance(by: .seconds(61))
    let again = try #require(try await environment.claim().first { $0.delivery.id == ids[1] })
    #expect(try await environment.settle(again, .delivered(Receipt())))
    let last = try await environment.ledger.unauditedAttempts(limit: 10).last
    #expect(last?.attempt == DeliveryAttempt(delivery: ids[1], number: 2))
    #expect(last?.number == 4)
    try await environment.ledger.close()
  }

  @Test("a settlement that is refused keeps nothing", arguments: Store.allCases)
  func refused(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await environment.ingest([.sample("a")])
    let leased = try #require(try await environment.claim().first)
    #expect(try await environment.settle(leased, .delivered(Receipt())))
    #expect(try await !environment.settle(leased, .dead(because: Self.reason)))
    #expect(try await environment.ledger.unauditedAttempts(limit: 10).count == 1)
    try await environment.ledger.close()
  }

  @Test("what has its row is known by its number after a restart, and a delivery that is gone is named as such")
  func written() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let (environment, ids) = try await settled(Array(repeating: .delivered(Receipt()), count: 5), at: path)
    let attempts = ids.map { DeliveryAttempt(delivery: $0, number: 1) }
    try await environment.ledger.noteAudited([attempts[0], attempts[1], attempts[3]])
    try await environment.ledger.close()
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "DELETE FROM deliveries WHERE id = ?", arguments: [ids[3].text]) }
    try queue.close()

    let again = try await TestLedger(.sqlite, at: path).ledger
    #expect(try await again.auditedNumbers() == RangeSet([1..<3, 4..<5]))
    #expect(try await again.unauditedAttempts(limit: 10).map(\.number) == [3, 5])
    #expect(try await again.unauditedAttempts(limit: 1).map(\.number) == [3])
    let known = try await again.auditedAttempts(attempts + [DeliveryAttempt(delivery: ids[0], number: 2)])
    #expect(known.count == 5)
    #expect(attempts.map { known[$0]?.hasDelivery } == [true, true, true, false, true])
    #expect(try await again.auditedAttempt(4)?.attempt == attempts[3])
    try await again.close()
  }

  @Test("what has its row is known by its number, and an attempt that is not settled is not", arguments: Store.allCases)
  func numbers(store: Store) async throws {
    let (environment, ids) = try await settled(Array(repeating: .delivered(Receipt()), count: 4), in: store)
    let attempts = ids.map { DeliveryAttempt(delivery: $0, number: 1) }
    let ledger = environment.ledger
    try await ledger.noteAudited([attempts[0], attempts[1], attempts[3]])
    #expect(try await ledger.auditedNumbers() == RangeSet([1..<3, 4..<5]))
    #expect(try await ledger.unauditedAttempts(limit: 10).map(\.attempt) == [attempts[2]])
    let known = try await ledger.auditedAttempts(attempts + [DeliveryAttempt(delivery: ids[0], number: 2)])
    #expect(known.mapValues(\.number) == Dictionary(uniqueKeysWithValues: zip(attempts, 1...4)))
    #expect(try await ledger.auditedAttempt(4)?.attempt == attempts[3])
    #expect(try await ledger.auditedAttempt(5) == nil)
    try await ledger.close()
  }

  @Test("a file of an older Belfry gets the table, and nothing that it had settled is missed")
  func older() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let (environment, _) = try await settled([.delivered(Receipt())], at: path)
    try await environment.ledger.close()
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { db in
      try db.execute(sql: "DROP TABLE audits; DROP TABLE grdb_migrations; PRAGMA user_version = 8")
    }
    try queue.close()
    let again = try await TestLedger(.sqlite, at: path)
    #expect(try await again.ledger.unauditedAttempts(limit: 10).isEmpty)
    try await again.ingest([.sample("b")])
    let leased = try #require(try await again.claim().first)
    #expect(try await again.settle(leased, .delivered(Receipt())))
    #expect(try await again.ledger.unauditedAttempts(limit: 10).map(\.number) == [1])
    try await again.ledger.close()
  }
}
