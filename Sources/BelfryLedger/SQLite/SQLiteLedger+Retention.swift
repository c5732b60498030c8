// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

extension SQLiteLedger {
  package func prune(_ cursor: PruneCursor, limit: Int) async throws -> PruneStep {
    let now = now()
    let batch = try await read { try PruneQueries(db: $0).batch(at: cursor, limit: limit) }
    guard let found = batch.found else { return PruneStep(next: batch.next) }
    let result = try await maintain(weight: limit) {
      try $0.pruning.remove(found, before: cursor.cutoff, limit: limit, at: now)
    }
    var step = PruneStep(next: result.isCutShort ? cursor : batch.next)
    step.removed = result.removed
    return step
  }

  package func investigations(
    of subjects: [RecordedInvestigation.Subject],
    limit: Int
  ) async throws -> [RecordedInvestigation] {
    try await read { try InvestigationTable(db: $0).last(limit, about: subjects) }
  }

  package func notePruned() async throws {
    let now = now()
    let rows = try await read { try SizeQueries(db: $0).count() }
    try await maintain(weight: 1) { transaction in
      let counters = transaction.retention
      for (name, count) in rows { try counters.set(.rows(name), Int64(count)) }
      try counters.set(.countedAt, now.microseconds)
      try counters.set(.prunedAt, now.microseconds)
    }
  }

  package func size() async throws -> LedgerSize {
    let now = now()
    return try await read { try SizeQueries(db: $0).size(at: now) }
  }

  /// The number of rows of each table, for tests: it reads all of them.
  package func rows() async throws -> [String: Int] {
    try await read { db in
      let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
      var rows: [String: Int] = [:]
      for table in tables { rows[table] = try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0 }
      return rows
    }
  }

  package func compact() async throws -> Int {
    let free = try await read { try Int.fetchOne($0, sql: "PRAGMA freelist_count") ?? 0 }
    guard free > 0 else { return 0 }
    guard try await read({ try Int.fetchOne($0, sql: "PRAGMA auto_vacuum") }) == 2 else {
      try await rebuild()
      return free
    }
    let count = min(free, SQLiteLedger.compacted)
    try await maintain(weight: count) { try $0.pruning.giveBack(count) }
    return count
  }

  /// The pages given back in one step, about a megabyte: other writers wait a few milliseconds.
  private static let compacted = 256
}

/// How large the file is, read without counting rows, unless there are few.
struct SizeQueries {
  let db: Database

  /// The largest file, in bytes, whose rows are counted when someone asks.
  private static let counted = 16 << 20

  func size(at now: Instant) throws -> LedgerSize {
    var size = LedgerSize()
    let page = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0
    size.bytes = try page * (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0)
    size.freeBytes = try page * (Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0)
    size.oldest = try SQLStatement(db, "SELECT at FROM decisions ORDER BY id LIMIT 1").first { $0.instant(0) }
    let counters = RetentionCounters(db: db)
    size.prunedAt = try counters.value(.prunedAt).map { Instant(microseconds: $0) }
    size.prunedBefore = try counters.value(.prunedBefore).map { Instant(microseconds: $0) }
    if size.bytes <= SizeQueries.counted {
      size.rows = try count()
      size.countedAt = now
    } else if let moment = try counters.value(.countedAt) {
      size.countedAt = Instant(microseconds: moment)
      for rows in LedgerSize.Rows.allCases { size.rows[rows] = try counters.value(.rows(rows)).map { Int($0) } }
    }
    return size
  }

  /// Counts the rows of each table from its smallest index; deliveries from the totals of their channels.
  func count() throws -> [LedgerSize.Rows: Int] {
    var rows: [LedgerSize.Rows: Int] = [:]
    let tables: [(LedgerSize.Rows, String)] = [
      (.alerts, "SELECT count(*) FROM alerts"),
      (.decisions, "SELECT count(*) FROM decisions"),
      (.attempts, "SELECT count(*) FROM attempts"),
      (.silences, "SELECT count(*) FROM silences"),
      (
        .deliveries,
        """
        SELECT (SELECT count(*) FROM deliveries INDEXED BY deliveries_pending WHERE status = 0)
          + (SELECT count(*) FROM deliveries INDEXED BY deliveries_waiting WHERE status = 6)
          + (SELECT count(*) FROM deliveries INDEXED BY deliveries_dead WHERE status = 2)
          + (SELECT ifnull(sum(delivered + forwarded + dropped + withdrawn
            - pruned_delivered - pruned_forwarded - pruned_dropped - pruned_withdrawn), 0) FROM channels)
        """
      ),
    ]
    for (name, select) in tables { rows[name] = try SQLStatement(db, select).first { $0.count(0) } }
    return rows
  }
}
