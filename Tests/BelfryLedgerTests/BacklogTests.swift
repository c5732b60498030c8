// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Synchronization
import Testing
@testable import BelfryLedger

@Suite("Unfinished work")
struct BacklogTests {
  @Test("is counted by status", arguments: Store.allCases)
  func counted(store: Store) async throws {
    let environment = try await TestLedger(store)
    #expect(try await environment.ledger.backlog() == Backlog())
    let start = environment.now
    let leased = try await environment.ingest(
      [.sample("a"), .sample("b"), .sample("c"), .sample("d")],
      policy: ScriptedPolicy(),
      lease: .minute
    ).leased
    try #require(leased.count == 4)
    let reason = Verdict.Reason("no", "not there")
    _ = try await environment.settle(leased[0], .delivered(Receipt()))
    _ = try await environment.settle(leased[1], .dead(because: reason))
    _ = try await environment.settle(
      leased[2],
      .retry(at: start + .seconds(60), because: reason, memory: AttemptMemory())
    )
    environment.advance(by: .seconds(5))
    var expected = Backlog.Channel()
    (expected.pending, expected.dead, expected.oldestPending) = (2, 1, start)
    let backlog = try await environment.ledger.backlog()
    #expect(backlog.channels == [leased[0].delivery.channel: expected])
    #expect(backlog.standings == (try await environment.ledger.summary()).standings)
    #expect(backlog.standings.values.reduce(0, +) == 4)
  }

  @Test("is found without reading any of 100,000 finished deliveries and alerts")
  func bounded() throws {
    let folder = try TemporaryFolder()
    let pool = try SQLiteFile(at: folder.path("belfry.db")).open()
    try pool.write { db in
      try db.execute(
        sql: """
          WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
          INSERT INTO deliveries (id, channel, rank, status, visible_at, created_at, settled_at, attempts, token)
          SELECT printf('d%06d', n), 'pager', 1, 1, n, n, n, 1, 2 FROM numbers;
          WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
          INSERT INTO alerts (key, standing, hash, decided, body) SELECT printf('app/%06d', n), 0, n, 1, '' FROM numbers;
          INSERT INTO deliveries (id, channel, rank, status, visible_at, created_at, attempts, token)
          VALUES ('e1', 'pager', 1, 0, 7, 7, 0, 1), ('e2', 'mail', 1, 2, 8, 8, 1, 2);
          INSERT INTO alerts (key, standing, hash, decided, body) VALUES ('app/x', 1, 1, 1, '');
          """
      )
      try ChannelTable(db: db).fill()
    }
    try pool.read { db in
      let backlog = try BacklogQueries(db: db).backlog()
      #expect(backlog.standings == [.notified: 1])
      #expect(
        backlog.channels["pager"]?.pending == 1 && backlog.channels["pager"]?.oldestPending == Instant(microseconds: 7)
      )
      #expect(backlog.channels["mail"]?.dead == 1)
      let health = try HealthQueries(db: db).channels()
      #expect(health["pager"]?.counts == [.delivered: 100_000, .pending: 1])
      #expect(health["pager"]?.lastDelivered == Instant(microseconds: 100_000))
      let statements = try Self.statements(db) {
        _ = try BacklogQueries(db: db).backlog()
        _ = try HealthQueries(db: db).channels()
        _ = try HealthQueries(db: db).summary()
      }
      #expect(statements.count >= 6)
      for statement in statements {
        let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + statement).map { $0["detail"] as String }
        #expect(!plan.isEmpty)
        // A growing table is read by an index of unfinished work, or by the ID of one row.
        let growing = ["deliveries", "bodies", "attempts", "alerts", "decisions"]
        for step in plan where growing.contains(where: { step.contains(" \($0) ") || step.hasSuffix(" \($0)") }) {
          let isBounded = [
            "deliveries_pending", "deliveries_dead", "deliveries_waiting", "alerts_active", "alerts_due",
          ].contains {
            step.contains("INDEX \($0)")
          }
          #expect(isBounded || step == "SEARCH deliveries USING PRIMARY KEY (id=?)", "\(statement): \(plan)")
        }
      }
      // These indexes contain only unfinished work.
      let partial = try String.fetchAll(
        db,
        sql: "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
      )
      for name in ["deliveries_pending", "deliveries_dead", "deliveries_waiting", "alerts_active", "alerts_due"] {
        #expect(
          partial.contains { $0.contains(" \(name) ") && $0.contains(" WHERE ") },
          "\(name)"
        )
      }
    }
    try pool.close()
  }

  /// The statements run by `body`, each once.
  private static func statements(_ db: Database, during body: () throws -> Void) rethrows -> Set<String> {
    let seen = Mutex<Set<String>>([])
    db.trace { event in
      if case .statement(let statement) = event { seen.withLock { _ = $0.insert(statement.expandedSQL) } }
    }
    defer { db.trace(options: []) }
    try body()
    return seen.withLock { $0 }
  }
}
