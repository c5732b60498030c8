// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per timer of a list; an alert's own timer is stored in the alert's row, which is written with it.
struct TimerTable {
  private let db: Database
  private let upsert: SQLStatement
  private let deletion: SQLStatement
  private let one: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    upsert = try SQLStatement(
      db,
      "INSERT INTO timers (key, due) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET due = excluded.due"
    )
    deletion = try SQLStatement(db, "DELETE FROM timers WHERE key = ?")
    one = try SQLStatement(db, "SELECT due FROM timers WHERE key = ?")
  }

  /// Sets the timer, or removes it for nil.
  func set(_ due: Instant?, for list: HoldID) throws {
    if let due {
      try upsert.run(.text(list.description), .int(due.microseconds))
    } else {
      try deletion.run(.text(list.description))
    }
  }

  /// Removes the timer, and returns when it was due; nil if there was none.
  func take(_ list: HoldID) throws -> Instant? {
    let due = try due(of: list)
    if due != nil { try deletion.run(.text(list.description)) }
    return due
  }

  func due(of list: HoldID) throws -> Instant? {
    try one.first(.text(list.description)) { $0.instant(0) }
  }

  /// When a timer, of a list or an alert, is due; nil if it is not set.
  func due(of timer: TimerKey) throws -> Instant? {
    switch timer {
    case .list(let list): try due(of: list)
    case .alert(let key): try AlertTable(db).rows(of: [key])[key]?.due
    }
  }

  /// When these lists are due; lists without a timer are left out.
  func due(of lists: Set<HoldID>) throws -> [HoldID: Instant] {
    var due: [HoldID: Instant] = [:]
    try db.forEachChunk(of: lists.map(\.description), "SELECT key, due FROM timers WHERE key IN") { columns in
      guard let list = HoldID(text: columns.text(0)) else { return }
      due[list] = columns.instant(1)
    }
    return due
  }

  /// The timers due by `moment`, of lists and alerts, earliest first, then by name.
  func due(at moment: Instant, limit: Int) throws -> [(key: TimerKey, due: Instant)] {
    let lists = try due(at: moment, limit, "SELECT key, due FROM timers INDEXED BY timers_by_due")
    let alerts = try due(at: moment, limit, "SELECT 'alert:' || key, due FROM alerts INDEXED BY alerts_due")
    if lists.isEmpty || alerts.isEmpty { return lists + alerts }
    let all = (lists + alerts).sorted {
      $0.due != $1.due
        ? $0.due < $1.due : $0.key.description.utf8.lexicographicallyPrecedes($1.key.description.utf8)
    }
    return Array(all.prefix(limit))
  }

  private func due(at moment: Instant, _ limit: Int, _ select: String) throws -> [(key: TimerKey, due: Instant)] {
    var found: [(TimerKey, Instant)] = []
    // No LIMIT: unreadable rows are skipped and do not count.
    let statement = try SQLStatement(db, "\(select) WHERE due <= ? ORDER BY due, key")
    try statement.forEachWhile([.int(moment.microseconds)]) { columns in
      if let key = TimerKey(text: columns.text(0)) {
        found.append((key, columns.instant(1)))
      } else {
        DamageNotes.note(.timer, columns.text(0))
      }
      return found.count < limit
    }
    return found
  }

  /// The digests that have a timer, found by name: there may be very many groups and cooldowns too.
  private func digests() throws -> [HoldID] {
    var found: [HoldID] = []
    let select = try SQLStatement(db, "SELECT key FROM timers WHERE key >= 'digest:' AND key < 'digest;'")
    try select.forEach { columns in
      guard let list = HoldID(text: columns.text(0)) else { return DamageNotes.note(.timer, columns.text(0)) }
      found.append(list)
    }
    return found
  }

  /// Shifts the timers of lists by a step of the clock.
  func follow(_ step: ClockStep, _ longest: LongestWaits) throws {
    var moved: [HoldID: Instant] = [:]
    try SQLStatement(db, "SELECT key, due FROM timers").forEach { columns in
      guard let list = HoldID(text: columns.text(0)) else { return }
      let due = step.due(columns.instant(1), of: list, longest)
      if due != columns.instant(1) { moved[list] = due }
    }
    for (list, due) in moved { try set(due, for: list) }
  }

  /// See `Ledger.adopt`.
  func adopt(_ standing: [TimerKey: Instant], at now: Instant) throws {
    let earlier = try SQLStatement(
      db,
      "INSERT INTO timers (key, due) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET due = min(due, excluded.due)"
    )
    for (timer, due) in standing { try earlier.run(.text(timer.description), .int(due.microseconds)) }
    for digest in try digests() where standing[.list(digest)] == nil { try set(nil, for: digest) }
    // The policy forgets what is no longer expected.
    try SQLStatement(
      db,
      "INSERT OR IGNORE INTO timers (key, due) SELECT key, ? FROM entries WHERE key >= 'expect:' AND key < 'expect;'"
    ).run(.int(now.microseconds))
    try SQLStatement(
      db,
      "INSERT INTO timers (key, due) SELECT DISTINCT list, ? FROM lists WHERE list NOT IN (SELECT key FROM timers)"
    ).run(.int(now.microseconds))
  }
}
