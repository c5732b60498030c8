// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation
internal import GRDB
internal import Synchronization

/// Repairs a damaged file: keeps a copy of it, saves every readable row, and continues with those.
///
/// All damage leads here: found by the check at the notifier's start, by a read or by a write. Only the notifier
/// repairs, at most once an hour, because it reads the whole file. The rows first go into a new file beside the ledger.
/// Then SQLite's backup copies that over the ledger in one commit, so that the file, its locks and other processes'
/// connections stay.
final class Salvage: Sendable {
  private let file: SQLiteFile
  private let role: ProcessRole
  private let now: @Sendable () -> Instant
  private let last = Mutex<Instant?>(nil)
  private let inspected = Atomic(false)
  /// The largest file, in bytes, that is read whole before anything else is done with it.
  private let limit: Int

  private static let interval = Duration.seconds(3_600)
  /// The largest file, in bytes, whose indexes are also compared with their tables, which takes a few times as long.
  private static let fullCheck = 256 << 20
  /// The largest file inspected on opening, which takes a few milliseconds; a larger one is read in the background.
  static let inspectedAtOpen = 4 << 20
  /// How often it starts again if another process writes at the same time.
  private static let tries = 5

  init(file: SQLiteFile, role: ProcessRole, inspecting limit: Int, now: @escaping @Sendable () -> Instant) {
    self.file = file
    self.role = role
    self.limit = limit
    self.now = now
  }

  static func isDamage(_ error: any Error) -> Bool { (error as? DatabaseError)?.resultCode == .SQLITE_CORRUPT }

  /// Whether a repair is allowed now.
  var isPossible: Bool {
    guard role == .notifier else { return false }
    let now = now()
    return last.withLock { last in last.map { now - $0 >= Salvage.interval || now < $0 } ?? true }
  }

  /// Whether the whole file was read since it was opened.
  var isInspected: Bool { inspected.load(ordering: .acquiring) }

  /// Reads the whole file, and repairs it if it is damaged; a large file only if `whateverItsSize` is true.
  func inspect(_ db: Database, whateverItsSize: Bool) throws {
    guard role == .notifier else { return }
    do {
      guard try SchemaSalvage.isWhole(db) else { return try run(db) }
      guard try whateverItsSize || Salvage.size(db) <= limit else { return }
      if try Salvage.isWhole(db) { return inspected.store(true, ordering: .releasing) }
    } catch  where Salvage.isDamage(error) {
      // It counts as damaged, as the check would have reported.
    }
    try run(db)
  }

  /// Whether all pages of the file are readable and consistent.
  static func isWhole(_ db: Database) throws -> Bool {
    let check = try size(db) <= fullCheck ? "integrity_check" : "quick_check"
    return try String.fetchOne(db, sql: "PRAGMA \(check)(1)") == "ok" && SchemaSalvage.isWhole(db)
  }

  private static func size(_ db: Database) throws -> Int {
    try (Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * (Int.fetchOne(db, sql: "PRAGMA page_size") ?? 0)
  }

  /// Repairs the file; runs on the writer connection, outside a transaction.
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

  /// Repairs a file that cannot be opened, because the list of its tables is unreadable.
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

  /// Saves the readable rows, and starts again if another process commits at the same time.
  private func save(_ db: Database, into queue: DatabaseQueue) throws -> TableSalvage.Report {
    for _ in 0..<Salvage.tries {
      let version = try Salvage.version(db)
      let report = try saveOnce(db, into: queue)
      if try Salvage.version(db) == version { return report }
    }
    throw DatabaseError(resultCode: .SQLITE_BUSY)
  }

  /// A number that changes when another process commits.
  private static func version(_ db: Database) throws -> Int? { try Int.fetchOne(db, sql: "PRAGMA data_version") }

  /// Reads in one transaction, so that all tables are from the same moment.
  private func saveOnce(_ db: Database, into queue: DatabaseQueue) throws -> TableSalvage.Report {
    try db.execute(sql: "BEGIN IMMEDIATE")
    let report = Result { try TableSalvage.all(from: db, into: queue) }
    // It wrote nothing, and SQLite may have ended it already. No later transaction can begin after a rollback that fails.
    if db.isInsideTransaction { try db.execute(sql: "ROLLBACK") }
    return try report.get()
  }

  /// Copies the damaged file and its WAL to a name with the current time.
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
