// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per hold: its state between batches.
struct EntryTable {
  private let db: Database
  private let upsert: SQLStatement
  private let deletion: SQLStatement
  private let one: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    upsert = try SQLStatement(
      db,
      "INSERT INTO entries (key, body) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET body = excluded.body"
    )
    deletion = try SQLStatement(db, "DELETE FROM entries WHERE key = ?")
    one = try SQLStatement(db, "SELECT body FROM entries WHERE key = ?")
  }

  /// The state of a hold; nil if it has none.
  ///
  /// An unreadable one counts as absent: the hold starts again and overwrites it.
  func state(of hold: HoldID) throws -> HoldState? {
    let key = hold.description
    let body = try one.first(.text(key)) { $0.utf8(0) }
    guard let body else { return nil }
    guard let state = HoldState(stored: body) else {
      DamageNotes.note(.entry, key)
      return nil
    }
    return state
  }

  func entries(_ keys: Set<HoldID>) throws -> [HoldID: HoldState] {
    var entries: [HoldID: HoldState] = [:]
    try db.forEachChunk(of: keys.map(\.description), "SELECT key, body FROM entries WHERE key IN") { columns in
      // An unreadable one counts as absent: the hold starts again and overwrites it.
      guard let key = HoldID(text: columns.text(0)), let entry = HoldState(stored: columns.utf8(1)) else {
        return DamageNotes.note(.entry, columns.text(0))
      }
      entries[key] = entry
    }
    return entries
  }

  /// Shifts the state of holds by a step of the clock.
  func follow(_ step: ClockStep, _ longest: LongestWaits, in transaction: SQLiteTransaction) throws {
    var moved: [HoldID: HoldState] = [:]
    try SQLStatement(db, "SELECT key, body FROM entries").forEach { columns in
      // Unreadable ones are reported when they are needed.
      guard let key = HoldID(text: columns.text(0)), let entry = HoldState(stored: columns.utf8(1)) else { return }
      let following = entry.following(step, of: key, longest)
      if following != entry { moved[key] = following }
    }
    for (key, entry) in moved { try set(entry, for: key, in: transaction) }
  }

  /// Sets the entry, or removes it for nil.
  func set(_ entry: HoldState?, for key: HoldID, in transaction: SQLiteTransaction) throws {
    guard let entry else { return try deletion.run(.text(key.description)) }
    try upsert.run(.text(key.description), transaction.json(entry.encode))
  }
}
