// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport

/// Belfry's own alert after the audit log was deleted, replaced or cut off while it runs.
///
/// It ends with the next start: a new process does not know the rows that are gone, and `belfry audit verify` does.
package struct AuditAlarm: Sendable {
  private let ledger: any DecisionStore
  private let notifier: Notifier
  private let time: any TimeSource

  /// The alert's key.
  package static let key = AlertKey(source: .belfry, id: "audit/rows_gone")

  package init(ledger: any DecisionStore, notifier: Notifier, time: any TimeSource) {
    self.ledger = ledger
    self.notifier = notifier
    self.time = time
  }

  /// Raises or ends the alert; `loss` says why rows are gone, and is nil when none are.
  package func judge(_ loss: String?) async throws {
    let isActive = try await ledger.record(of: AuditAlarm.key)?.isActive == true
    switch loss {
    case let loss? where !isActive: try await notifier.ingest([.fired(alert(loss))])
    case nil where isActive: try await notifier.ingest([.resolved(AuditAlarm.key)])
    default: break
    }
  }

  private func alert(_ loss: String) -> Alert {
    Alert(
      source: .belfry,
      id: AuditAlarm.key.id,
      severity: .critical,
      category: "audit_log_damaged",
      title: loss,
      detail:
        "Rows of the audit log are gone; new ones go to a new file. Put the old file back as `audit.DAY.jsonl`, and "
        + "find out who removed it. This alert ends when Belfry is started again.",
      firstSeen: time.now().iso8601
    )
  }
}
