// SPDX-License-Identifier: Apache-2.0

/// Read back exactly as it was.
///
/// An annotation that repeats the title or the text, as those of Prometheus do, is not stored again.
extension Alert: StoredItem {
  package func encode(into writer: inout JSONWriter) {
    var body = AlertBody(alert: self)
    for (name, text) in AlertBody.repeatable where annotations[name]?.isExactly(text(self)) == true {
      body.repeated.append(name)
      body.alert.annotations[name] = nil
    }
    if !sourceLink.isEmpty, sourceLink.isExactly(link) {
      body.repeated.append(AlertBody.sourceLink)
      body.alert.sourceLink = ""
    }
    AlertBody.stored.encode(body, into: &writer)
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let body = try AlertBody.stored.decode(&reader) else { return nil }
    self = body.alert
    guard !body.repeated.isEmpty else { return }
    for (name, text) in AlertBody.repeatable where body.repeated.contains(name) { annotations[name] = text(self) }
    if body.repeated.contains(AlertBody.sourceLink) { sourceLink = link }
  }

  /// Writes the alert in the shape in which sources push alerts.
  package func encodeWhole(into writer: inout JSONWriter) {
    AlertBody.stored.encode(AlertBody(alert: self), into: &writer)
  }
}

/// An alert, and what it repeats.
private struct AlertBody: Sendable {
  var alert = Alert(id: "", severity: .info, title: "")
  /// The names of annotations with the same text as a field, and `generatorURL` if it is the link.
  var repeated: [String] = []

  static let sourceLink = "generatorURL"
  static let repeatable: [(name: String, text: @Sendable (Alert) -> String)] = [
    ("summary", { $0.title }), ("description", { $0.detail }), ("link", { $0.link }), ("runbook_url", { $0.link }),
  ]

  static let stored = Stored(AlertBody()) { fields in
    fields.optional("source", { $0.alert.source.name }, { $0.alert.source = SourceName($1) }, default: "")
    fields.required("id", { $0.alert.id }, { $0.alert.id = $1 })
    fields.required("severity", { $0.alert.severity }, { $0.alert.severity = $1 })
    fields.required("category", { $0.alert.category }, { $0.alert.category = $1 })
    fields.required("title", { $0.alert.title }, { $0.alert.title = $1 })
    fields.required("detail", { $0.alert.detail }, { $0.alert.detail = $1 })
    fields.optional("source_panel", { $0.alert.panel }, { $0.alert.panel = $1 }, default: "")
    fields.optional("source_panel_route", { $0.alert.link }, { $0.alert.link = $1 }, default: "")
    fields.optional("first_seen_at", { $0.alert.firstSeen }, { $0.alert.firstSeen = $1 }, default: "")
    fields.optional("labels", { $0.alert.labels }, { $0.alert.labels = $1 }, default: [:])
    fields.optional("annotations", { $0.alert.annotations }, { $0.alert.annotations = $1 }, default: [:])
    fields.optional("generatorURL", { $0.alert.sourceLink }, { $0.alert.sourceLink = $1 }, default: "")
    fields.optional("repeated", { $0.repeated }, { $0.repeated = $1 }, default: [])
  }
}

/// An object of texts by name.
extension Labels: StoredItem {
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    for label in self {
      writer.key(label.name)
      writer.string(label.value)
    }
    writer.endObject()
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    var labels: [Label] = []
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      guard let value = try StoredForm.string(&reader) else { return false }
      labels.append(Label(name: name.text, value: value))
      return true
    }
    guard isRead else { return nil }
    self.init(labels)
  }
}
