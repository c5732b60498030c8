// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation
internal import GRDB

/// A ledger's file while it is being opened.
struct SQLiteFile {
  let path: String
  let descriptor: LedgerDescriptor
  let turn: WriterTurn

  /// Creates the file if it is missing, rejects one that is not a ledger, and upgrades an older one.
  ///
  /// It blocks. A rejected file is left unchanged. An up-to-date file is opened without writing anything, so that
  /// readers never wait for writers. Processes that find any other file open it one after another, because SQLite does
  /// not wait for a process that switches a new file to its WAL: it fails at once.
  func open() throws -> DatabasePool {
    if isUpToDate { return try patiently(make) }
    return try patiently {
      guard descriptor.take(.making, alone: true) else { throw DatabaseError(resultCode: .SQLITE_BUSY) }
      defer { descriptor.drop(.making) }
      return try make()
    }
  }

  /// Repeats what finds the file locked: while another process is the last to close it, SQLite may not wait either.
  private func patiently(_ open: () throws -> DatabasePool) throws -> DatabasePool {
    let start = ContinuousClock.now
    while true {
      do {
        defer { turn.began() }
        return try open()
      } catch let error as DatabaseError {
        let isLocked = [.SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL].contains(error.resultCode)
        guard isLocked, ContinuousClock.now - start < WriterTurn.patience else {
          throw LedgerError(error, path: path)
        }
        _ = turn.wait(0)
      }
    }
  }

  /// Whether the header says so; what is only in the WAL is not seen.
  private var isUpToDate: Bool {
    let header = Header(descriptor)
    return header?.isInWAL == true && header?.number(at: 60) == Int32(SQLiteSchema.version)
  }

  private func make() throws -> DatabasePool {
    // A crash in `mark` leaves a journal; SQLite uses it to undo the mark when the file is next opened.
    let isMarked = try isOurs()
    if !isMarked || FileManager.default.fileExists(atPath: path + "-journal") { try mark() }
    let pool = try DatabasePool(path: path, configuration: configuration)
    if try !pool.writeWithoutTransaction(prepare) { try migrate(pool) }
    return pool
  }

  /// Resolves the path, and creates the file and its folder if they are missing.
  ///
  /// The result is the path of the file itself and not of a link to it, because SQLite names the WAL after it. Only the
  /// owner may read the file, because alerts can be confidential.
  init(at path: String) throws {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw LedgerError.cannotOpen(path, "the folder \(folder.path) cannot be created: \(error.localizedDescription)")
    }
    descriptor = try LedgerDescriptor(path)
    guard let resolved = realpath(path, nil) else {
      throw LedgerError.cannotOpen(path, String(cString: strerror(errno)))
    }
    defer { free(resolved) }
    self.path = String(cString: resolved)
    turn = WriterTurn(file: descriptor)
  }

  /// Whether the file is already a ledger; false for an empty file, which may become one.
  ///
  /// The mark is read without SQLite, because SQLite would change a foreign database just by switching it to WAL.
  private func isOurs() throws -> Bool {
    if descriptor.header(1).isEmpty { return false }
    guard let header = Header(descriptor) else {
      throw LedgerError.notALedger(path, "it is not an SQLite database")
    }
    let mark = header.number(at: 68)
    // The process that created it has died before it marked it.
    if mark == 0, header.number(at: 28) == 1, header.number(at: 64) == 1 { return false }
    guard mark == SQLiteSchema.applicationID else {
      throw LedgerError.notALedger(path, "it is another program's SQLite database")
    }
    return true
  }

  /// Writes the mark before anything else, and not through a WAL, so that `isOurs` finds it after any crash.
  private func mark() throws {
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.writeWithoutTransaction { db in
      // Free pages can be given back in small steps; this takes effect only in a file without pages.
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
      try db.execute(sql: "PRAGMA application_id = \(SQLiteSchema.applicationID)")
    }
    try queue.close()
  }

  /// Sets what holds for a connection.
  ///
  /// - Returns: Whether the file is up to date.
  private func prepare(_ db: Database) throws -> Bool {
    // GRDB sets NORMAL, under which a power failure loses the last commits: events already confirmed to a source.
    try db.execute(sql: "PRAGMA synchronous = FULL")
    // The WAL is overwritten from its start after each checkpoint and never truncated: syncing existing bytes costs
    // half.
    try db.execute(sql: "PRAGMA journal_size_limit = -1")
    // 16 MB: a page that many alerts change is copied into the file once for all of them.
    try db.execute(sql: "PRAGMA wal_autocheckpoint = \(LogRoom.pages)")
    // 20 MB: keeps the keys of 100,000 alerts, which arrive in no order, in memory.
    try db.execute(sql: "PRAGMA cache_size = -20000")
    // The undo data of savepoints also stays in memory.
    try db.execute(sql: "PRAGMA temp_store = MEMORY")
    return try isUpToDate(db)
  }

  /// Whether the file needs no migration.
  ///
  /// - Throws: if this Belfry cannot read it.
  private func isUpToDate(_ db: Database) throws -> Bool {
    let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    guard version <= SQLiteSchema.version else { throw LedgerError.newerVersion(path, version) }
    guard version == 0 || version >= OlderLedger.oldest else { throw LedgerError.olderVersion(path, version) }
    return version == SQLiteSchema.version
  }

  /// Brings the file up to date, while no other process does.
  ///
  /// A file that a running notifier writes in its older form stays as it is.
  private func migrate(_ pool: DatabasePool) throws {
    let isOlder = try pool.read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? 0 } > 0
    if isOlder, let lock = LockFile(existing: path + "-run"), lock.isOwned {
      throw LedgerError.olderInUse(path, by: lock.signature)
    }
    try SQLiteSchema.migrate(pool)
  }

  private var configuration: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.label = "belfry.ledger"
    configuration.foreignKeysEnabled = false
    configuration.maximumReaderCount = 2
    configuration.busyMode = .callback { [turn] attempts in turn.wait(attempts) }
    return configuration
  }
}

/// The first bytes of an SQLite file; see https://www.sqlite.org/fileformat.html#the_database_header.
private struct Header {
  private let bytes: [UInt8]

  /// Nil if it is not an SQLite file.
  init?(_ file: LedgerDescriptor) {
    bytes = file.header(100)
    guard bytes.count == 100, bytes.starts(with: Array("SQLite format 3\u{0}".utf8)) else { return nil }
  }

  /// Whether the file is written through a WAL.
  var isInWAL: Bool { bytes[18] == 2 && bytes[19] == 2 }

  func number(at offset: Int) -> Int32 { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int32($1) } }
}
