// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit

/// One line of the audit log: a probe found a service degraded or unhealthy, and requests an investigation.
///
/// Readers use this type too, so that every row that is written can be read.
package struct InvestigationRequestRow: AuditEntry, Hashable {
  package var emittedAt: Instant
  package var probe: String
  package var severity: Severity
  package var category: String
  package var title: String
  package var detail: String
  /// The probe's results, by name.
  package var snapshot: [String: String]

  package init(
    emittedAt: Instant,
    probe: String,
    severity: Severity,
    category: String,
    title: String,
    detail: String,
    snapshot: [String: String]
  ) {
    self.emittedAt = emittedAt
    self.probe = probe
    self.severity = severity
    self.category = category
    self.title = title
    self.detail = detail
    self.snapshot = snapshot
  }

  /// - Returns: nil for another row, or an incomplete one.
  package init?(_ row: AuditLine) {
    guard row.seam == AuditSeam.wakeRequested, let emittedAt = row.emittedAt,
      let probe = row.value(of: "probe"), let severity = row.value(of: "severity"),
      let category = row.value(of: "category"), let title = row.value(of: "title"),
      let detail = row.value(of: "detail"), let snapshot = row.texts(in: "snapshot_details")
    else { return nil }
    self.init(
      emittedAt: emittedAt,
      probe: probe,
      severity: Severity(severity),
      category: category,
      title: title,
      detail: detail,
      snapshot: snapshot
    )
  }

  package func encode(into writer: inout JSONWriter) {
    writer.beginRow(AuditSeam.wakeRequested, at: emittedAt)
    writer.member("probe", probe)
    writer.member("severity", severity.name)
    writer.member("category", category)
    writer.member("title", title)
    writer.member("detail", detail)
    writer.key("snapshot_details")
    writer.beginObject()
    for (name, text) in snapshot.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
    writer.endObject()
    writer.endRow()
  }
}
