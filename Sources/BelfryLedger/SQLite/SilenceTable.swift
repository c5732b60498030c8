// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per silence, kept after it has ended.
struct SilenceTable {
  private let db: Database
  private let upsert: SQLStatement
  private let current: SQLStatement

  init(_ db: Database) throws {
    self.db = db
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
  }

  /// Writes a silence.
  func set(_ silence: Silence, in transaction: SQLiteTransaction) throws {
    try upsert.run(.text(silence.id.text), .int(silence.end.microseconds), transaction.json(silence.encode))
  }

  func current(at now: Instant) throws -> [Silence] {
    var silences: [Silence] = []
    try current.forEach(.int(now.microseconds)) { if let silence = Self.read($0) { silences.append(silence) } }
    return silences
  }

  /// The silences with these IDs, over or not.
  func silences(_ ids: Set<SilenceID>) throws -> [SilenceID: Silence] {
    var silences: [SilenceID: Silence] = [:]
    try db.forEachChunk(of: ids.map(\.text), "SELECT body, id FROM silences WHERE id IN") { columns in
      if let silence = Self.read(columns) { silences[silence.id] = silence }
    }
    return silences
  }

  /// A page of all silences, by their end, latest first.
  func page(after last: Silence?, limit: Int) throws -> [Silence] {
    let select = try SQLStatement(
      db,
      """
      SELECT body, id FROM silences INDEXED BY silences_by_end
      WHERE (until, id) < (?, ?) ORDER BY until DESC, id DESC
      """
    )
    var silences: [Silence] = []
    // Without LIMIT: a page of unreadable rows is not the last one.
    try select.forEachWhile([.int(last?.end.microseconds ?? .max), .text(last?.id.text ?? "")]) { columns in
      if let silence = Self.read(columns) { silences.append(silence) }
      return silences.count < limit
    }
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
