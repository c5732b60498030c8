// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A type that can be written as a line of the audit log.
package protocol AuditEntry: Sendable {
  /// Writes the line, including its newline.
  func encode(into writer: inout JSONWriter)
}

/// One line of the audit log: an action on the server, or an attempt at one.
package struct OperationRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  /// The name of the token used.
  package var token: String
  /// The action, such as `silence.add`.
  package var action: String
  /// The object of the action, such as a silence's ID.
  package var subject: String
  /// The error; nil on success.
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
