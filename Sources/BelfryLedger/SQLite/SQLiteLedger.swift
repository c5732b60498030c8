// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy
internal import Dispatch
internal import GRDB
internal import Synchronization

/// The ledger in one SQLite file: in WAL mode, every commit synced, and one commit for all waiting writers.
///
/// Several processes may have the file open; they take turns writing. One of them at a time is the notifier. Reads run
/// in parallel with writes, on their own connections.
///
/// A writer whose task is cancelled still waits for its commit, and its data stays written; a reader gets a
/// `CancellationError`.
package final class SQLiteLedger: Ledger {
  private let pool: DatabasePool
  private let presence: SQLitePresence
  private let path: String
  let group: GroupCommit
  let now: @Sendable () -> Instant
  private let notes: DamageNotes
  private let health: LedgerHealth
  private let salvage: Salvage
  private let role: LedgerRole
  /// The damage recorded in the file, once this process has written or read it.
  private let noted = Mutex<Set<Damage>?>(nil)
  /// Used only on the writer's queue; the lock only passes it from one request to the next.
  private let ids: Mutex<DeliveryIDSource>

  private init(
    pool: DatabasePool,
    presence: SQLitePresence,
    file: SQLiteFile,
    role: LedgerRole,
    notes: DamageNotes,
    salvage: Salvage,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource
  ) {
    self.pool = pool
    self.presence = presence
    self.path = file.path
    self.role = role
    health = LedgerHealth(path: file.path, file: file.descriptor)
    self.notes = notes
    self.salvage = salvage
    self.group = GroupCommit(
      pool: pool,
      path: file.path,
      notes: notes,
      turn: file.turn,
      health: health,
      salvage: salvage
    )
    self.now = now
    self.ids = Mutex(ids)
  }

  /// Opens the file, and creates it and its folder if they are missing.
  ///
  /// A file that is not a ledger, or one of a newer Belfry, is rejected with a `LedgerError` and left unchanged.
  package static func open(
    path: String,
    as role: LedgerRole = .guest,
    now: @escaping @Sendable () -> Instant,
    ids: DeliveryIDSource = DeliveryIDSource(),
    inspecting limit: Int = Salvage.inspectedAtOpen
  ) async throws -> SQLiteLedger {
    try await blocking {
      let file = try SQLiteFile(at: path)
      let notes = DamageNotes(now: now)
      let salvage = Salvage(file: file, role: role, inspecting: limit, now: now)
      let pool = try open(file, notes, salvage)
      let presence = try SQLitePresence(path: file.path, file: file.descriptor)
      try begin(pool, presence, file, role, notes, salvage, at: now())
      return SQLiteLedger(
        pool: pool,
        presence: presence,
        file: file,
        role: role,
        notes: notes,
        salvage: salvage,
        now: now,
        ids: ids
      )
    }
  }

  package func ingest(
    _ events: [Event],
    policy: any PolicyDeciding,
    lease: LeaseTerms?
  ) async throws -> Ingested {
    try await decide(weight: events.count, lease: lease) { try $0.take(events, policy: policy) }
  }

  package func enqueue(
    _ delivery: NewDelivery,
    because decision: Decision,
    lease: LeaseTerms?
  ) async throws -> Ingested {
    try await decide(weight: 1, lease: lease) { try $0.enqueue(delivery, because: decision) }
  }

  package func fire(
    only: [TimerKey]?,
    policy: any PolicyDeciding,
    lease: LeaseTerms?
  ) async throws -> Ingested {
    try await decide(weight: only?.count ?? 1, lease: lease) { writing in
      if let only { return try writing.fire(only, policy: policy) }
      let due = try writing.transaction.timers.due(at: writing.now, limit: Firing.batch).map(\.key)
      try writing.fire(due, policy: policy)
      guard writing.ingested.fired == due.count else { throw DatabaseError.staleIndex }
    }
  }

  package func adopt(policy: any PolicyDeciding) async throws {
    try await group.write(weight: 1) { [now] transaction in
      let now = now()
      try transaction.timers.adopt(policy.standingTimers(at: now), at: now)
    }
  }

  package func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery] {
    try await group.write(weight: 1) { [now] in
      try $0.deliveries.claim(terms, channels: channels, at: now())
    }
  }

  package func settle(_ settlements: [Settlement]) async throws -> [Bool] {
    try await group.write(weight: settlements.count) { [now] transaction in
      let now = now()
      var hour = LedgerHour(of: now)
      var totals: [ChannelName: ChannelTotals] = [:]
      let taken = try settlements.map { settlement in
        guard let settled = try transaction.deliveries.settle(settlement, at: now, in: transaction) else {
          return false
        }
        hour.count(settlement.result)
        totals[settled.channel, default: ChannelTotals()].count(settlement, attempt: settled.attempts, at: now)
        return true
      }
      try transaction.hours.add(hour)
      try transaction.channels.add(totals)
      return taken
    }
  }

  package func followDeliveries(_ step: ClockStep, longest: Duration) async throws {
    try await group.write(weight: 1) { try $0.deliveries.follow(step, longest: longest) }
  }

  package func followHolds(_ step: ClockStep, longest: LongestWaits) async throws {
    try await group.write(weight: 1) { transaction in
      try transaction.entries.follow(step, longest, in: transaction)
      try transaction.timers.follow(step, longest)
      try transaction.alerts.follow(step, longest, in: transaction)
    }
  }

  package func retryNow(on channel: ChannelName, limit: Int) async throws -> Int {
    try await group.write(weight: 1) { [now] in try $0.deliveries.retryNow(on: channel, limit: limit, at: now()) }
  }

  package func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [Bool] {
    try await group.write(weight: letters.count) { [now] transaction in
      let now = now()
      var totals: [ChannelName: ChannelTotals] = [:]
      let mended = try letters.map { letter in
        guard let channel = try transaction.deliveries.mend(letter, by: remedy, at: now) else { return false }
        if remedy == .drop { totals[channel, default: ChannelTotals()].dropped += 1 }
        return true
      }
      try transaction.channels.add(totals)
      return mended
    }
  }

  package func recount() async throws -> Set<ChannelName> {
    // A guest only counts: repairs are the notifier's task.
    if role == .notifier {
      let lost = try await read { try DamageRepair.lost($0) }
      try await group.write(weight: 1) { [now] transaction in
        try transaction.identify()
        try transaction.repair(lost, at: now())
      }
    }
    let wrong = try await read { try ChannelTable(db: $0).wrong() }
    if !wrong.isEmpty { try await group.write(weight: wrong.count) { try $0.channels.fill() } }
    return wrong
  }

  package func inspect() async throws {
    // A file inspected on opening, or repaired since, is not read again.
    guard role == .notifier, !salvage.isInspected else { return }
    try await read { [salvage] db in
      guard try salvage.isInspected || Salvage.isWhole(db) else { throw DatabaseError.staleIndex }
    }
  }

  package func note(circuits: [CircuitNote]) async throws {
    try await group.write(weight: circuits.count) { try $0.replace(circuits: circuits) }
  }

  package func note(sources: [SourceNote]) async throws {
    try await group.write(weight: sources.count) { try $0.replace(sources: sources) }
  }

  package func keep(configuration text: String, because cause: String) async throws -> Int {
    try await group.write(weight: 1) { [now] in try $0.configurations.add(text, because: cause, at: now()) }
  }

  package func note(refusal: ConfigurationRefusal?) async throws {
    try await group.write(weight: 1) { try $0.configurations.replace(refusal) }
  }

  package func noteAudited(_ attempts: [DeliveryAttempt]) async throws {
    try await group.write(weight: attempts.count) { try $0.audits.note(attempts) }
  }

  package func note(marks: [String: String?]) async throws {
    try await group.write(weight: marks.count) { try $0.marks.write(marks) }
  }

  /// The error if there is no file at the path although a notifier that was started with this path is running.
  ///
  /// - Returns: nil if none is running.
  package static func missing(at path: String) -> LedgerError? {
    guard let lock = LockFile(existing: path + "-run"), lock.isOwned else { return nil }
    return .notifierElsewhere(path, lock.signature)
  }

  package func position() async throws -> LedgerPosition? { try await read { try CommitCounter.position($0) } }

  package func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws {
    try await group.write(weight: 1) { transaction in
      DamageNotes.note(.commit, "\(position.commits - commits + 1) to \(position.commits)")
      try transaction.count(commits: position.commits)
    }
  }

  package func trouble() async -> LedgerError? {
    if let trouble = health.trouble { return trouble }
    guard role == .guest else { return nil }
    if presence.isNotifierElsewhere { return .notifierElsewhere(path, presence.notifier) }
    return health.isDiskFull ? .full(path) : nil
  }

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
    // The writer's queue is serial: running and waiting requests are committed first.
    try await Self.blocking { [pool, presence, path] in
      do {
        // Readers are closed first: SQLite checkpoints the WAL when the last connection closes, if that one may write.
        pool.releaseMemory()
        try pool.close()
        presence.leave()
      } catch let error as DatabaseError {
        throw LedgerError(error, path: path)
      }
    }
  }

  /// Rewrites the whole file without free pages, so that from then on they can be given back in steps.
  func rebuild() async throws {
    if let lock = LockFile(existing: path + "-run"), lock.isOwned {
      throw LedgerError.notInSteps(path, by: lock.signature)
    }
    do {
      try await pool.barrierWriteWithoutTransaction { db in
        // The copy does not fit in memory.
        try db.execute(
          sql: "PRAGMA temp_store = FILE; PRAGMA auto_vacuum = INCREMENTAL; VACUUM; PRAGMA temp_store = MEMORY"
        )
      }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: path)
    }
  }

  /// Reads on its own connection, which sees everything committed before.
  func read<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws -> Result {
    do {
      do {
        return try await readOnce(body)
      } catch  where Salvage.isDamage(error) && salvage.isPossible {
        try await group.mend()
        return try await readOnce(body)
      }
    } catch let error as DatabaseError {
      throw LedgerError(error, path: path)
    }
  }

  private func readOnce<Result: Sendable>(_ body: @escaping @Sendable (Database) throws -> Result) async throws
    -> Result
  {
    try await pool.read { [notes] db in try DamageNotes.$current.withValue(notes) { try body(db) } }
  }

  private func decide(
    weight: Int,
    lease: LeaseTerms?,
    _ body: @escaping @Sendable (inout SQLiteWriting) throws -> Void
  ) async throws -> Ingested {
    try await group.write(weight: weight) { [self] transaction in
      var writing = SQLiteWriting(
        transaction: transaction,
        now: now(),
        lease: lease,
        ids: ids.withLock { $0 }
      )
      defer { ids.withLock { $0 = writing.ids } }
      try body(&writing)
      return writing.ingested
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
  private static func begin(
    _ pool: DatabasePool,
    _ presence: SQLitePresence,
    _ file: SQLiteFile,
    _ role: LedgerRole,
    _ notes: DamageNotes,
    _ salvage: Salvage,
    at now: Instant
  ) throws {
    var isInspected = false
    let inspect = { (isAsked: Bool) in
      isInspected = true
      do {
        try pool.writeWithoutTransaction { db in
          try DamageNotes.$current.withValue(notes) { try salvage.inspect(db, whateverItsSize: isAsked) }
        }
      } catch let error as DatabaseError {
        throw LedgerError(error, path: file.path)
      }
    }
    try presence.take(role) {
      try inspect(false)
      do {
        try endLeases(pool, file, at: now)
      } catch let error as LedgerError where error.code == .corrupt && salvage.isPossible {
        try inspect(true)
        try endLeases(pool, file, at: now)
      }
    }
    if role == .notifier, !isInspected { try inspect(false) }
  }

  private static func endLeases(_ pool: DatabasePool, _ file: SQLiteFile, at now: Instant) throws {
    do {
      try pool.writeWithoutTransaction { db in
        let transaction = try SQLiteTransaction(db)
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
