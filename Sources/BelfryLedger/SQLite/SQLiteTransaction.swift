// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// Successive transactions on the writer connection, with the tables and a buffer for writing JSON.
final class SQLiteTransaction {
  let alerts: AlertTable
  let decisions: DecisionTable
  let deliveries: DeliveryTable
  let lists: ListTable
  let timers: TimerTable
  let entries: EntryTable
  let silences: SilenceTable
  let attempts: AttemptTable
  let audits: AuditTable

  /// When the transaction began.
  private(set) var now = Instant(microseconds: 0)
  var ids: DeliveryIDSource
  private(set) var touched = TouchedChannels.all

  private let clock: @Sendable () -> Instant
  private let commits: CommitCounter
  let db: Database
  private let begin: SQLStatement
  private let commit: SQLStatement
  private let rollback: SQLStatement
  private let mark: SQLStatement
  private let release: SQLStatement
  private let undo: SQLStatement
  private let version: SQLStatement
  /// As of the last commit here; it changes with every commit of another connection.
  private var lastVersion: Int64?
  private var writer = JSONWriter()

  init(_ db: Database, now clock: @escaping @Sendable () -> Instant, ids: DeliveryIDSource) throws {
    self.db = db
    self.clock = clock
    self.ids = ids
    alerts = try AlertTable(db)
    decisions = try DecisionTable(db)
    deliveries = try DeliveryTable(db)
    lists = try ListTable(db)
    timers = try TimerTable(db)
    entries = try EntryTable(db)
    silences = try SilenceTable(db)
    attempts = try AttemptTable(db)
    audits = try AuditTable(db)
    commits = try CommitCounter(db)
    begin = try SQLStatement(db, "BEGIN IMMEDIATE")
    commit = try SQLStatement(db, "COMMIT")
    rollback = try SQLStatement(db, "ROLLBACK")
    mark = try SQLStatement(db, "SAVEPOINT request")
    release = try SQLStatement(db, "RELEASE request")
    undo = try SQLStatement(db, "ROLLBACK TO request")
    version = try SQLStatement(db, "PRAGMA data_version")
  }

  /// The size of a page of the file in bytes.
  func pageSize() throws -> Int { try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096 }

  /// Whether the changes can still be committed.
  private var isOpen: Bool { db.isInsideTransaction }

  /// Runs `body` and commits; if either throws, nothing is changed.
  ///
  /// `turn` shares the file with other processes; nil for a ledger in memory.
  func run(_ turn: WriterTurn?, _ body: () throws -> Void) throws {
    // Immediate: a transaction that reads before writing sees other processes' changes, and never has to start again.
    defer { turn?.began() }
    try begin.run()
    turn?.began()
    do {
      now = clock()
      let current = try version.first { $0.int(0) }
      // Another process may have made anything due.
      touched = current == lastVersion ? .these([]) : .all
      let before = db.totalChangesCount
      try body()
      // A transaction that changed nothing needs no sync.
      if db.totalChangesCount != before { try commits.add() }
      try commit.run()
      lastVersion = current
    } catch {
      if isOpen { try rollback.run() }
      throw error
    }
  }

  /// Called after a repair of the file, which may have changed anything.
  func noticeRepair() { lastVersion = nil }

  func touch(_ channel: ChannelName) { touched.add(channel) }
  func touchAll() { touched = .all }

  func canGoOn(after error: any Error) -> Bool { isOpen && !Salvage.isDamage(error) }

  func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    try mark.run()
    do {
      let result = try body()
      try release.run()
      return result
    } catch {
      // After some errors, such as a full disk, SQLite has rolled back everything, and no savepoint is left.
      if isOpen {
        try undo.run()
        try release.run()
      }
      throw error
    }
  }

  /// See ``NotesTransaction``.
  var configurations: ConfigurationTable { ConfigurationTable(db: db) }
  /// See ``History/channelHealth()``.
  var channels: ChannelTable { ChannelTable(db: db) }
  /// See ``History/prune(_:limit:)``.
  var pruning: PruneTable { PruneTable(db: db, channels: channels) }
  /// See ``History/notePruned()``.
  var retention: RetentionCounters { RetentionCounters(db: db) }
  /// See ``DeliveryQueue/recount()``.
  func repair(_ lost: [DeliveryID], at now: Instant) throws { try DamageRepair(db: db, now: now).run(lost) }
  /// See ``LedgerHealth/noteLoss(of:upTo:)``.
  func count(commits: Int) throws { try CommitCounter.set(commits, db) }
  /// Gives the ledger an identity, if it has none.
  func identify() throws { try CommitCounter.identify(db) }
  /// See ``History/hours(since:)``.
  var hours: HourTable { HourTable(db) }
  /// See ``NotesTransaction``.
  var marks: BookmarkTable { BookmarkTable(db: db) }
  /// See ``NotesTransaction``.
  func replace(sources: [SourceNote]) throws { try SourceTable(db: db).replace(with: sources) }

  /// See ``NotesTransaction``.
  func replace(circuits: [CircuitNote]) throws {
    let table = CircuitTable(db: db)
    try table.empty()
    for circuit in circuits { try table.insert(circuit, reason: json(circuit.reason.encode)) }
  }

  /// The output of `encode`, written to a reused buffer.
  func json(_ encode: (inout JSONWriter) -> Void) -> SQLStatement.Value {
    writer.removeAll()
    encode(&writer)
    return .utf8(writer.bytes)
  }
}
