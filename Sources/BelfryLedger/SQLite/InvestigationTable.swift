// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per investigated event, in the order of the answers; read by `why`.
struct InvestigationTable {
  let db: Database

  /// Adds those that are not known yet: one event has one row for each message about it.
  func add(_ investigations: [RecordedInvestigation]) throws {
    let insert = try SQLStatement(
      db,
      "INSERT OR IGNORE INTO investigations (at, subject, channel, delivery, error) VALUES (?, ?, ?, ?, ?)"
    )
    for one in investigations {
      try insert.run(
        .int(one.at.microseconds),
        .text(one.subject.text),
        .text(one.channel.name),
        .text(one.delivery.text),
        one.error.map { .text($0) } ?? .null
      )
    }
  }

  /// The last ones about these subjects, latest last.
  func last(_ limit: Int, about subjects: [RecordedInvestigation.Subject]) throws -> [RecordedInvestigation] {
    let select = try SQLStatement(
      db,
      """
      SELECT at, channel, delivery, error, id FROM investigations INDEXED BY investigations_by_subject
      WHERE subject = ? ORDER BY at DESC, id DESC LIMIT ?
      """
    )
    var found: [(id: Int64, RecordedInvestigation)] = []
    for subject in subjects {
      try select.forEach(.text(subject.text), .int(Int64(limit))) { columns in
        let one = RecordedInvestigation(
          at: columns.instant(0),
          subject: subject,
          channel: ChannelName(columns.text(1)),
          delivery: DeliveryID(columns.text(2)),
          error: columns.isNull(3) ? nil : columns.text(3)
        )
        found.append((columns.int(4), one))
      }
    }
    return found.sorted { ($0.1.at, $0.id) < ($1.1.at, $1.id) }.suffix(limit).map(\.1)
  }
}
