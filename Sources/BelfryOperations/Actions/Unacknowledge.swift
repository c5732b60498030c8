// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryConfiguration
internal import BelfryEngine
internal import BelfryLedger
package import BelfryPolicy

/// Withdraws the acknowledgement of an active alert: reminders and escalation continue.
package struct Unacknowledge: Action {
  private let alert: AlertReference

  package init(_ alert: AlertReference) { self.alert = alert }

  package var name: ActionName { .unacknowledge }
  package var subject: String { alert.text }

  package func perform(in operations: Operations, by actor: Operator) async throws -> Unacknowledged {
    let record = try await alert.activeRecord(in: operations)
    let key = record.alert.key
    guard let acknowledgement = record.acknowledgement else {
      throw OperationRefusal(.ended, "\(key) is not acknowledged.")
    }
    _ = try await operations.engine.ingest([.unacknowledged(key, by: actor.name)])
    guard let after = try await operations.ledger.record(of: key), after.isActive else {
      throw OperationRefusal(.ended, "\(key) ended just now: there is no acknowledgement to withdraw.")
    }
    return Unacknowledged(
      alert: record.alert,
      acknowledgement: acknowledgement,
      resumed: Policy(rules: operations.configuration.rules).upcoming(after).filter(\.isStoppedByAcknowledgement)
    )
  }
}

/// An alert whose acknowledgement was withdrawn, and the reminders and escalations that are pending again.
package struct Unacknowledged: ActionOutcome {
  package let alert: Alert
  /// The acknowledgement that was withdrawn.
  package let acknowledgement: Acknowledgement
  package let resumed: [Upcoming]

  package var subject: String { alert.key.description }

  package func text(_ time: TimeText) -> String {
    let first =
      "no longer acknowledged by \(acknowledgement.by): \(alert.severity) \(alert.key) “\(alert.title.oneLine)”"
    return ([first] + resumed.map { "resumes: \($0.words(time))" }).printedLines
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("alert_id", alert.id)
      writer.member("source", alert.source.name)
      writer.key("resumes")
      resumed.encode(into: &writer)
    }
  }
}
