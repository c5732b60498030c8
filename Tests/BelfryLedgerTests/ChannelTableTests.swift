// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing

/// The stored status of a delivery that waits for an earlier one.
private let waiting = 6

/// The totals in the file, compared with the rows they summarise.
@Suite("The totals of channels in the file")
struct ChannelTableTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("belfry.db") }

  init() throws { folder = try TemporaryFolder() }

  /// A ledger after a random history with every possible result of a delivery.
  private func played(_ seed: UInt64, steps: Int = 300, check: (TestLedger) async throws -> Void = { _ in })
    async throws
    -> TestLedger
  {
    let ids = DeliveryIDSource(generator: SplitMix(state: seed))
    let environment = try await TestLedger(.sqlite, ids: ids, at: path)
    var history = RandomHistory(seed: seed)
    var seen: Set<DeliveryRecord.Status> = []
    for step in 0..<steps {
      let action = history.next(at: environment.now)
      let answer = try await action.perform(on: environment)
      #expect(answer.wrong == [], "step \(step)")
      try await history.note(answer, of: environment.ledger)
      seen.formUnion(try await environment.ledger.channelHealth().values.flatMap(\.counts.keys))
      try await check(environment)
    }
    #expect(seen == Set(DeliveryRecord.Status.allCases))
    let health = try await environment.ledger.channelHealth()
    #expect(health.values.allSatisfy { $0.lastDelivered != nil && $0.lastFailure != nil })
    #expect(try await environment.ledger.summary().staleSettlements > 0)
    return environment
  }

  /// Changes the file without the ledger's knowledge.
  private func execute(_ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test("equal a count of every row, whatever happens", arguments: 1...3)
  func recounted(seed: UInt64) async throws {
    let environment = try await played(seed) { environment in
      let rows = try recount()
      #expect(try await environment.ledger.channelHealth() == rows)
      #expect(try await environment.ledger.summary().deliveries == rows.mapValues(\.counts))
    }
    try await environment.ledger.close()
  }

  @Test("include rows of a Belfry that does not maintain them, from the next start")
  func recounts() async throws {
    let environment = try await played(10)
    let health = try await environment.ledger.channelHealth()
    for change in [
      "UPDATE channels SET delivered = delivered - 1 WHERE channel = 'mail'",
      "UPDATE channels SET forwarded = 0, delivered_at = delivered_at - 1 WHERE channel = 'mail'",
      "UPDATE channels SET dropped = 1000 WHERE channel = 'mail'",
      "UPDATE channels SET failed_at = failed_at - 1 WHERE channel = 'mail'",
      "DELETE FROM channels WHERE channel = 'mail'",
    ] {
      try execute(change)
      #expect(try await environment.ledger.channelHealth() != health, "\(change)")
      #expect(try await environment.ledger.recount() == ["mail"], "\(change)")
      #expect(try await environment.ledger.channelHealth() == health, "\(change)")
      #expect(try await environment.ledger.recount() == [])
    }
    try await environment.ledger.close()
  }

  @Test("reveal damaged finished deliveries when they are recounted")
  func damage() async throws {
    let environment = try await TestLedger(.sqlite, at: path)
    let terms = LeaseTerms(count: 1_000, duration: .seconds(60))
    let alerts = (0..<1_000).map { Alert.sample("a\($0)") }
    let leased = try await environment.ingest(alerts, lease: terms).leased
    let receipt = Receipt(["ts": String(repeating: "1", count: 500)])
    let taken = try await environment.ledger.settle(
      leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(receipt)) }
    )
    #expect(taken.count == 1_000 && !taken.contains(false))
    let (health, backlog) = (try await environment.ledger.channelHealth(), try await environment.ledger.backlog())
    try await environment.ledger.close()
    try damageLeaves(with: Data(repeating: UInt8(ascii: "1"), count: 500))
    let damaged = try await SQLiteLedger.open(path: path, now: { environment.now })
    // The overall state is known without them.
    #expect(try await damaged.channelHealth() == health)
    #expect(try await damaged.backlog() == backlog)
    let error = await #expect(throws: LedgerError.self) { try await damaged.recount() }
    #expect(error?.code == .corrupt)
    try await damaged.close()
  }

  /// Overwrites every leaf page of an index that contains these bytes.
  private func damageLeaves(with bytes: Data) throws {
    var file = try Data(contentsOf: URL(fileURLWithPath: path))
    for start in stride(from: 0, to: file.count, by: 4096) {
      // https://www.sqlite.org/fileformat.html#b_tree_pages
      guard file[start] == 0x0A, file.range(of: bytes, in: start..<start + 4096) != nil else { continue }
      file.replaceSubrange(start..<start + 4096, with: Data(repeating: 0xAA, count: 4096))
    }
    try file.write(to: URL(fileURLWithPath: path))
  }

  /// The state of each channel, from every row of its deliveries and attempts.
  private func recount() throws -> [ChannelName: ChannelHealth] {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.read { db in
      var health: [ChannelName: ChannelHealth] = [:]
      for row in try Row.fetchAll(db, sql: "SELECT * FROM deliveries ORDER BY id") {
        let number: Int = row["status"]
        let status = number == waiting ? .pending : DeliveryRecord.Status.allCases[number]
        health[ChannelName(row["channel"]), default: ChannelHealth()].count(status, row)
      }
      let attempts = try Row.fetchAll(
        db,
        sql: "SELECT channel, at, attempts.reason FROM attempts, deliveries WHERE id = delivery ORDER BY at, id, number"
      )
      for row in attempts {
        let reason = try #require(Verdict.Reason(stored: Array((row["reason"] as String).utf8)))
        health[ChannelName(row["channel"])]?.lastFailure = ChannelHealth.Failure(at: row.moment("at"), because: reason)
      }
      return health
    }
  }
}

extension ChannelHealth {
  /// Counts one more delivery; deliveries come in the order of creation.
  fileprivate mutating func count(_ status: DeliveryRecord.Status, _ row: Row) {
    counts[status, default: 0] += 1
    if status == .delivered { lastDelivered = max(lastDelivered ?? row.moment("settled_at"), row.moment("settled_at")) }
    guard status == .pending else { return }
    let due = row.moment("visible_at")
    oldestPending = oldestPending ?? row.moment("created_at")
    if row["status"] == waiting { return }
    (nextDue, lastDue) = (min(nextDue ?? due, due), max(lastDue ?? due, due))
  }
}

extension Row {
  fileprivate func moment(_ column: String) -> Instant { Instant(microseconds: self[column]) }
}
