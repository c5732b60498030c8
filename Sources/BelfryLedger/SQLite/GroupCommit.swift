// SPDX-License-Identifier: Apache-2.0
internal import GRDB
internal import Synchronization

/// Runs all waiting write requests in one transaction, so that they share one sync of the disk.
///
/// Each request runs under its own savepoint: one that throws changes nothing and fails alone. If the commit fails, all
/// of them fail and nothing is changed. Callers are resumed after the commit, even if their task was cancelled.
final class GroupCommit: Sendable {
  private struct Request: Sendable {
    /// The approximate number of rows it is about to write.
    let weight: Int
    /// Does the work, and returns the action that resumes the caller after the commit.
    let perform: @Sendable (SQLiteTransaction) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
  }

  private struct Waiting {
    var requests: [Request] = []
    var isWriting = false
  }

  /// A group is closed at this weight, so that nobody waits long behind many others.
  private static let fullWeight = 10_000

  private let pool: DatabasePool
  private let path: String
  private let notes: DamageNotes
  private let turn: WriterTurn
  private let health: LedgerHealth
  private let salvage: Salvage
  private let waiting = Mutex(Waiting())

  init(pool: DatabasePool, path: String, notes: DamageNotes, turn: WriterTurn, health: LedgerHealth, salvage: Salvage) {
    self.pool = pool
    self.path = path
    self.notes = notes
    self.turn = turn
    self.health = health
    self.salvage = salvage
  }

  /// Runs `body` in a transaction that others may share, and returns after the commit.
  func write<Result: Sendable>(
    weight: Int,
    _ body: @escaping @Sendable (SQLiteTransaction) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      let request = Request(
        weight: weight,
        perform: { transaction in
          let result = try body(transaction)
          return { continuation.resume(returning: result) }
        },
        fail: { continuation.resume(throwing: $0) }
      )
      let isFirst = waiting.withLock { waiting in
        waiting.requests.append(request)
        defer { waiting.isWriting = true }
        return !waiting.isWriting
      }
      if isFirst {
        pool.asyncWriteWithoutTransaction { db in DamageNotes.$current.withValue(self.notes) { self.drain(db) } }
      }
    }
  }

  /// Repairs the file after a read found damage.
  func mend() async throws {
    try await write(weight: 1) { [salvage] _ in
      // The second time, after the repair, it is no longer possible.
      guard !salvage.isPossible else { throw DatabaseError.staleIndex }
    }
  }

  /// Writes group after group, on GRDB's writer queue, until no request is waiting.
  private func drain(_ db: Database) {
    let transaction = Result { try SQLiteTransaction(db) }
    while let group = next() {
      commit(group, transaction, db)
      turn.giveWay()
    }
  }

  private func next() -> [Request]? {
    waiting.withLock { waiting in
      guard !waiting.requests.isEmpty else {
        waiting.isWriting = false
        return nil
      }
      var weight = 0
      let end = waiting.requests.firstIndex { request in
        weight += request.weight
        return weight > Self.fullWeight
      }
      let count = max(1, end ?? waiting.requests.count)
      defer { waiting.requests.removeFirst(count) }
      return Array(waiting.requests.prefix(count))
    }
  }

  private func commit(_ group: [Request], _ transaction: Result<SQLiteTransaction, any Error>, _ db: Database) {
    var succeed: [@Sendable () -> Void] = []
    var failed: [(Request, any Error)] = []
    do {
      let transaction = try transaction.get()
      try health.checkFile()
      try mended(transaction, db) {
        // This may be the second run, after a first one that changed nothing.
        succeed = []
        failed = []
        for request in group {
          do {
            // A single request can rely on rolling back the whole transaction, which saves SQLite the savepoint's
            // copies.
            let resume =
              group.count == 1
              ? try request.perform(transaction) : try transaction.savepoint { try request.perform(transaction) }
            succeed.append(resume)
          } catch {
            // After some errors, such as a full disk, SQLite has rolled back everything, including the other requests'
            // work.
            guard group.count > 1, transaction.isOpen, !isMendable(error) else { throw error }
            failed.append((request, error))
          }
        }
      }
      // Checked again: what was written to a file that nobody will find again is not stored.
      try health.checkFile()
      health.note(nil)
    } catch {
      let error = named(error)
      health.note(error)
      for request in group { request.fail(error) }
      return
    }
    for resume in succeed { resume() }
    for (request, error) in failed { request.fail(named(error)) }
  }

  /// Runs the transaction; if damage ends it, repairs the file and runs it once more.
  private func mended(_ transaction: SQLiteTransaction, _ db: Database, _ body: () throws -> Void) throws {
    do {
      try transaction.run(turn, body)
    } catch  where isMendable(error) {
      try salvage.run(db)
      try transaction.run(turn, body)
    }
  }

  private func isMendable(_ error: any Error) -> Bool { Salvage.isDamage(error) && salvage.isPossible }

  private func named(_ error: any Error) -> any Error {
    (error as? DatabaseError).map { LedgerError($0, path: path) } ?? error
  }
}

extension DatabaseError {
  /// The error for an index entry that disagrees with its row, which SQLite does not notice when it reads only the
  /// index.
  static let staleIndex = DatabaseError(
    resultCode: .SQLITE_CORRUPT,
    message: "an index names a row that is not as it says"
  )
}
