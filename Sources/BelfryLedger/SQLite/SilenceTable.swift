// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per silence, kept after it has ended.
struct SilenceTable {
  private let upsert: SQLStatement
  private let current: SQLStatement
  private let all: SQLStatement

  init(_ db: Database) throws {
    upsert = try SQLStatement(
      db,
      """
      INSERT INTO silences (id, until, body) VALUES (?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET until = excluded.until, body = excluded.body
      """
    )
    current = try SQLStatement(
      db,
      "SELECT body, id FROM silences INDEXED BY silences_by_end WHERE until > ? ORDER BY id"
    )
    all = try SQLStatement(db, "SELECT body, id FROM silences ORDER BY until DESC, id")
  }

  /// Writes a silence; `until` is when it ends, or ended early.
  func set(_ silence: Silence, in transaction: SQLiteTransaction) throws {
    let until = silence.endedAt ?? silence.until
    try upsert.run(.text(silence.id.text), .int(until.microseconds), transaction.json(silence.encode))
  }

  func current(at now: Instant) throws -> [Silence] {
    var silences: [Silence] = []
    try current.forEach(.int(now.microseconds)) { if let silence = Self.read($0) { silences.append(silence) } }
    return silences
  }

  func list() throws -> [Silence] {
    var silences: [Silence] = []
    try all.forEach { if let silence = Self.read($0) { silences.append(silence) } }
    return silences
  }

  /// Reads a silence; nil if it is unreadable.
  ///
  /// It then silences nothing, because too many notifications are better than too few.
  private static func read(_ columns: SQLStatement.Row) -> Silence? {
    guard let silence = Silence(stored: columns.utf8(0)), silence.id.text == columns.text(1) else {
      DamageNotes.note(.silence, columns.text(1))
      return nil
    }
    return silence
  }
}
