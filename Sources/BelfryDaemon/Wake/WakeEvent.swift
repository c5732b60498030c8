// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A row of the audit log that someone could look into: what a probe found, or an alert that was told.
package struct WakeEvent: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case probe
    case alert
  }

  package var kind: Kind
  package var at: Instant
  /// The probe's name, or the alert's id.
  package var subject: String
  package var severity: Severity
  package var category: String
  package var title: String
  package var detail: String
  /// What else is known, by name.
  package var snapshot: [String: String]

  /// What is debounced together, and the session that the outcome is audited under.
  package var key: String {
    switch kind {
    case .probe: "probe:\(subject):\(category)"
    case .alert: "alert:\(category):\(severity.name)"
    }
  }

  package init(_ request: WakeRequest) {
    kind = .probe
    at = request.emittedAt
    subject = request.probe
    severity = request.severity
    category = request.category
    title = request.title
    detail = request.detail
    snapshot = request.snapshot
  }

  /// - Returns: nil for a row that nobody could look into.
  package init?(_ row: AuditLine) {
    if let request = WakeRequest(row) {
      self.init(request)
    } else if let told = AuditRow.toldAlert(row) {
      self = told
    } else {
      return nil
    }
  }
}

extension AuditRow {
  /// The alert that a row says was told; nil for any other row, such as that of a burst, or that it is resolved.
  package static func toldAlert(_ row: AuditLine) -> WakeEvent? {
    guard row.seam == AuditSeam.dispatched, row.value(of: "status") == "ok", row.value(of: "type") == nil,
      let at = row.emittedAt, let channel = row.value(of: "channel"), let id = row.value(of: "alert_id"),
      let severity = row.value(of: "severity"), let category = row.value(of: "category"),
      row.value(of: "\(severity)_count") == nil
    else { return nil }
    return WakeEvent(
      kind: .alert,
      at: at,
      subject: id,
      severity: Severity(severity),
      category: category,
      title: "The alert \(id)",
      detail: "It was told on \(channel).",
      snapshot: ["channel": channel]
    )
  }
}

extension WakeEvent {
  fileprivate init(
    kind: Kind,
    at: Instant,
    subject: String,
    severity: Severity,
    category: String,
    title: String,
    detail: String,
    snapshot: [String: String]
  ) {
    self.kind = kind
    self.at = at
    self.subject = subject
    self.severity = severity
    self.category = category
    self.title = title
    self.detail = detail
    self.snapshot = snapshot
  }

  /// The event as an investigator is given it, and as it is kept while nobody answered.
  package var json: [UInt8] {
    var writer = JSONWriter()
    writer.object { writer in
      writer.member("event", kind.rawValue)
      writer.member("at", at.iso8601)
      writer.member("subject", subject)
      writer.member("severity", severity.name)
      writer.member("category", category)
      writer.member("title", title)
      writer.member("detail", detail)
      writer.key("snapshot_details")
      writer.object { writer in
        for (name, text) in snapshot.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
      }
    }
    return writer.bytes
  }

  /// Reads what `json` gave.
  ///
  /// - Returns: nil for anything else.
  package init?(json text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "event", bytes: Array(text.utf8)))
    guard problems.isEmpty, let node, let kind = node["event"]?.string.flatMap({ Kind(rawValue: $0) }),
      let at = node["at"]?.string.flatMap({ Instant(iso8601: $0) }), let subject = node["subject"]?.string,
      let severity = node["severity"]?.string, let category = node["category"]?.string,
      let title = node["title"]?.string, let detail = node["detail"]?.string,
      let members = node["snapshot_details"]?.members
    else { return nil }
    self.init(
      kind: kind,
      at: at,
      subject: subject,
      severity: Severity(severity),
      category: category,
      title: title,
      detail: detail,
      snapshot: members.reduce(into: [:]) { $0[$1.name] = $1.node.string }
    )
  }

  /// The event for a person, word for word.
  package var text: String {
    let facts = snapshot.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return ([title, detail, "severity: \(severity.name), category: \(category), at: \(at.iso8601)"] + facts)
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }
}
