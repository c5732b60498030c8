// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row a decision, numbered for each alert: what `why` reads.
struct DecisionTable {
  private let db: Database
  private let insertion: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    insertion = try SQLStatement(db, "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
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
    try insertion.run(
      .int(alert),
      .int(Int64(number)),
      .int(now.microseconds),
      .text(decision.severity.name),
      .text(decision.outcome.name),
      channels,
      until,
      .text(decision.reason),
      .text(decision.rule.path),
      .int(Int64(decision.rule.line))
    )
  }

  /// The last decisions about an alert, the latest last.
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
      let (outcome, deliveries) = try Self.outcome(columns)
      let decision = Decision(
        alert: alert,
        severity: Severity(columns.text(1)),
        outcome: outcome,
        reason: columns.text(5),
        rule: Rule(path: columns.text(6), line: Int(columns.int(7))),
        deliveries: deliveries
      )
      found.append(RecordedDecision(at: columns.instant(0), decision: decision))
    }
    return found.reversed()
  }

  private static func outcome(_ columns: SQLStatement.Row) throws -> (Decision.Outcome, [DeliveryID]) {
    switch columns.text(2) {
    case "notify":
      guard let names = StoredForm.strings(columns.utf8(3)) else { break }
      let parts = names.split(separator: "", maxSplits: 1, omittingEmptySubsequences: false)
      return (.notify(parts[0].map { ChannelName($0) }), parts.dropFirst().joined().map { DeliveryID($0) })
    case "hold": return (.hold(until: columns.isNull(4) ? nil : columns.instant(4)), [])
    case "suppress": return (.suppress, [])
    default: break
    }
    throw LedgerError.unreadable("a decision's outcome \(columns.text(2))")
  }
}
