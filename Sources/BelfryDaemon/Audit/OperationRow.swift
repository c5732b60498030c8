// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What can be a line of the audit log.
package protocol AuditEntry: Sendable {
  /// Writes the line's bytes, its newline included.
  func encode(into writer: inout JSONWriter)
}

/// One line of the audit log: what someone had the server do, or tried to.
package struct OperationRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  /// The name of the token it was done with.
  package var token: String
  /// What was done, such as `silence.add`.
  package var action: String
  /// What it was done to, such as a silence's id.
  package var subject: String
  /// What went wrong; nil when it was done.
  package var error: String?

  package init(emittedAt: Instant, token: String, action: String, subject: String, error: String? = nil) {
    self.emittedAt = emittedAt
    self.token = token
    self.action = action
    self.subject = subject
    self.error = error
  }

  package func encode(into writer: inout JSONWriter) {
    writer.beginRow(AuditSeam.operated, at: emittedAt)
    writer.member("token", token)
    writer.member("action", action)
    writer.member("subject", subject)
    writer.member("status", error == nil ? "ok" : "failed")
    if let error { writer.member("error", error) }
    writer.endRow()
  }
}
