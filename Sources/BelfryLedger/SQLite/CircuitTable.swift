// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per circuit that is not closed, as last recorded by the dispatcher.
struct CircuitTable {
  let db: Database

  func empty() throws { try SQLStatement(db, "DELETE FROM circuits").run() }

  func insert(_ note: CircuitNote, reason: SQLStatement.Value) throws {
    let insertion = try SQLStatement(db, "INSERT INTO circuits VALUES (?, ?, ?, ?, ?)")
    try insertion.run(
      .text(note.channel.name),
      .int(note.since.microseconds),
      .int(note.until.microseconds),
      .int(note.rest.microseconds),
      reason
    )
  }

  /// The circuits, by channel.
  func list() throws -> [CircuitNote] {
    var notes: [CircuitNote] = []
    try SQLStatement(db, "SELECT channel, since, until, rest, reason FROM circuits ORDER BY channel").forEach {
      columns in
      let channel = ChannelName(columns.text(0))
      notes.append(
        CircuitNote(
          channel: channel,
          since: columns.instant(1),
          until: columns.instant(2),
          rest: columns.instant(3) - Instant(microseconds: 0),
          because: Verdict.Reason(columns.utf8(4), or: Damage(.circuit, channel.name))
        )
      )
    }
    return notes
  }
}
