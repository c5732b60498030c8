// SPDX-License-Identifier: Apache-2.0
/// The event types of audit log rows.
package import Belfry

package enum AuditSeam {
  /// A delivery attempt.
  package static let dispatched = "notification.dispatched"
  /// An action of an operator.
  package static let operated = "operator.acted"
  /// The same, as older versions wrote it.
  static let formerlyOperated = "server.operated"
  /// A probe found a service degraded or unhealthy.
  package static let wakeRequested = "probe.wake_requested"
  /// A probe's result was investigated.
  package static let probeInvestigated = "probe.investigation_completed"
  /// An alert was investigated.
  package static let alertInvestigated = "alert.investigation_completed"
  /// Rows that were never written.
  package static let rowsLost = "audit.rows_lost"
}

/// A row of the audit log as read from it.
package struct AuditLine: Sendable {
  package let emittedAt: Instant?
  package let seam: String
  private let details: JSONNode?
  private let written: String

  /// - Returns: nil if the line is not a row.
  package init?(_ line: String) {
    let source = SourceText(name: "audit", bytes: Array(line.utf8))
    guard let node = JSONTree.parse(source).node, let seam = node["seam"]?.string, let at = node["emitted_at"]?.string
    else {
      return nil
    }
    self.seam = seam
    self.written = at
    self.emittedAt = Instant(iso8601: at)
    self.details = node["details"]
  }

  /// The row for people: time, result, channel and subject.
  package var text: String {
    if seam == AuditSeam.rowsLost {
      return "\(written) \(lostCount ?? 0) rows are missing here because they could not be written"
    }
    if seam == AuditSeam.operated {
      let error = detail("error").isEmpty ? "" : " (\(detail("error")))"
      let actor = "\(detail("by")) via \(detail("via"))"
      return "\(written) \(detail("status")) \(actor) \(detail("action")) \(detail("subject"))\(error)"
    }
    if seam == AuditSeam.formerlyOperated {
      return "\(written) \(detail("status")) \(detail("token")) \(detail("action")) \(detail("subject"))"
    }
    if seam == AuditSeam.wakeRequested {
      return "\(written) wake   \(detail("probe")) \(detail("severity")) \(detail("category"))"
    }
    if seam == AuditSeam.probeInvestigated || seam == AuditSeam.alertInvestigated {
      let error = detail("error").isEmpty ? "" : " (\(detail("error")))"
      return "\(written) investigated \(detail("channel")) \(detail("severity")) \(detail("subject"))\(error)"
    }
    guard seam == AuditSeam.dispatched else { return "\(written) \(seam)" }
    let status = ["ok": "ok    ", "partial": "partial"][detail("status")] ?? "failed"
    let missed = detail("refused").isEmpty ? "" : ": refused \(detail("refused"))"
    let error = detail("error").isEmpty ? "" : " (\(detail("error"))\(missed))"
    let kind = detail("type").isEmpty ? "" : "\(detail("type")) "
    return "\(written) \(status) \(detail("channel")) \(kind)\(detail("severity")) \(detail("alert_id"))\(error)"
  }

  /// The number of rows that were never written, if the row reports such.
  package var lostCount: Int? {
    guard seam == AuditSeam.rowsLost, case .number(let text) = details?["count"]?.value else { return nil }
    return Int(text)
  }

  /// A member of the details as text; nil if it is absent, an object, a list or null.
  package func value(of name: String) -> String? {
    switch details?[name]?.value {
    case .string(let text), .number(let text): text
    case .bool(let value): value ? "true" : "false"
    default: nil
    }
  }

  /// The texts in an object of the details, by name; nil if there is no such object.
  package func texts(in name: String) -> [String: String]? {
    details?[name]?.members.map { members in
      members.reduce(into: [:]) { texts, member in texts[member.name] = member.node.string }
    }
  }

  private func detail(_ name: String) -> String { details?[name]?.string ?? "" }
}
