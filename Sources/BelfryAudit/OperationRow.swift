// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A type that can be written as a line of the audit log.
package protocol AuditEntry: Sendable {
  /// Writes the line, including its newline.
  func encode(into writer: inout JSONWriter)
  /// The settled attempt that it is about; nil for every other row.
  var attempt: DeliveryAttempt? { get }
}

extension AuditEntry {
  package var attempt: DeliveryAttempt? { nil }
}

/// Identifies the person or program that acts, and how the request reached Belfry.
package struct Operator: Sendable, Hashable {
  package enum Way: String, Sendable, CaseIterable {
    /// The command line.
    case cli
    /// The HTTP API.
    case http
    /// A tool of MCP, over HTTP or standard input.
    case mcp
    /// A button of the cockpit.
    case cockpit
    /// An acknowledge link in a message.
    case link
    /// A signal to the process.
    case signal
    /// A change to channels.json.
    case file
    /// A program that Belfry is part of.
    case code
  }

  /// The name of the token, or of the user at the command line.
  package var name: String
  package var way: Way

  package init(_ name: String, _ way: Way) {
    self.name = name
    self.way = way
  }
}

/// Records one action of an operator, or an attempt at one, as a row of the audit log.
///
/// The row is the same for the command line, HTTP, MCP and the cockpit, except for `by` and `via`.
package struct OperationRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  package var actor: Operator
  /// The action's name, such as `silence.add`.
  package var action: String
  /// The id of what the action is applied to, such as a silence's.
  package var subject: String
  /// The code of the failure; nil when the action succeeded.
  package var error: String?

  package init(emittedAt: Instant, actor: Operator, action: String, subject: String, error: String? = nil) {
    self.emittedAt = emittedAt
    self.actor = actor
    self.action = action
    self.subject = subject
    self.error = error
  }

  package func encode(into writer: inout JSONWriter) {
    writer.beginRow(AuditSeam.operated, at: emittedAt)
    writer.member("by", actor.name)
    writer.member("via", actor.way.rawValue)
    writer.member("action", action)
    writer.member("subject", subject)
    writer.member("status", error == nil ? "ok" : "failed")
    if let error { writer.member("error", error) }
    writer.endRow()
  }
}
