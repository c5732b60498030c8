// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation
internal import GRDB
internal import Synchronization

/// Makes a damaged file whole again: keeps a copy of it, saves every row that can be read, and goes on with those.
///
/// Whatever meets the damage comes here: the check at the notifier's start, a read or a write. The notifier alone does it, and
/// once an hour at most, because it reads the whole file. The rows go into a new file beside the ledger first; then SQLite's backup
/// copies that over the ledger in one commit, so that the file, its locks and the connections of other processes stay.
final class Salvage: Sendable {
  private let file: SQLiteFile
  private let role: LedgerRole
  private let now: @Sendable () -> Instant
  private let last = Mutex<Instant?>(nil)
  private let inspected = Atomic(false)
  /// Up to how many bytes the file is read whole before anything else is done with it.
  private let limit: Int

  private static let interval = Duration.seconds(3_600)
  /// Up to this many bytes the indexes are compared with their tables too, which takes a few times as long.
  private static let fullCheck = 256 << 20
  /// Reading this much takes a few milliseconds; a larger file is read beside the work.
  static let inspectedAtOpen = 4 << 20
  /// How often it is begun again when another process writes at the same time.
  private static let tries = 5

  init(file: SQLiteFile, role: LedgerRole, inspecting limit: Int, now: @escaping @Sendable () -> Instant) {
    self.file = file
    self.role = role
    self.limit = limit
    self.now = now
  }

  static func isDamage(_ error: any Error) -> Bool { (error as? DatabaseError)?.resultCode == .SQLITE_CORRUPT }

  /// Whether it may be done now.
  var isPossible: Bool {
    guard role == .notifier else { return false }
    let now = now()
    return last.withLock { last in last.map { now - $0 >= Salvage.interval || now < $0 } ?? true }
  }

  /// Whether the whole file was read since it was opened.
  var isInspected: Bool { inspected.load(ordering: .acquiring) }

  /// Reads the whole file, and makes it whole where it is not; a large one only where `whateverItsSize` says so.
  func inspect(_ db: Database, whateverItsSize: Bool) throws {
    guard role == .notifier else { return }
    do {
      guard try SchemaSalvage.isWhole(db) else { return try run(db) }
      guard try whateverItsSize || Salvage.size(db) <= limit else { return }
      if try Salvage.isWhole(db) { return inspected.store(true, ordering: .releasing) }
    } catch  where Salvage.isDamage(error) {
      // It is as damaged as the check would have said.
    }
    try run(db)
  }

  /// Whether all pages of the file can be read and fit together.
  static func isWhole(_ db: Database) throws -> Bool {
    let check = try size(db) <= fullCheck ? "integrity_check" : "quick_check"
    return try String.fetchOne(db, sql: "PRAGMA \(check)(1)") == "ok" && SchemaSalvage.isWhole(db)
  }

  private static func size(_ db: Database) throws -> Int {
    try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }

  /// Makes the file whole; on the writer connection, outside of a transaction.
  func run(_ db: Database) throws {
    let kept = try keep()
    let queue = try Salvage.scratch(file.path)
    let report: TableSalvage.Report
    if try SchemaSalvage.isWhole(db) {
      report = try save(db, into: queue)
    } else {
      report = try SchemaSalvage.save(kept, into: queue)
    }
    try queue.inDatabase { try $0.backup(to: db) }
    inspected.store(true, ordering: .releasing)
    try finish(queue, report, kept)
  }

  /// Makes a file whole that cannot be opened, because the list of its tables cannot be read.
  func runClosed() throws {
    let kept = try keep()
    let queue = try Salvage.scratch(file.path)
    let report = try SchemaSalvage.save(kept, into: queue)
    try queue.inDatabase { try SchemaSalvage.replace(file.path, with: $0) }
    try finish(queue, report, kept)
  }

  private static func scratch(_ path: String) throws -> DatabaseQueue {
    try remove(path + "-salvage")
    return try DatabaseQueue(path: path + "-salvage")
  }

  private func finish(_ queue: DatabaseQueue, _ report: TableSalvage.Report, _ kept: String) throws {
    try queue.close()
    try Salvage.remove(file.path + "-salvage")
    DamageNotes.note(.file, URL(filePath: kept).lastPathComponent)
    for (table, lost) in report.lost { DamageNotes.note(.rows, "\(table), \(lost.text)") }
    for id in report.rebuilt { DamageNotes.note(.delivery, id) }
  }

  /// Saves what can be read, once more when another process commits at the same time.
  private func save(_ db: Database, into queue: DatabaseQueue) throws -> TableSalvage.Report {
    for _ in 0..<Salvage.tries {
      let version = try Salvage.version(db)
      let report = try saveOnce(db, into: queue)
      if try Salvage.version(db) == version { return report }
    }
    throw DatabaseError(resultCode: .SQLITE_BUSY)
  }

  /// Changes when another process commits.
  private static func version(_ db: Database) throws -> Int? { try Int.fetchOne(db, sql: "PRAGMA data_version") }

  /// Reads in one transaction, so that all tables are of one moment.
  private func saveOnce(_ db: Database, into queue: DatabaseQueue) throws -> TableSalvage.Report {
    try db.execute(sql: "BEGIN IMMEDIATE")
    defer {
      // It wrote nothing, and SQLite may have ended it by itself.
      if db.isInsideTransaction { try? db.execute(sql: "ROLLBACK") }
    }
    return try TableSalvage.all(from: db, into: queue)
  }

  /// Copies the damaged file and its WAL to a name that says when.
  private func keep() throws -> String {
    let now = now()
    last.withLock { $0 = now }
    let moment = now.iso8601.filter { $0.isNumber || $0 == "T" || $0 == "Z" }
    let kept = file.path + "-damaged-" + moment
    if !FileManager.default.fileExists(atPath: kept) {
      try file.descriptor.copy(to: kept)
      if FileManager.default.fileExists(atPath: file.path + "-wal") {
        try FileManager.default.copyItem(atPath: file.path + "-wal", toPath: kept + "-wal")
      }
    }
    return kept
  }

  private static func remove(_ path: String) throws {
    for name in [path, path + "-journal"] where FileManager.default.fileExists(atPath: name) {
      try FileManager.default.removeItem(atPath: name)
    }
  }
}
