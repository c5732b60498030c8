// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per decision, in the order of time, and numbered per alert; read by `why`.
struct DecisionTable {
  private let db: Database
  private let insertion: SQLStatement
  private let addition: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    let into =
      "INSERT INTO decisions (alert, number, at, severity, outcome, channels, until, reason, rule, line)"
    insertion = try SQLStatement(db, "\(into) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    addition = try SQLStatement(
      db,
      """
      \(into) SELECT ?1, max(number) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM decisions WHERE alert = ?1
      """
    )
  }

  func insert(
    _ decision: Decision,
    at now: Instant,
    alert: Int64,
    number: Int,
    in transaction: SQLiteTransaction
  ) throws {
    var channels = SQLStatement.Value.null
    var until = SQLStatement.Value.null
    switch decision.outcome {
    case .notify(let names):
      channels = transaction.json { writer in
        writer.beginArray()
        for name in names { writer.string(name.name) }
        // No channel has this name.
        if !decision.deliveries.isEmpty { writer.string("") }
        for delivery in decision.deliveries { writer.string(delivery.text) }
        writer.endArray()
      }
    case .hold(let moment): until = moment.map { .int($0.microseconds) } ?? .null
    case .suppress: break
    }
    let values: [SQLStatement.Value] = [
      .int(alert),
      .int(Int64(number)),
      .int(now.microseconds),
      .text(decision.severity.name),
      .text(decision.outcome.name),
      channels,
      until,
      transaction.json(decision.cause.encode),
      .text(decision.rule.path),
      .int(Int64(decision.rule.line)),
    ]
    do {
      try insertion.run(values)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      // The alert's row counts fewer decisions than exist: it was damaged.
      DamageNotes.note(.alert, decision.alert.description)
      try addition.run(values)
    }
  }

  /// The last decisions about an alert, latest last.
  func last(_ limit: Int, about alert: AlertKey) throws -> [RecordedDecision] {
    let select = try SQLStatement(
      db,
      """
      SELECT at, severity, outcome, channels, until, reason, rule, line FROM decisions
      WHERE alert = (SELECT id FROM alerts WHERE key = ?) ORDER BY number DESC LIMIT ?
      """
    )
    var found: [RecordedDecision] = []
    try select.forEach(.text(alert.description), .int(Int64(limit))) { columns in
      guard let (outcome, deliveries) = Self.outcome(columns) else {
        return DamageNotes.note(.decision, alert.description)
      }
      let decision = Decision(
        alert: alert,
        severity: Severity(columns.text(1)),
        outcome: outcome,
        cause: Decision.Cause(stored: columns.utf8(5)),
        rule: Rule(
          storedPath: columns.text(6),
          line: Int(clamping: max(-1_000_000_000, min(1_000_000_000, columns.int(7))))
        ),
        deliveries: deliveries
      )
      found.append(RecordedDecision(at: columns.instant(0), decision: decision))
    }
    return found.reversed()
  }

  /// The outcome of a decision; nil if it is unreadable.
  private static func outcome(_ columns: SQLStatement.Row) -> (Decision.Outcome, [DeliveryID])? {
    switch columns.text(2) {
    case "notify":
      guard let names = StoredForm.strings(columns.utf8(3)) else { break }
      let parts = names.split(separator: "", maxSplits: 1, omittingEmptySubsequences: false)
      return (.notify(parts[0].map { ChannelName($0) }), parts.dropFirst().joined().map { DeliveryID($0) })
    case "hold": return (.hold(until: columns.isNull(4) ? nil : columns.instant(4)), [])
    case "suppress": return (.suppress, [])
    default: break
    }
    return nil
  }
}
