// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB
internal import Synchronization

/// The writing side of a ledger in an SQLite file: its one writer connection.
final class SQLiteStore: LedgerStore {
  private let pool: DatabasePool
  private let path: String
  private let notes: DamageNotes
  private let turn: WriterTurn
  private let health: FileHealth
  private let salvage: Salvage
  private let kept: KeptTransaction

  init(
    pool: DatabasePool,
    path: String,
    notes: DamageNotes,
    turn: WriterTurn,
    health: FileHealth,
    salvage: Salvage,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource
  ) {
    self.pool = pool
    self.path = path
    self.notes = notes
    self.turn = turn
    self.health = health
    self.salvage = salvage
    kept = KeptTransaction(now: now, ids: ids)
  }

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    do {
      try pool.writeWithoutTransaction { db in
        try DamageNotes.$current.withValue(notes) {
          let transaction = try kept.transaction(on: db)
          try health.checkFile()
          try mended(transaction, db) { try body(transaction) }
          // Checked again: what was written to a file that nobody will find again is not stored.
          try health.checkFile()
        }
      }
      health.note(nil)
    } catch {
      let error = named(error)
      health.note(error)
      throw error
    }
  }

  func giveWay() { turn.giveWay() }

  /// Ends the use of the connection, so that it can be closed.
  func close() { pool.writeWithoutTransaction { _ in kept.drop() } }

  /// Runs the transaction; if damage ends it, repairs the file and runs it once more.
  private func mended(_ transaction: SQLiteTransaction, _ db: Database, _ body: () throws -> Void) throws {
    do {
      try transaction.run(turn, body)
    } catch  where isMendable(error) {
      try salvage.run(db)
      transaction.noticeRepair()
      try transaction.run(turn, body)
    }
  }

  private func isMendable(_ error: any Error) -> Bool { Salvage.isDamage(error) && salvage.isPossible }

  func named(_ error: any Error) -> any Error {
    guard let error = error as? DatabaseError else { return error }
    return LedgerError(error, path: path)
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
