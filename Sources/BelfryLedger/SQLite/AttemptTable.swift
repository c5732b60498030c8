// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per failed attempt, read by `why`.
///
/// The successful attempt is the delivery's own row, so success costs nothing here.
struct AttemptTable {
  private let db: Database
  private let insertion: SQLStatement
  private let selection: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    insertion = try SQLStatement(
      db,
      """
      INSERT INTO attempts (delivery, number, at, reason, retry_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
      """
    )
    selection = try SQLStatement(
      db,
      "SELECT number, at, reason, retry_at FROM attempts WHERE delivery = ? ORDER BY number"
    )
  }

  func insert(_ attempt: FailedAttempt, at delivery: DeliveryID, in transaction: SQLiteTransaction) throws {
    try insertion.run(
      .text(delivery.text),
      .int(Int64(attempt.number)),
      .int(attempt.at.microseconds),
      transaction.json(attempt.reason.encode),
      attempt.retryAt.map { .int($0.microseconds) } ?? .null
    )
  }

  func list(of delivery: DeliveryID) throws -> [FailedAttempt] {
    var found: [FailedAttempt] = []
    try selection.forEach(.text(delivery.text)) { found.append(Self.read($0, of: delivery)) }
    return found
  }

  /// The attempts at each of these deliveries; deliveries without a failed attempt are left out.
  func lists(of deliveries: some Collection<DeliveryID>) throws -> [DeliveryID: [FailedAttempt]] {
    var found: [DeliveryID: [FailedAttempt]] = [:]
    try db.forEachChunk(
      of: deliveries.map(\.text),
      "SELECT number, at, reason, retry_at, delivery FROM attempts WHERE delivery IN"
    ) { columns in
      let delivery = DeliveryID(columns.text(4))
      found[delivery, default: []].append(Self.read(columns, of: delivery))
    }
    return found.mapValues { $0.sorted { $0.number < $1.number } }
  }

  private static func read(_ columns: SQLStatement.Row, of delivery: DeliveryID) -> FailedAttempt {
    FailedAttempt(
      number: columns.count(0),
      at: columns.instant(1),
      reason: Verdict.Reason(columns.utf8(2), or: Damage(.attempt, delivery.text)),
      retryAt: columns.isNull(3) ? nil : columns.instant(3)
    )
  }
}

extension Verdict.Reason {
  /// Reads a stored reason; an unreadable one is replaced by a reason that states this, and noted as damage.
  init(_ stored: [UInt8], or damage: Damage) {
    if let reason = Verdict.Reason(stored: stored) {
      self = reason
    } else {
      DamageNotes.note(damage.kind, damage.name)
      self.init("unreadable", "its record in the ledger cannot be read.")
    }
  }
}
