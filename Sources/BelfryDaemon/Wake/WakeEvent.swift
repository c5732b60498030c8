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
  /// The source that holds the alert, of a probe itself; empty when it is not known.
  package var source = ""
  package var severity: Severity
  package var category: String
  package var title: String
  package var detail: String
  package var labels: Labels = [:]
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
    source = request.probe
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
    } else if let told = WakeEvent(told: row) {
      self = told
    } else {
      return nil
    }
  }

  /// The alert that a row says was told; nil for any other row, such as that of a burst, or that it is resolved.
  private init?(told row: AuditLine) {
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
    title = "The alert \(id)"
    detail = "It was told on \(channel)."
    snapshot = ["channel": channel]
  }

  /// Takes over what the alert itself says: a row that an alert was told holds no text of it.
  package mutating func fill(from alert: Alert) {
    source = alert.source.name
    title = alert.title
    detail = alert.detail
    labels = alert.labels
    if !alert.firstSeen.isEmpty { snapshot["first_seen"] = alert.firstSeen }
  }
}

// MARK: - As it is given away, and kept

extension WakeEvent {
  /// The event as an investigator is given it, and as it is kept while nobody answered.
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

  /// Reads what `json` gave.
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

  /// Reads the text of what `json` gave.
  ///
  /// - Returns: nil for anything else.
  package init?(json text: String) {
    let (node, problems) = JSONTree.parse(SourceText(name: "event", bytes: Array(text.utf8)))
    guard problems.isEmpty, let node else { return nil }
    self.init(node)
  }

  /// The event for a person, word for word.
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
