// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// A file of version 7 or 8, from before migrations had names: it is rewritten with the tables of now.
enum OlderLedger {
  /// The oldest version that can be read.
  static let oldest = 7

  /// Moves the rows of an older file into new tables, inside the caller's transaction.
  ///
  /// - Returns: false if the file has no tables yet.
  static func convert(_ db: Database) throws -> Bool {
    let old = try names("table", db)
    guard old.contains("alerts") else { return false }
    for index in try names("index", db) { try db.execute(sql: "DROP INDEX \(index)") }
    for table in old { try db.execute(sql: "ALTER TABLE \(table) RENAME TO old_\(table)") }
    try SQLiteSchema.create(db)
    for table in try names("table", db) where old.contains(table) { try move(table, db) }
    for table in old { try db.execute(sql: "DROP TABLE old_\(table)") }
    // The last decision about an alert is as near as one gets to when it ended.
    try db.execute(
      sql: """
        UPDATE alerts SET over_at = ifnull((SELECT max(at) FROM decisions WHERE alert = alerts.id), 0)
        WHERE standing = 0
        """
    )
    return true
  }

  /// Copies the columns that both tables have.
  private static func move(_ table: String, _ db: Database) throws {
    let known = Set(try db.columns(in: "old_\(table)").map(\.name))
    let columns = try db.columns(in: table).map(\.name).filter(known.contains).joined(separator: ", ")
    // New numbers of decisions are in the order of time.
    let order = table == "decisions" ? " ORDER BY at, alert, number" : ""
    try db.execute(sql: "INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM old_\(table)\(order)")
  }

  /// The names of tables or indexes, without those of SQLite and GRDB.
  private static func names(_ type: String, _ db: Database) throws -> Set<String> {
    try String.fetchSet(
      db,
      sql: "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'grdb_%'",
      arguments: [type]
    )
  }
}
