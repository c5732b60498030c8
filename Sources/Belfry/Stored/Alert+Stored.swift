// SPDX-License-Identifier: Apache-2.0

/// In the shape in which sources push alerts, read back exactly as it was.
extension Alert: Storable {
  package static let stored = Stored(Alert(id: "", severity: .info, title: "")) { fields in
    fields.optional("source", { $0.source.name }, { $0.source = SourceName($1) }, default: "")
    fields.required("id", { $0.id }, { $0.id = $1 })
    fields.required("severity", { $0.severity }, { $0.severity = $1 })
    fields.required("category", { $0.category }, { $0.category = $1 })
    fields.required("title", { $0.title }, { $0.title = $1 })
    fields.required("detail", { $0.detail }, { $0.detail = $1 })
    fields.optional("source_panel", { $0.panel }, { $0.panel = $1 }, default: "")
    fields.optional("source_panel_route", { $0.link }, { $0.link = $1 }, default: "")
    fields.optional("first_seen_at", { $0.firstSeen }, { $0.firstSeen = $1 }, default: "")
    fields.optional("labels", { $0.labels }, { $0.labels = $1 }, default: [:])
    fields.optional("annotations", { $0.annotations }, { $0.annotations = $1 }, default: [:])
    fields.optional("generatorURL", { $0.sourceLink }, { $0.sourceLink = $1 }, default: "")
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
