// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A row of the audit log as it is read back.
package struct AuditLine: Sendable {
  package let emittedAt: Instant?
  package let seam: String
  private let details: JSONNode?
  private let written: String

  /// - Returns: nil for a line that is no row.
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

  /// The row for a person: when, what became of it, through which channel, about what.
  package var text: String {
    if seam == AuditGap.seam { return "\(written) \(lostCount ?? 0) rows that could not be written are missing here" }
    guard seam == AuditRow.dispatched else { return "\(written) \(seam)" }
    let status = detail("status") == "ok" ? "ok    " : "failed"
    let error = detail("error").isEmpty ? "" : " (\(detail("error")))"
    let kind = detail("type").isEmpty ? "" : "\(detail("type")) "
    return "\(written) \(status) \(detail("channel")) \(kind)\(detail("severity")) \(detail("alert_id"))\(error)"
  }

  /// How many rows were never written, where the row stands for such.
  package var lostCount: Int? {
    guard seam == AuditGap.seam, case .number(let text) = details?["count"]?.value else { return nil }
    return Int(text)
  }

  private func detail(_ name: String) -> String { details?[name]?.string ?? "" }
}

/// Which rows of an audit log are asked for.
package struct AuditFilter: Sendable {
  package var earliest: Instant?
  package var seam: String?

  package init(earliest: Instant? = nil, seam: String? = nil) {
    self.earliest = earliest
    self.seam = seam
  }

  package func takes(_ row: AuditLine) -> Bool {
    if let seam, row.seam != seam { return false }
    guard let earliest else { return true }
    return row.emittedAt.map { $0 >= earliest } ?? false
  }
}
