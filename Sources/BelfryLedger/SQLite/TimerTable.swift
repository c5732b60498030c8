// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row a timer.
struct TimerTable {
  private let db: Database
  private let upsert: SQLStatement
  private let deletion: SQLStatement
  private let selection: SQLStatement
  private let one: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    upsert = try SQLStatement(
      db,
      "INSERT INTO timers (key, due) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET due = excluded.due"
    )
    deletion = try SQLStatement(db, "DELETE FROM timers WHERE key = ?")
    one = try SQLStatement(db, "SELECT due FROM timers WHERE key = ?")
    selection = try SQLStatement(
      db,
      "SELECT key, due FROM timers INDEXED BY timers_by_due WHERE due <= ? ORDER BY due, key LIMIT ?"
    )
  }

  /// Sets the timer, or removes it.
  func set(_ due: Instant?, for key: TimerKey) throws {
    if let due {
      try upsert.run(.text(key.description), .int(due.microseconds))
    } else {
      try deletion.run(.text(key.description))
    }
  }

  /// Removes the timer, and says when it was due; nil when there was none.
  func take(_ key: TimerKey) throws -> Instant? {
    let due = try due(of: key)
    if due != nil { try deletion.run(.text(key.description)) }
    return due
  }

  func due(of key: TimerKey) throws -> Instant? {
    try one.first(.text(key.description)) { $0.instant(0) }
  }

  /// When these lists are due; none for those that have no timer.
  func due(of lists: Set<ListKey>) throws -> [ListKey: Instant] {
    var due: [ListKey: Instant] = [:]
    let names = lists.map { TimerKey.list($0).description }
    try db.forEachChunk(of: names, "SELECT key, due FROM timers WHERE key IN") { columns in
      guard case .list(let list) = TimerKey(text: columns.text(0)) else { return }
      due[list] = columns.instant(1)
    }
    return due
  }

  /// The timers that are due then, the earliest first.
  func due(at moment: Instant, limit: Int = .max) throws -> [(key: TimerKey, due: Instant)] {
    var found: [(TimerKey, Instant)] = []
    try selection.forEach(.int(moment.microseconds), .int(Int64(limit))) { columns in
      guard let key = TimerKey(text: columns.text(0)) else {
        throw LedgerError.unreadable("the timer \(columns.text(0))")
      }
      found.append((key, columns.instant(1)))
    }
    return found
  }

  /// The timers of digests, which are found by their names: there may be a timer for each of very many alerts too.
  private func digests() throws -> [TimerKey] {
    var found: [TimerKey] = []
    let select = try SQLStatement(db, "SELECT key FROM timers WHERE key >= 'digest:' AND key < 'digest;'")
    try select.forEach { columns in
      guard let key = TimerKey(text: columns.text(0)) else {
        throw LedgerError.unreadable("the timer \(columns.text(0))")
      }
      found.append(key)
    }
    return found
  }

  /// See `Ledger.adopt`.
  func adopt(_ standing: [TimerKey: Instant], at now: Instant) throws {
    let earlier = try SQLStatement(
      db,
      "INSERT INTO timers (key, due) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET due = min(due, excluded.due)"
    )
    for (timer, due) in standing { try earlier.run(.text(timer.description), .int(due.microseconds)) }
    for timer in try digests() where standing[timer] == nil { try set(nil, for: timer) }
    try SQLStatement(
      db,
      "INSERT INTO timers (key, due) SELECT DISTINCT list, ? FROM lists WHERE list NOT IN (SELECT key FROM timers)"
    ).run(.int(now.microseconds))
  }
}
