// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB
internal import GRDBSQLite

/// A statement that GRDB prepared and caches, bound and stepped through SQLite's own interface.
///
/// GRDB's interface costs one or two microseconds more per row, and it ends a text at its first NUL: two alerts whose
/// IDs differ only after a NUL would be the same. Values are bound in the order of the statement's question marks.
struct SQLStatement {
  /// Keeps the pointer below alive.
  private let statement: Statement
  private let pointer: OpaquePointer

  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    pointer = statement.sqliteStatement
  }

  /// A value to bind.
  enum Value {
    case int(Int64)
    case text(String)
    case utf8([UInt8])
    case null
  }

  /// Runs a statement that returns no rows.
  func run(_ values: Value...) throws { try run(values) }

  func run(_ values: [Value]) throws {
    defer { reset() }
    try bind(values)
    while true {
      switch sqlite3_step(pointer) {
      case SQLITE_ROW: continue
      case SQLITE_DONE: return
      case let code: throw error(code)
      }
    }
  }

  /// Runs a statement, and passes each row to `body`.
  func forEach(_ values: Value..., body: (Row) throws -> Void) throws {
    try forEach(values, body: body)
  }

  func forEach(_ values: [Value], body: (Row) throws -> Void) throws {
    try forEachWhile(values) { row in
      try body(row)
      return true
    }
  }

  /// Runs a statement, and passes each row to `body` until that returns false.
  func forEachWhile(_ values: [Value], body: (Row) throws -> Bool) throws {
    defer { reset() }
    try bind(values)
    while true {
      switch sqlite3_step(pointer) {
      case SQLITE_ROW: if try !body(Row(pointer: pointer)) { return }
      case SQLITE_DONE: return
      case let code: throw error(code)
      }
    }
  }

  /// The result of `body` for the first row; nil if there is none.
  func first<Result>(_ values: Value..., body: (Row) throws -> Result) throws -> Result? {
    try first(values, body: body)
  }

  func first<Result>(_ values: [Value], body: (Row) throws -> Result) throws -> Result? {
    defer { reset() }
    try bind(values)
    switch sqlite3_step(pointer) {
    case SQLITE_ROW: return try body(Row(pointer: pointer))
    case SQLITE_DONE: return nil
    case let code: throw error(code)
    }
  }

  /// Runs a statement that inserts all columns of a row, unchanged, which another connection may have read.
  ///
  /// - Returns: false if a row with that key already exists.
  func insert(_ row: Row) throws -> Bool {
    defer { reset() }
    for column in 0..<sqlite3_column_count(row.pointer) {
      let code = sqlite3_bind_value(pointer, column + 1, sqlite3_column_value(row.pointer, column))
      if code != SQLITE_OK { throw error(code) }
    }
    let code = sqlite3_step(pointer)
    if code == SQLITE_DONE { return true }
    let error = error(code)
    switch error.extendedResultCode {
    case .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_ROWID: return false
    default: throw error
    }
  }

  /// The number of the row that this connection inserted last.
  var insertedID: Int64 { sqlite3_last_insert_rowid(sqlite3_db_handle(pointer)) }

  /// The columns of the statement's current row; valid until the statement advances.
  struct Row {
    fileprivate let pointer: OpaquePointer

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }
    func int(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }
    /// A time; any other value is clamped to the years 1970 to 9999, so that arithmetic works.
    func instant(_ column: Int32) -> Instant {
      Instant(microseconds: min(max(int(column), 0), 253_402_300_799_999_999))
    }
    /// A count; any other value is clamped to a range in which sums do not overflow.
    func count(_ column: Int32) -> Int { Int(min(max(int(column), 0), 1_000_000_000_000)) }
    /// Whether it is text in valid UTF-8.
    func isText(_ column: Int32) -> Bool {
      sqlite3_column_type(pointer, column) == SQLITE_TEXT && String(validating: buffer(column), as: UTF8.self) != nil
    }
    func value(_ column: Int32) -> Value {
      switch sqlite3_column_type(pointer, column) {
      case SQLITE_NULL: .null
      case SQLITE_INTEGER: .int(int(column))
      default: .utf8(utf8(column))
      }
    }
    func text(_ column: Int32) -> String { String(decoding: buffer(column), as: UTF8.self) }
    func utf8(_ column: Int32) -> [UInt8] { Array(buffer(column)) }

    /// The bytes of a text, valid until the statement advances.
    func buffer(_ column: Int32) -> UnsafeBufferPointer<UInt8> {
      // Ask for the text before its length: that converts it to UTF-8.
      let start = sqlite3_column_text(pointer, column)
      return UnsafeBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))
    }
  }

  private func bind(_ values: [Value]) throws {
    var position: Int32 = 0
    for value in values {
      position += 1
      let code =
        switch value {
        case .int(let number): sqlite3_bind_int64(pointer, position, number)
        case .text(var text): text.withUTF8 { bind($0, at: position) }
        case .utf8(let bytes): bytes.withUnsafeBufferPointer { bind($0, at: position) }
        case .null: sqlite3_bind_null(pointer, position)
        }
      if code != SQLITE_OK { throw error(code) }
    }
  }

  private func bind(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int32) -> Int32 {
    guard let base = bytes.baseAddress, !bytes.isEmpty else {
      return sqlite3_bind_text(pointer, position, "", 0, nil)
    }
    return base.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
      sqlite3_bind_text(pointer, position, $0, Int32(bytes.count), Self.copied)
    }
  }

  /// SQLITE_TRANSIENT: SQLite copies bound values before the call returns.
  private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

  /// Resets the statement; an error it returns was already reported by the step before.
  private func reset() { _ = sqlite3_reset(pointer) }

  private func error(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer))),
      sql: statement.sql
    )
  }
}
