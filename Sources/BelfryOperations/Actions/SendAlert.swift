// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryPolicy

/// Sends an alert of the operator's own through the whole policy, or resolves it.
package struct SendAlert: Action {
  private let alert: Alert
  private let isResolved: Bool

  /// The alert is of the source `command`; for one that has resolved, only its id matters.
  package init(_ alert: Alert, isResolved: Bool = false) {
    self.alert = alert
    self.isResolved = isResolved
  }

  package var name: ActionName { isResolved ? .resolveAlert : .sendAlert }
  package var subject: String { alert.key.description }

  package func perform(in operations: Operations, by actor: Operator) async throws -> SentAlert {
    // An id that is cut, or has characters replaced, is the same one when the alert resolves.
    let (clean, findings) = cleaned(at: operations.now)
    let effects = try await operations.engine.ingest([isResolved ? .resolved(clean.key) : .fired(clean)])
    return SentAlert(key: clean.key, findings: findings, effects: effects)
  }

  /// What is typed is held to the same limits as what a source says.
  private func cleaned(at now: Instant) -> (Alert, [Finding]) {
    var writer = JSONWriter()
    var plain = alert
    plain.severity = Severity(alert.severity.name)
    writer.array([plain]) { $1.encodeWhole(into: &$0) }
    let text = SourceText(name: "belfry send", bytes: writer.bytes)
    let snapshot = AlertDecoding.read(text, from: alert.source, now: now)
    return (snapshot.alerts.first ?? alert, snapshot.findings)
  }
}

/// An alert that was sent, and what was decided about it.
package struct SentAlert: ActionOutcome {
  package let key: AlertKey
  /// What was changed in the alert to keep within the limits.
  package let findings: [Finding]
  package let effects: Effects

  package var subject: String { key.description }

  package var lines: [String] {
    effects.decisions.isEmpty
      ? ["\(key): no change"] : effects.decisions.map { $0.decision.text(at: $0.at) }
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("alert_id", key.id)
      writer.key("decisions")
      writer.array(effects.decisions) { writer, recorded in
        writer.object { $0.members(of: recorded.decision) }
      }
      effects.encodeCounts(into: &writer)
    }
  }
}
