// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// Copies every readable row of one table, around the unreadable pages.
///
/// It reads the table from its start and from its end. Rows between two damaged places are found through keys named by
/// an index or another table and, if keys are numbers, by trying each number.
struct TableSalvage {
  /// Rows that could not be copied.
  struct Report {
    struct Lost {
      /// Lost rows that are named elsewhere.
      var known = 0
      /// Whether there may be more lost rows that nothing names.
      var isOpen = false

      var text: String {
        isOpen ? (known == 0 ? "an unknown number" : "at least \(known)") : String(known)
      }
    }

    var lost: [String: Lost] = [:]
    /// The deliveries rebuilt from the index of pending deliveries.
    var rebuilt: [String] = []

    /// Subtracts lost rows that were rebuilt from an index.
    mutating func found(_ count: Int, _ table: String) {
      guard var lost = lost[table] else { return }
      lost.known = max(0, lost.known - count)
      self.lost[table] = lost.known == 0 && !lost.isOpen ? nil : lost
    }
  }

  private let source: Database
  private let target: Database
  private let table: String
  private let columns: String
  /// The first column of the key.
  private let key: String
  private let isNumbered: Bool
  /// The columns by which a row is found; a row in which these are no longer text is skipped, because no query would
  /// find it.
  private let texts: [Int32]
  private let insertion: SQLStatement

  /// Queries that find a table's keys outside of it.
  private static let names: [String: [String]] = [
    "alerts": [
      "SELECT id FROM alerts INDEXED BY alerts_by_key WHERE key >= ''",
      "SELECT alert FROM decisions", "SELECT alert FROM lists",
    ],
    "deliveries": [
      "SELECT delivery FROM bodies", "SELECT delivery FROM attempts",
      "SELECT id FROM deliveries INDEXED BY deliveries_pending WHERE status = 0",
      "SELECT id FROM deliveries INDEXED BY deliveries_dead WHERE status = 2",
    ],
    "bodies": [
      "SELECT id FROM deliveries NOT INDEXED",
      "SELECT id FROM deliveries INDEXED BY deliveries_pending WHERE status = 0",
    ],
    "decisions": ["SELECT id FROM decisions INDEXED BY decisions_by_alert WHERE alert >= 0"],
    "silences": ["SELECT id FROM silences INDEXED BY silences_by_end WHERE until >= 0"],
    "timers": ["SELECT key FROM timers INDEXED BY timers_by_due WHERE due >= 0"],
  ]
  /// Further such queries, for keys that need not have rows.
  private static let hints: [String: [String]] = [
    "attempts": ["SELECT id FROM deliveries NOT INDEXED", "SELECT delivery FROM bodies"]
  ]
  /// How many numbers are tried between two damaged places.
  private static let mostTried: Int64 = 1_000_000
  /// The most rows read from one page: no table has more.
  ///
  /// A damaged file may lead to the same page again and again.
  private static let rowsPerPage = 1_000

