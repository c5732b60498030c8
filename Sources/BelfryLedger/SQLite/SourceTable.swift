// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per source: its state when the notifier last recorded it.
struct SourceTable {
  let db: Database

  /// Replaces all rows with these.
  func replace(with notes: [SourceNote]) throws {
    try SQLStatement(db, "DELETE FROM sources").run()
    let insertion = try SQLStatement(db, "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)")
    for note in notes {
      try insertion.run(
        .text(note.name.name),
        note.lastRead.map { .int($0.microseconds) } ?? .null,
        note.trouble.map { .text($0.reason) } ?? .null,
        note.trouble.map { .int($0.since.microseconds) } ?? .null,
        .int(Int64(note.active)),
        .int(note.at.microseconds)
      )
    }
  }

  /// The sources, by name.
  func list() throws -> [SourceNote] {
    var notes: [SourceNote] = []
    let select = try SQLStatement(
      db,
      "SELECT name, last_read, trouble, trouble_since, active, noted_at FROM sources ORDER BY name"
    )
    try select.forEach { columns in
      var note = SourceNote(
        name: SourceName(columns.text(0)),
        lastRead: columns.isNull(1) ? nil : columns.instant(1),
        active: columns.count(4),
        at: columns.instant(5)
      )
      if !columns.isNull(2) { note.trouble = SourceNote.Trouble(columns.text(2), since: columns.instant(3)) }
      notes.append(note)
    }
    return notes
  }
}
