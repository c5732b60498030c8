// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryTransport

/// What the sources of a notifier can use while they are polled, and where their requests for investigations go.
package struct Polling: Sendable {
  private let transport: (any Transport)?
  private let audit: AuditLog?
  private let auditLog: String

  /// Creates a value for sources that send nothing, such as those of a test.
  package init() {
    transport = nil
    audit = nil
    auditLog = ""
  }

  /// Creates a value; `path` is the audit log's path.
  package init(transport: any Transport, audit: AuditLog, path: String) {
    self.transport = transport
    self.audit = audit
    auditLog = path
  }

  func context(at now: Instant) -> PollContext {
    PollContext(at: now, auditLog: auditLog) { [transport] outgoing in
      await transport?.send(outgoing) ?? .failed(TransportFailure(.notConnected, "there is no transport"))
    }
  }

  /// Writes each request as a row of the audit log, from which the investigators take it.
  func request(_ investigations: [InvestigationRequest], of source: SourceName, at now: Instant) {
    guard let audit, !investigations.isEmpty else { return }
    audit.append(
      investigations.map { request in
        InvestigationRequestRow(
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
