// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy
internal import Dispatch
internal import GRDB
internal import Synchronization

/// The ledger in SQLite: in one file, or in memory.
///
/// A file is in WAL mode, every commit synced, with one commit for all waiting writers. Several processes may have it
/// open; they take turns writing. One of them at a time is the notifier. Reads run in parallel with writes, on their own
/// connections.
///
/// In memory there is one connection, on which reads and turns take place one after another. Its contents end with the
/// last reference to it.
///
/// A writer whose task is cancelled still waits for its commit, and its data stays written; a reader gets a
/// `CancellationError`.
package final class SQLiteLedger: Ledger {
  private let connections: any DatabaseWriter
  /// Nil for a ledger in memory.
  private let file: OpenFile?
  package let loop: CommitLoop
  private let store: SQLiteStore
  let now: @Sendable () -> Instant
  private let notes: DamageNotes
  /// The damage recorded in the ledger, once this process has written or read it.
  private let noted = Mutex<Set<Damage>?>(nil)

  private init(
    _ connections: any DatabaseWriter,
    _ file: OpenFile?,
    notes: DamageNotes,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource
  ) {
    self.connections = connections
    self.file = file
    self.notes = notes
    store = SQLiteStore(connections, file, notes: notes, now: now, ids: ids)
    loop = CommitLoop(store)
    self.now = now
  }

  /// Makes an empty ledger in memory.
  package static func inMemory(
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource = DeliveryIDSource()
  ) async throws -> SQLiteLedger {
    try await blocking {
      do {
        return SQLiteLedger(try openInMemory(), nil, notes: DamageNotes(now: now), now: now, ids: ids)
      } catch let error as DatabaseError {
        throw LedgerError(error, path: nil)
      }
    }
  }

  private static func openInMemory() throws -> DatabaseQueue {
    var configuration = GRDB.Configuration()
    configuration.label = "belfry.ledger"
    configuration.foreignKeysEnabled = false
    let queue = try DatabaseQueue(configuration: configuration)
    try queue.writeWithoutTransaction { db in
      // Memory can be given back in small steps; this takes effect only before there are tables.
      try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA temp_store = MEMORY")
    }
    try SQLiteSchema.migrate(queue)
    return queue
  }

  /// Opens the file, and creates it and its folder if they are missing.
  ///
  /// A file that is not a ledger, or one of a newer Belfry, is rejected with a `LedgerError` and left unchanged.
  package static func open(
    path: String,
    as role: ProcessRole = .guest,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource = DeliveryIDSource(),
    inspecting limit: Int = Salvage.inspectedAtOpen
  ) async throws -> SQLiteLedger {
    try await blocking {
      let file = try SQLiteFile(at: path)
      let notes = DamageNotes(now: now)
      let salvage = Salvage(file: file, role: role, inspecting: limit, now: now)
      let pool = try open(file, notes, salvage)
      let open = OpenFile(
        pool: pool,
        path: file.path,
        role: role,
        presence: try SQLitePresence(path: file.path, file: file.descriptor),
        turn: file.turn,
        health: FileHealth(path: file.path, file: file.descriptor),
        salvage: salvage
      )
      try begin(open, notes, at: now())
      return SQLiteLedger(pool, open, notes: notes, now: now, ids: ids)
    }
  }

  package func recount() async throws -> Set<ChannelName> {
    // A guest only counts: repairs are the notifier's task.
    if file?.role == .notifier {
      let lost = try await read { try DamageRepair.lost($0) }
      try await maintain { transaction in
        try transaction.identify()
        try transaction.repair(lost, at: transaction.now)
      }
    }
    let wrong = try await read { try ChannelTable(db: $0).wrong() }
    if !wrong.isEmpty { try await maintain { try $0.channels.fill() } }
    return wrong
  }

  package func inspect() async throws {
    // A file inspected on opening, or repaired since, is not read again.
    guard let file, file.role == .notifier, !file.salvage.isInspected else { return }
    try await read { db in
      guard try file.salvage.isInspected || Salvage.isWhole(db) else { throw DatabaseError.staleIndex }
    }
  }

  package func makeRoom() async throws {
    guard let file else { return }
    try await maintain { transaction in
      // In a transaction, nobody else appends to the log.
      LogRoom.make(in: file.path + "-wal", pageSize: try transaction.pageSize())
    }
  }

  /// The error if there is no file at the path although a notifier that was started with this path is running.
  ///
  /// - Returns: nil if none is running.
  package static func missing(at path: String) -> LedgerError? {
    guard let lock = LockFile(existing: path + "-run"), lock.isOwned else { return nil }
    return .notifierElsewhere(path, lock.signature)
  }

  package func position() async throws -> LedgerPosition? {
    guard file != nil else { return nil }
    return try await read { try CommitCounter.position($0) }
  }

  package func trouble() async -> LedgerError? { file?.trouble }

  package func damage() async throws -> Set<Damage> {
    let published = try await published()
    return notes.all.union(published.keys)
  }

  package func publishDamage() async throws -> Set<Damage> {
    // Usually there is no damage, and nothing has to be read.
    if noted.withLock({ $0 == notes.all }) { return notes.all }
    let published = try await published()
    // Rows that could not be saved are found only once; later processes must still report them.
    for (damage, moment) in published where damage.kind.isLasting && notes.moment(of: damage) == nil {
      notes.note(damage, at: moment)
    }
    let found = notes.all
    guard found != Set(published.keys) else {
      noted.withLock { $0 = found }
      return found
    }
    let gone = published.keys.filter { !found.contains($0) }.map { (SQLiteLedger.mark($0), nil as String?) }
    let new = found.subtracting(published.keys).map { damage in
      (SQLiteLedger.mark(damage), (notes.moment(of: damage)?.microseconds).map(String.init) ?? "" as String?)
    }
    try await note(marks: Dictionary(gone + new) { $1 })
    noted.withLock { $0 = found }
    return found
  }

  /// The damage recorded by the notifier, with its times.
  private func published() async throws -> [Damage: Instant] {
    let marks = try await marks(beginning: SQLiteLedger.markPrefix)
    let all = marks.compactMap { mark, moment in
      SQLiteLedger.damage(markedBy: mark).map { ($0, Instant(microseconds: Int64(moment) ?? 0)) }
    }
    return Dictionary(all) { $1 }
  }

  private static let markPrefix = "damage."

  private static func mark(_ damage: Damage) -> String { "\(markPrefix)\(damage.kind.rawValue).\(damage.name)" }

  private static func damage(markedBy mark: String) -> Damage? {
    let parts = mark.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3 else { return nil }
    return Damage.Kind(rawValue: parts[1]).map { Damage($0, parts[2]) }
  }

  package func close() async throws {
    await loop.finish()
    // Memory is freed with the ledger: a connection that is closed earlier does not survive a read that comes late.
    guard let file else { return }
    try await Self.blocking { [store] in
      do {
        store.close()
        // Readers are closed first: SQLite checkpoints the WAL when the last connection closes, if that one may write.
        file.pool.releaseMemory()
        try file.pool.close()
        file.presence.leave()
      } catch let error as DatabaseError {
        throw LedgerError(error, path: file.path)
      }
    }
  }

  /// Rewrites the whole file without free pages, so that from then on they can be given back in steps.
  func rebuild() async throws {
    // In memory it was made so from the start.
    guard let file else { return }
    if let lock = LockFile(existing: file.path + "-run"), lock.isOwned {
      throw LedgerError.notInSteps(file.path, by: lock.signature)
    }
    do {
      try await file.pool.barrierWriteWithoutTransaction { db in
        // The copy does not fit in memory.
        try db.execute(
          sql: "PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA temp_store = MEMORY"
        )
      }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: file.path)
    }
  }

  /// Reads everything committed before: for a file on a connection of its own.
  func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
    do {
      do {
        return try await readOnce(body)
      } catch {
        guard let salvage = file?.salvage, Salvage.isDamage(error), salvage.isPossible else { throw error }
        try await maintain { _ in
          // The second time, after the repair, it is no longer possible.
          guard !salvage.isPossible else { throw DatabaseError.staleIndex }
        }
        return try await readOnce(body)
      }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: file?.path)
    }
  }

  private func readOnce<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws
    -> Result
  {
    try await connections.read { [notes] db in try DamageNotes.$current.withValue(notes) { try body(db) } }
  }

  /// Does what only this store needs, in a turn of the loop.
  func maintain<Result: Sendable>(
    weight: Int = 1,
    _ body: @escaping @Sendable (SQLiteTransaction) throws -> Result
  ) async throws -> Result {
    try await loop.write(weight: weight) { transaction in
      guard let transaction = transaction as? SQLiteTransaction else { throw DatabaseError(resultCode: .SQLITE_MISUSE) }
      return try body(transaction)
    }
  }

  private static func open(_ file: SQLiteFile, _ notes: DamageNotes, _ salvage: Salvage) throws -> DatabasePool {
    do {
      return try file.open()
    } catch let error as LedgerError where error.code == .corrupt && salvage.isPossible {
      do {
        try DamageNotes.$current.withValue(notes) { try salvage.runClosed() }
      } catch is DatabaseError {
        // The fault of the file is more informative than the reason why saving failed.
        throw error
      }
      return try file.open()
    }
  }

  /// Takes a role; the notifier first has the file checked and repaired.
  private static func begin(_ file: OpenFile, _ notes: DamageNotes, at now: Instant) throws {
    var isInspected = false
    let inspect = { (isAsked: Bool) in
      isInspected = true
      do {
        try file.pool.writeWithoutTransaction { db in
          try DamageNotes.$current.withValue(notes) { try file.salvage.inspect(db, whateverItsSize: isAsked) }
        }
      } catch let error as DatabaseError {
        throw LedgerError(error, path: file.path)
      }
    }
    try file.presence.take(file.role) {
      try inspect(false)
      do {
        try endLeases(file, at: now)
      } catch let error as LedgerError where error.code == .corrupt && file.salvage.isPossible {
        try inspect(true)
        try endLeases(file, at: now)
      }
    }
    if file.role == .notifier, !isInspected { try inspect(false) }
  }

  private static func endLeases(_ file: OpenFile, at now: Instant) throws {
    do {
      try file.pool.writeWithoutTransaction { db in
        let transaction = try SQLiteTransaction(db, now: { now }, ids: DeliveryIDSource())
        try transaction.run(file.turn) { try transaction.deliveries.endLeases(at: now) }
      }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: file.path)
    }
  }

  /// Runs blocking work outside the cooperative pool, on its own thread: on Linux, global queues share their threads
  /// with all tasks.
  private static func blocking<Result: Sendable>(
    _ body: @escaping @Sendable () throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      DispatchQueue(label: "belfry.ledger.open").async {
        continuation.resume(with: Swift.Result { try body() })
      }
    }
  }
}
