// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// A transaction on the writer connection: the tables, and a buffer to write JSON in.
final class SQLiteTransaction {
  let alerts: AlertTable
  let decisions: DecisionTable
  let deliveries: DeliveryTable
  let lists: ListTable
  let timers: TimerTable
  let windows: WindowTable

  private let db: Database
  private let begin: SQLStatement
  private let release: SQLStatement
  private let undo: SQLStatement
  private var writer = JSONWriter()

  init(_ db: Database) throws {
    self.db = db
    alerts = try AlertTable(db)
    decisions = try DecisionTable(db)
    deliveries = try DeliveryTable(db)
    lists = try ListTable(db)
    timers = try TimerTable(db)
    windows = try WindowTable(db)
    begin = try SQLStatement(db, "SAVEPOINT request")
    release = try SQLStatement(db, "RELEASE request")
    undo = try SQLStatement(db, "ROLLBACK TO request")
  }

  /// Runs `body`; when it throws, what it wrote is taken back and the transaction goes on.
  func savepoint<Result>(_ body: () throws -> Result) throws -> Result {
    try begin.run()
    do {
      let result = try body()
      try release.run()
      return result
    } catch {
      // Some errors, such as a full disk, have SQLite roll back everything; then there is no savepoint left.
      if db.isInsideTransaction {
        try undo.run()
        try release.run()
      }
      throw error
    }
  }

  /// What `encode` writes, in a buffer that is used again.
  func json(_ encode: (inout JSONWriter) -> Void) -> SQLStatement.Value {
    writer.removeAll()
    encode(&writer)
    return .utf8(writer.bytes)
  }
}
