// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Synchronization
import Testing
@testable import BelfryLedger

@Suite("The queries of a running notifier and its pages")
struct QueryPlanTests {
  /// Indexes that hold only what is active, waits or is owed.
  private static let bounded = [
    "deliveries_pending", "deliveries_dead", "deliveries_waiting", "alerts_active", "alerts_due", "audits_unwritten",
  ]
  /// Tables that grow with what is over.
  private static let growing = [
    "alerts", "deliveries", "bodies", "decisions", "attempts", "audits", "investigations", "silences", "configurations",
    "entries", "counters", "marks",
  ]

  @Test("read no table as a whole that grows with what is over")
  func scans() throws {
    let folder = try TemporaryFolder()
    let pool = try SQLiteFile(at: folder.path("belfry.db")).open()
    let statements = try pool.writeWithoutTransaction { db in
      let seen = Mutex<Set<String>>([])
      db.trace { event in
        if case .statement(let statement) = event { seen.withLock { _ = $0.insert(statement.expandedSQL) } }
      }
      try Self.readAll(db)
      try Self.writeAll(SQLiteTransaction(db, now: { Instant(seconds: 0) }, ids: DeliveryIDSource()))
      db.trace(options: [])
      return seen.withLock { $0 }
    }
    #expect(statements.count > 50)
    try pool.writeWithoutTransaction { db in
      for statement in statements where !statement.hasPrefix("PRAGMA") && !statement.hasPrefix("BEGIN") {
        let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN \(statement)").map { $0["detail"] as String }
        // A scan from one end ends at its limit, unless rows are passed over or sorted.
        let outer = statement.components(separatedBy: "FROM ").last ?? ""
        let isLimited =
          outer.contains("LIMIT") && !outer.contains("WHERE") && !plan.contains { $0.contains("TEMP B-TREE") }
        for step in plan where step.hasPrefix("SCAN") {
          guard let table = step.split(separator: " ").dropFirst().first.map(String.init) else { continue }
          let isBounded = Self.bounded.contains { step.contains("INDEX \($0)") } || isLimited
          #expect(isBounded || !Self.growing.contains(table), "\(statement): \(step)")
        }
      }
    }
    try pool.close()
  }

  private static func readAll(_ db: Database) throws {
    let (now, key, id) = (TestEnvironment.start, AlertKey.sample("a"), DeliveryID("d"))
    let alerts = try AlertTable(db)
    _ = try alerts.rows(of: [key])
    _ = try alerts.waiting(in: .digest("d"))
    _ = try alerts.active(besides: nil)
    _ = try alerts.active(besides: "app")
    _ = try alerts.records(after: key, activeOnly: true, limit: 5)
    _ = try alerts.records(after: key, activeOnly: false, limit: 5)
    _ = try alerts.sources()
    _ = try alerts.keys(activeOnly: true, limit: 5)
    _ = try alerts.keys(activeOnly: false, limit: 5)
    _ = try DecisionTable(db).last(5, about: key)
    let deliveries = DeliveryQueries(db: db)
    _ = try deliveries.record(of: id)
    _ = try deliveries.records(of: [id])
    _ = try deliveries.nextDue(channels: nil)
    _ = try deliveries.nextDue(channels: ["pager"])
    _ = try deliveries.deadLetters(limit: 5)
    _ = try deliveries.recent(limit: 5)
    _ = try deliveries.staleSettlements()
    _ = try AttemptTable(db).list(of: id)
    _ = try AttemptTable(db).lists(of: [id])
    let record = AlertRecord(alert: .sample("a"), firedAt: now)
    _ = try BackgroundQueries(db: db).background(of: [record], decisions: [key: 5], notifications: 5)
    let silences = try SilenceTable(db)
    _ = try silences.current(at: now)
    _ = try silences.silences([SilenceID("k7fm")])
    _ = try silences.page(after: nil, limit: 5)
    let timers = try TimerTable(db)
    _ = try timers.due(at: now, limit: 5)
    _ = try timers.due(of: TimerKey.alert(key))
    _ = try BacklogQueries(db: db).backlog()
    _ = try HealthQueries(db: db).summary()
    _ = try HealthQueries(db: db).channels()
    let audits = AuditQueries(db: db)
    _ = try audits.unwritten(limit: 5)
    _ = try audits.attempt(1)
    _ = try audits.last()
    _ = try audits.delivered(after: 0, limit: 5)
    _ = try audits.list([DeliveryAttempt(delivery: id, number: 1)])
    _ = try InvestigationTable(db: db).last(5, about: record.alert.investigated)
    _ = try ConfigurationTable(db: db).list(limit: 5)
    _ = try ConfigurationTable(db: db).refusal()
    _ = try HourTable(db).list(since: now)
    _ = try BookmarkTable(db: db).list(beginning: "wake.")
    for stage in PruneCursor.Stage.allCases {
      var cursor = PruneCursor(before: now)
      cursor.stage = stage
      _ = try PruneQueries(db: db).batch(at: cursor, limit: 5)
    }
  }

  private static func writeAll(_ transaction: SQLiteTransaction) throws {
    let (now, id) = (TestEnvironment.start, DeliveryID("d"))
    let terms = LeaseTerms(count: 5, duration: .seconds(60))
    _ = try transaction.deliveries.claim(terms, channels: nil, at: now)
    _ = try transaction.deliveries.claim(terms, channels: ["pager"], at: now)
    for result in LeaseTests.results(now) {
      _ = try transaction.deliveries.settle(Settlement(id: id, token: 1, result: result), at: now, in: transaction)
    }
    for remedy in [DeadLetterRemedy.retry, .drop] { _ = try transaction.deliveries.mend(id, by: remedy, at: now) }
    try transaction.deliveries.endLeases(at: now)
    try transaction.timers.adopt([:], at: now)
    try transaction.audits.note([DeliveryAttempt(delivery: id, number: 1)])
    let found: [PruneQueries.Found] = [
      .alerts([(1, 1)]), .deliveries(["d"]), .decisions([(1, 1)]), .silences([("k7fm", 1)]), .audits(1),
      .investigations(1),
    ]
    for one in found { _ = try transaction.pruning.remove(one, before: now, limit: 5, at: now) }
  }
}
