// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// What the sources of a notifier can use while they are polled, and where their requests for investigations go.
package struct Polling: Sendable {
  private let carrier: (any Carrying)?
  private let audit: AuditLog?
  private let auditLog: String

  /// Creates a value for sources that send nothing, such as those of a test.
  package init() {
    carrier = nil
    audit = nil
    auditLog = ""
  }

  /// Creates a value; `path` is the audit log's path.
  package init(carrier: any Carrying, audit: AuditLog, path: String) {
    self.carrier = carrier
    self.audit = audit
    auditLog = path
  }

  func context(at now: Instant) -> PollContext {
    PollContext(at: now, auditLog: auditLog) { [carrier] outgoing in
      await carrier?.carryOut(outgoing) ?? .failed(TransportFailure(.notConnected, "there is no transport"))
    }
  }

  /// Writes each request as a row of the audit log, from which the investigators take it.
  func request(_ investigations: [InvestigationRequest], of source: SourceName, at now: Instant) {
    guard let audit, !investigations.isEmpty else { return }
    audit.append(
      investigations.map { request in
        WakeRequest(
          emittedAt: now,
          probe: source.name,
          severity: request.alert.severity,
          category: request.alert.category,
          title: request.alert.title,
          detail: request.alert.detail,
          snapshot: request.details
        )
      }
    )
  }
}
