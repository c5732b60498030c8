// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row an attempt that failed: what `why` reads.
///
/// The attempt that succeeded is the delivery's own row, so that what goes well costs nothing here.
struct AttemptTable {
  private let insertion: SQLStatement
  private let selection: SQLStatement

  init(_ db: Database) throws {
    insertion = try SQLStatement(
      db,
      """
      INSERT INTO attempts (delivery, number, at, reason, retry_at)
      SELECT id, attempts, ?, ?, ? FROM deliveries WHERE id = ? ON CONFLICT DO NOTHING
      """
    )
    selection = try SQLStatement(
      db,
      "SELECT number, at, reason, retry_at FROM attempts WHERE delivery = ? ORDER BY number"
    )
  }

  func insert(
    _ delivery: DeliveryID,
    at now: Instant,
    _ reason: Verdict.Reason,
    retryAt: Instant?,
    in transaction: SQLiteTransaction
  ) throws {
    try insertion.run(
      .int(now.microseconds),
      transaction.json(reason.encode),
      retryAt.map { .int($0.microseconds) } ?? .null,
      .text(delivery.text)
    )
  }

  func list(of delivery: DeliveryID) throws -> [FailedAttempt] {
    var found: [FailedAttempt] = []
    try selection.forEach(.text(delivery.text)) { columns in
      guard let reason = Verdict.Reason(stored: columns.utf8(2)) else {
        throw LedgerError.unreadable("an attempt at the delivery \(delivery)")
      }
      found.append(
        FailedAttempt(
          number: Int(columns.int(0)),
          at: columns.instant(1),
          reason: reason,
          retryAt: columns.isNull(3) ? nil : columns.instant(3)
        )
      )
    }
    return found
  }
}