  static func tables(_ db: Database) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'
        """
    )
  }

  /// Copies all tables into an empty ledger.
  static func all(from source: Database, into queue: DatabaseQueue) throws -> Report {
    try empty(queue)
    return try queue.inDatabase { target in
      var report = Report()
      try target.inTransaction {
        try all(from: source, into: target, &report)
        return .commit
      }
      return report
    }
  }

  /// Makes a ledger without rows: a new one, or one from which all rows are removed.
  static func empty(_ queue: DatabaseQueue) throws {
    try queue.inDatabase { target in
      // As in a ledger's file, so that the same pages hold the list of tables.
      try target.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try target.execute(sql: "PRAGMA application_id = \(SQLiteSchema.applicationID)")
    }
    try SQLiteSchema.migrate(queue)
    try queue.inDatabase { target in
      for table in try tables(target) { try target.execute(sql: "DELETE FROM \(table)") }
    }
  }

  private static func all(from source: Database, into target: Database, _ report: inout Report) throws {
    for table in try tables(target) {
      let salvage = try TableSalvage(table, from: source, into: target)
      let lost = try salvage.copy()
      if lost.known > 0 || lost.isOpen { report.lost[table] = lost }
    }
    report.rebuilt = try rebuild(from: source, into: target)
    report.found(report.rebuilt.count, "deliveries")
    report.found(try rebuildTimers(from: source, into: target), "timers")
  }

  private init(_ table: String, from source: Database, into target: Database) throws {
    self.source = source
    self.target = target
    self.table = table
    let names = try target.columns(in: table).map(\.name)
    let primary = try target.primaryKey(table)
    key = primary.columns[0]
    isNumbered = primary.rowIDColumn != nil
    columns = names.joined(separator: ", ")
    let finding = Set(primary.columns + ["channel"])
    texts = try target.columns(in: table).enumerated()
      .filter { finding.contains($0.element.name) && $0.element.type == "TEXT" }
      .map { Int32($0.offset) }
    let marks = names.map { _ in "?" }.joined(separator: ", ")
    insertion = try SQLStatement(target, "INSERT INTO \(table) (\(columns)) VALUES (\(marks))")
  }

  private func copy() throws -> Report.Lost {
    var lost = Report.Lost()
    let limit = try (Int.fetchOne(source, sql: "PRAGMA page_count") ?? 0) * TableSalvage.rowsPerPage
    lost.isOpen = try !walk("ASC", limit, &lost)
    if lost.isOpen { _ = try walk("DESC", limit, &lost) }
    let presence = try SQLStatement(target, "SELECT 1 FROM \(table) WHERE \(key) = ?")
    for name in try keys(TableSalvage.names[table] ?? []) where try presence.first(name, body: { _ in true }) == nil {
      if try !take(name, &lost) { lost.known += 1 }
    }
    if lost.isOpen {
      for name in try keys(TableSalvage.hints[table] ?? []) { _ = try take(name, &lost) }
      if isNumbered { try takeNumbers(presence, &lost) }
    }
    return lost
  }

  /// Copies rows in order.
  ///
  /// - Returns: Whether it reached the table's end.
  private func walk(_ order: String, _ limit: Int, _ lost: inout Report.Lost) throws -> Bool {
    var rest = limit
    return try reading {
      let select = try SQLStatement(source, "SELECT \(columns) FROM \(table) NOT INDEXED ORDER BY \(key) \(order)")
      try select.forEachWhile([]) { row in
        try insert(row, &lost)
        rest -= 1
        return rest > 0
      }
    } && rest > 0
  }

  /// Copies the rows with a key.
  ///
  /// - Returns: Whether there was one.
  private func take(_ name: SQLStatement.Value, _ lost: inout Report.Lost) throws -> Bool {
    var isFound = false
    _ = try reading {
      let select = try SQLStatement(source, "SELECT \(columns) FROM \(table) NOT INDEXED WHERE \(key) = ?")
      try select.forEach([name]) { row in
        try insert(row, &lost)
        isFound = true
      }
    }
    return isFound
  }

  /// Tries the numbers missing between the first and the last row.
  private func takeNumbers(_ presence: SQLStatement, _ lost: inout Report.Lost) throws {
    let range = try SQLStatement(target, "SELECT min(\(key)), max(\(key)) FROM \(table)")
    guard let (first, last) = try range.first(body: { ($0.int(0), $0.int(1)) }), first > 0 else { return }
    for number in first...min(last, first + TableSalvage.mostTried)
    where try presence.first(.int(number), body: { _ in true }) == nil {
      _ = try take(.int(number), &lost)
    }
  }

  private func insert(_ row: SQLStatement.Row, _ lost: inout Report.Lost) throws {
    guard texts.allSatisfy(row.isText) else {
      lost.known += 1
      return
    }
    do {
      _ = try insertion.insert(row)
    } catch let error as DatabaseError
      where error.resultCode == .SQLITE_CONSTRAINT || error.resultCode == .SQLITE_MISMATCH
    {
      lost.known += 1
    }
  }

  /// The table's keys that are stored elsewhere, read from both ends.
  private func keys(_ queries: [String]) throws -> [SQLStatement.Value] {
    var found: [SQLStatement.Value] = []
    var seen: Set<[UInt8]> = []
    let limit = try (Int.fetchOne(source, sql: "PRAGMA page_count") ?? 0) * TableSalvage.rowsPerPage
    for query in queries {
      for order in ["ASC", "DESC"] {
        var rest = limit
        let isWhole = try reading {
          try SQLStatement(source, "\(query) ORDER BY 1 \(order)").forEachWhile([]) { row in
            if seen.insert(row.utf8(0)).inserted { found.append(row.value(0)) }
            rest -= 1
            return rest > 0
          }
        }
        if isWhole { break }
      }
    }
    return found
  }

  private func reading(_ body: () throws -> Void) throws -> Bool { try TableSalvage.reading(body) }

  /// Reads until the end or the first damage.
  private static func reading(_ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return true
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_TOOBIG].contains(error.resultCode)
    {
      return false
    }
  }

  /// Rebuilds pending deliveries whose row is lost, from the index of pending deliveries and their message.
  ///
  /// The number of attempts is lost: the message may have arrived.
  private static func rebuild(from source: Database, into target: Database) throws -> [String] {
    let insertion = try SQLStatement(
      target,
      """
      INSERT INTO deliveries (id, channel, rank, status, visible_at, created_at, attempts, token, memory)
      SELECT ?1, ?2, ?3, 0, ?4, ?4, 0, 0, '{"in_doubt":true}'
      WHERE EXISTS (SELECT 1 FROM bodies WHERE delivery = ?1) AND NOT EXISTS (SELECT 1 FROM deliveries WHERE id = ?1)
      RETURNING id
      """
    )
    var rebuilt: [String] = []
    for order in ["ASC", "DESC"] {
      let isWhole = try reading {
        let select = try SQLStatement(
          source,
          """
          SELECT id, channel, rank, visible_at FROM deliveries INDEXED BY deliveries_pending
          WHERE status = 0 ORDER BY channel \(order), rank \(order), visible_at \(order)
          """
        )
        try select.forEach { row in
          if let id = try insertion.first((0..<4).map(row.value), body: { $0.text(0) }) { rebuilt.append(id) }
        }
      }
      if isWhole { break }
    }
    return rebuilt
  }

  /// Rebuilds timers whose row is lost, from the index of their due times.
  private static func rebuildTimers(from source: Database, into target: Database) throws -> Int {
    let insertion = try SQLStatement(target, "INSERT OR IGNORE INTO timers (key, due) VALUES (?, ?) RETURNING key")
    var count = 0
    for order in ["ASC", "DESC"] {
      let isWhole = try reading {
        let select = try SQLStatement(
          source,
          "SELECT key, due FROM timers INDEXED BY timers_by_due WHERE due >= 0 ORDER BY due \(order)"
        )
        try select.forEach { row in
          guard row.isText(0) else { return }
          if try insertion.first(row.value(0), row.value(1), body: { _ in true }) != nil { count += 1 }
        }
      }
      if isWhole { break }
    }
    return count
  }
}
