// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// Reads a ledger whose list of tables and indexes is damaged, without which SQLite reads nothing.
///
/// Every file of this version has the same list on the same pages, because all tables are created in one transaction in
/// an empty file. So the pages of the list are copied from an empty ledger into a copy of the file. A file upgraded
/// from an older version may have its tables elsewhere: its rows then do not match the tables, and are not used.
enum SchemaSalvage {
  private static let pageSize = 4_096

  /// Whether all tables, columns and indexes exist.
  static func isWhole(_ db: Database) throws -> Bool {
    let empty = try DatabaseQueue()
    try TableSalvage.empty(empty)
    return try empty.inDatabase { new in
      do {
        for table in try TableSalvage.tables(new) {
          let columns = try new.columns(in: table).map(\.name).joined(separator: ", ")
          _ = try db.makeStatement(sql: "SELECT \(columns) FROM \(table)")
        }
        return try indexes(new).isSubset(of: indexes(db))
      } catch let error as DatabaseError where [.SQLITE_ERROR, .SQLITE_CORRUPT].contains(error.resultCode) {
        return false
      }
    }
  }

  private static func indexes(_ db: Database) throws -> Set<String> {
    try String.fetchSet(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite_%'")
  }

  /// Saves the rows of a kept copy.
  static func save(_ kept: String, into queue: DatabaseQueue) throws -> TableSalvage.Report {
    try TableSalvage.empty(queue)
    let patched = kept + "-patched"
    let names = [patched, patched + "-wal", patched + "-shm"]
    let manager = FileManager.default
    defer {
      for name in names where manager.fileExists(atPath: name) { try? manager.removeItem(atPath: name) }
    }
    try manager.copyItem(atPath: kept, toPath: patched)
    if manager.fileExists(atPath: kept + "-wal") {
      try manager.copyItem(atPath: kept + "-wal", toPath: patched + "-wal")
    }
    // The contents of the WAL must be in the file before its pages are replaced.
    checkpoint(patched)
    try patch(patched, from: queue.path)
    let source = try DatabaseQueue(path: patched)
    let report = try source.inDatabase { try TableSalvage.all(from: $0, into: queue) }
    try source.close()
    return report
  }

  /// Copies the pages of the list from an empty ledger.
  private static func patch(_ path: String, from empty: String) throws {
    let model = try [UInt8](Data(contentsOf: URL(filePath: empty)))
    var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
    guard model.count >= pageSize, bytes.count >= model.count else { throw DatabaseError(resultCode: .SQLITE_CORRUPT) }
    for page in listPages(model) {
      let range = (page - 1) * pageSize..<page * pageSize
      bytes.replaceSubrange(range, with: model[range])
    }
    // https://www.sqlite.org/fileformat.html#the_database_header: the size in pages, and no free pages.
    let size = UInt32(bytes.count / pageSize)
    bytes.replaceSubrange(28..<32, with: withUnsafeBytes(of: size.bigEndian, Array.init))
    bytes.replaceSubrange(32..<40, with: [UInt8](repeating: 0, count: 8))
    bytes.replaceSubrange(92..<96, with: bytes[24..<28])
    try Data(bytes).write(to: URL(filePath: path))
  }

  /// The first page, and the pages it refers to if the list is longer than one page.
  private static func listPages(_ model: [UInt8]) -> [Int] {
    let interior: UInt8 = 5
    guard model[100] == interior else { return [1] }
    let count = Int(model[103]) << 8 | Int(model[104])
    let number = { (offset: Int) in model[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    let cells = (0..<count).map { Int(model[112 + 2 * $0]) << 8 | Int(model[113 + 2 * $0]) }
    return [1, number(108)] + cells.map(number)
  }

  private static func checkpoint(_ path: String) {
    var connection: OpaquePointer?
    if sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK {
      // It fails if there is no WAL or if the WAL is unreadable; then the file is all there is.
      _ = sqlite3_exec(connection, "PRAGMA writable_schema = ON; PRAGMA wal_checkpoint(TRUNCATE)", nil, nil, nil)
    }
    sqlite3_close_v2(connection)
  }

  /// Copies a whole ledger over the file at the path, which GRDB would not open.
  static func replace(_ path: String, with db: Database) throws {
    var connection: OpaquePointer?
    defer { sqlite3_close_v2(connection) }
    var code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil)
    sqlite3_busy_timeout(connection, 10_000)
    if code == SQLITE_OK {
      let backup = sqlite3_backup_init(connection, "main", db.sqliteConnection, "main")
      _ = sqlite3_backup_step(backup, -1)
      code = backup == nil ? sqlite3_errcode(connection) : sqlite3_backup_finish(backup)
    }
    guard code == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }
}
