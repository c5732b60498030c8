// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryLedger
internal import BelfryPolicy

/// A row of the audit log that can be investigated: a probe's finding, or an alert that was sent.
package struct InvestigationEvent: Sendable, Hashable {
  package enum Kind: String, Sendable {
    case probe
    case alert
  }

  package var kind: Kind
  package var at: Instant
  /// The probe's name, or the alert's ID.
  package var subject: String
  /// The source of the alert, or the probe; empty if unknown.
  package var source = ""
  package var severity: Severity
  package var category: String
  package var title: String
  package var detail: String
  package var labels: Labels = [:]
  /// Further known values, by name.
  package var snapshot: [String: String]

  /// The key for debouncing, which is also the audit session of the result.
  package var key: String {
    switch kind {
    case .probe: "probe:\(subject):\(category)"
    case .alert: "alert:\(category):\(severity.name)"
    }
  }

  package init(_ request: InvestigationRequestRow) {
    kind = .probe
    at = request.emittedAt
    subject = request.probe
    source = request.probe
    severity = request.severity
    category = request.category
    title = request.title
    detail = request.detail
    snapshot = request.snapshot
  }

  /// - Returns: nil for a row that cannot be investigated.
  package init?(_ row: AuditLine) {
    if let request = InvestigationRequestRow(row) {
      self.init(request)
    } else if let notified = InvestigationEvent(notification: row) {
      self = notified
    } else {
      return nil
    }
  }

  /// The alert that, according to a row of another program, was sent; nil for any other row, such as one about a burst
  /// or a resolved alert.
  private init?(notification row: AuditLine) {
    guard row.seam == AuditSeam.dispatched, row.value(of: "status") == "ok", row.value(of: "type") == nil,
      let moment = row.emittedAt, let channel = row.value(of: "channel"), let id = row.value(of: "alert_id"),
      let word = row.value(of: "severity"), let category = row.value(of: "category"),
      row.value(of: "\(word)_count") == nil
    else { return nil }
    kind = .alert
    at = moment
    subject = id
    severity = Severity(word)
    self.category = category
    title = "Alert \(id)"
    detail = "It was sent to \(channel)."
    snapshot = ["channel": channel]
  }

  /// What the ledger records as investigated.
  var recorded: RecordedInvestigation.Subject {
    switch kind {
    case .probe: .probe(SourceName(subject), category: category)
    case .alert where source.isEmpty: .unknownAlert(subject)
    case .alert: .alert(AlertKey(source: SourceName(source), id: subject))
    }
  }

  /// A message about one alert that arrived; nil for any other, such as one about a burst or a resolved alert.
  init?(_ delivered: DeliveredPage.Delivered) {
    switch delivered.record.delivery.content {
    case .alert(let alert) where !alert.isInvestigation, .test(let alert) where !alert.isInvestigation:
      let channel = delivered.record.delivery.channel
      kind = .alert
      at = delivered.at
      subject = alert.id
      severity = alert.severity
      category = alert.category
      title = alert.title
      detail = alert.detail
      snapshot = ["channel": channel.name]
      fill(from: alert)
    default: return nil
    }
  }

  /// Adds the alert's own texts: a row about a sent alert contains none of them.
  package mutating func fill(from alert: Alert) {
    source = alert.source.name
    title = alert.title
    detail = alert.detail
    labels = alert.labels
    if !alert.firstSeen.isEmpty { snapshot["first_seen"] = alert.firstSeen }
  }
}

// MARK: - For investigators, and for storage

extension InvestigationEvent {
  /// The event as given to an investigator, and as stored while unanswered.
  package var json: [UInt8] {
    var writer = JSONWriter()
    encode(into: &writer)
    return writer.bytes
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("event", kind.rawValue)
      writer.member("at", at.iso8601)
      writer.member("subject", subject)
      writer.member("source", source)
      writer.member("severity", severity.name)
      writer.member("category", category)
      writer.member("title", title)
      writer.member("detail", detail)
      writer.key("labels")
      writer.object { writer in
        for label in labels { writer.member(label.name, label.value) }
      }
      writer.member("snapshot_details", texts: snapshot)
    }
  }

  /// Reads the output of `json`.
  ///
  /// - Returns: nil for anything else.
  package init?(_ node: JSONNode) {
    guard let kind = node["event"]?.string.flatMap({ Kind(rawValue: $0) }),
      let at = node["at"]?.string.flatMap({ Instant(iso8601: $0) }), let subject = node["subject"]?.string,
      let severity = node["severity"]?.string, let category = node["category"]?.string,
      let title = node["title"]?.string, let detail = node["detail"]?.string,
      let snapshot = node["snapshot_details"]?.texts
    else { return nil }
    self.kind = kind
    self.at = at
    self.subject = subject
    self.source = node["source"]?.string ?? ""
    self.severity = Severity(severity)
    self.category = category
    self.title = title
    self.detail = detail
    self.labels = node["labels"]?.labels ?? [:]
    self.snapshot = snapshot
  }

  /// Reads the output of `json` as text.
  ///
  /// - Returns: nil for anything else.
  package init?(json text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "event", bytes: Array(text.utf8)))
    guard problems.isEmpty, let node else { return nil }
    self.init(node)
  }

  /// The event for people, verbatim.
  package var text: String {
    let name = kind == .alert && !source.isEmpty ? "alert: \(source)/\(subject)" : ""
    let facts =
      labels.map { "\($0.name): \($0.value)" } + snapshot.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
    return ([title, detail, name, "severity: \(severity.name), category: \(category), at: \(at.iso8601)"] + facts)
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, texts: [String: String]) {
    key(name)
    object { writer in
      for (name, text) in texts.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
    }
  }
}

extension JSONNode {
  fileprivate var texts: [String: String]? {
    members.map { members in members.reduce(into: [:]) { $0[$1.name] = $1.node.string } }
  }

  fileprivate var labels: Labels? {
    members.map { members in members.reduce(into: [:]) { $0[$1.name] = $1.node.string } }
  }
}
