// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB
internal import Synchronization

/// The writing side of an SQLite ledger: its one writer connection.
final class SQLiteStore: LedgerStore {
  private let connections: any DatabaseWriter
  /// Nil for a ledger in memory.
  private let file: OpenFile?
  private let notes: DamageNotes
  private let kept: KeptTransaction

  init(
    _ connections: any DatabaseWriter,
    _ file: OpenFile?,
    notes: DamageNotes,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource
  ) {
    self.connections = connections
    self.file = file
    self.notes = notes
    kept = KeptTransaction(now: now, ids: ids)
  }

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    do {
      try connections.writeWithoutTransaction { db in
        try DamageNotes.$current.withValue(notes) {
          let transaction = try kept.transaction(on: db)
          try file?.health.checkFile()
          try mended(transaction, db) { try body(transaction) }
          // Checked again: what was written to a file that nobody will find again is not stored.
          try file?.health.checkFile()
        }
      }
      file?.health.note(nil)
    } catch {
      let error = named(error)
      file?.health.note(error)
      throw error
    }
  }

  func giveWay() { file?.turn.giveWay() }

  /// Ends the use of the connection, so that it can be closed.
  func close() { connections.writeWithoutTransaction { _ in kept.drop() } }

  /// Runs the transaction; if damage ends it, repairs the file and runs it once more.
  private func mended(_ transaction: SQLiteTransaction, _ db: Database, _ body: () throws -> Void) throws {
    do {
      try transaction.run(file?.turn, body)
    } catch {
      guard let file, Salvage.isDamage(error), file.salvage.isPossible else { throw error }
      try file.salvage.run(db)
      transaction.noticeRepair()
      try transaction.run(file.turn, body)
    }
  }

  func named(_ error: any Error) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    return LedgerError(error, path: file?.path)
  }
}

/// The transaction with its prepared statements, which one writer uses again and again.
///
/// It is used only on the queue of the writer connection, one call after another, which the compiler cannot see.
private final class KeptTransaction: @unchecked Sendable {
  private var transaction: SQLiteTransaction?
  private let now: @Sendable () -> Instant
  private let ids: DeliveryIDSource

  init(now: @escaping @Sendable () -> Instant, ids: DeliveryIDSource) {
    self.now = now
    self.ids = ids
  }

  func transaction(on db: Database) throws -> SQLiteTransaction {
    if let transaction { return transaction }
    let new = try SQLiteTransaction(db, now: now, ids: ids)
    transaction = new
    return new
  }

  func drop() { transaction = nil }
}

extension DatabaseError {
  /// The error for an index entry that disagrees with its row, which SQLite does not notice when it reads only the
  /// index.
  static let staleIndex = DatabaseError(
    resultCode: .SQLITE_CORRUPT,
    message: "an index names a row that is not as it says"
  )
}
