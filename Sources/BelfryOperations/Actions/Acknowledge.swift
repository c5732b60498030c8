// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
package import BelfryPolicy

/// Acknowledges an active alert: until it resolves, no reminders are sent and it does not escalate.
package struct Acknowledge: Action {
  private let alert: AlertReference
  private let comment: String
  /// Set for a link in a message: the alert must have been active since that message.
  private let during: Instant?

  package init(_ alert: AlertReference, comment: String = "", during: Instant? = nil) {
    self.alert = alert
    self.comment = comment.oneLine.truncated(to: 500)
    self.during = during
  }

  package var name: ActionName { .acknowledge }
  package var subject: String { alert.text }

  package func perform(in operations: Operations, by actor: Operator) async throws -> Acknowledged {
    let record = try await alert.activeRecord(in: operations)
    let key = record.alert.key
    _ = try await operations.engine.ingest([
      .acknowledged(key, by: actor.name, comment: comment, during: during)
    ])
    let after = try await operations.ledger.record(of: key)
    guard let after, after.isActive, let acknowledgement = after.acknowledgement else {
      throw OperationRefusal(.ended, "\(key) has just resolved: there is nothing to acknowledge.")
    }
    let upcoming = Policy(rules: operations.configuration.rules).upcoming(record)
    return Acknowledged(
      record: record,
      acknowledgement: acknowledgement,
      stopped: upcoming.filter(\.isStoppedByAcknowledgement)
    )
  }
}

/// An alert that was acknowledged, and the reminders and escalations that this stopped.
package struct Acknowledged: ActionOutcome {
  /// As the alert was before.
  package let record: AlertRecord
  package let acknowledgement: Acknowledgement
  package let stopped: [Upcoming]

  package var subject: String { record.alert.key.description }

  package func text(_ time: TimeText) -> String {
    let alert = record.alert
    let note = acknowledgement.comment.isEmpty ? "" : " (\(acknowledgement.comment))"
    var lines = [
      "acknowledged by \(acknowledgement.by)\(note): \(alert.severity) \(alert.key) “\(alert.title.oneLine)”"
    ]
    if let earlier = record.acknowledgement {
      lines.append("previously acknowledged by \(earlier.by) at \(time.full(earlier.at))")
    }
    lines += stopped.map { "stops: \($0.words(time))" }
    if stopped.isEmpty, record.acknowledgement == nil { lines.append("no reminders or escalations were pending") }
    return lines.printedLines
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("alert_id", record.alert.id)
      writer.member("source", record.alert.source.name)
      writer.key("stops")
      stopped.encode(into: &writer)
    }
  }
}

// MARK: - Reminders and escalations

extension Upcoming {
  /// Whether it does not happen while the alert is acknowledged.
  var isStoppedByAcknowledgement: Bool { kind == .reminder || kind == .escalation }

  /// `escalation to phone at … (routes[0].escalate[0], line 11)`.
  func words(_ time: TimeText) -> String {
    let channels = channels.map(\.name).joined(separator: ", ")
    let what = kind == .escalation ? "escalation" : "reminder"
    return "\(what) to \(channels) at \(time.full(due))" + (rule.map { " (\($0))" } ?? "")
  }
}

extension [Upcoming] {
  func encode(into writer: inout JSONWriter) {
    writer.array(self) { writer, step in
      writer.object {
        $0.member("what", step.kind.rawValue)
        $0.member("due", step.due.iso8601)
        $0.member("channels", step.channels.map(\.name))
        $0.member("rule", step.rule?.path)
      }
    }
  }
}
