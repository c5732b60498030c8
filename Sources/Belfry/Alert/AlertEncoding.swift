// SPDX-License-Identifier: Apache-2.0

/// Writes alerts as JSON in Belfry's own format, and reads back exactly what it wrote.
package enum AlertEncoding {
  /// Writes an alert as an object; empty optional fields are omitted.
  package static func encode(_ alert: Alert, into writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("source", alert.source.name)
    writer.member("id", alert.id, always: true)
    writer.member("severity", alert.severity.name, always: true)
    writer.member("category", alert.category, always: true)
    writer.member("title", alert.title, always: true)
    writer.member("detail", alert.detail, always: true)
    writer.member("source_panel", alert.panel)
    writer.member("source_panel_route", alert.link)
    writer.member("first_seen_at", alert.firstSeen)
    if !alert.labels.isEmpty {
      writer.key("labels")
      writer.beginObject()
      for label in alert.labels { writer.member(label.name, label.value, always: true) }
      writer.endObject()
    }
    writer.endObject()
  }

  /// Limits that never cut a text that Belfry wrote itself.
  fileprivate static let storedLimits = JSONLimits(depth: 2, stringBytes: .max)
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String, always: Bool = false) {
    guard always || !value.isEmpty else { return }
    key(name)
    string(value)
  }
}

extension Alert {
  /// Reads the output of `AlertEncoding.encode`, unchanged; nil for any other text.
  package init?(stored bytes: [UInt8]) {
    var alert = Alert(id: "", severity: .info, title: "")
    let outcome = JSONReader.read(bytes, limits: AlertEncoding.storedLimits) { reader throws(JSONProblem) in
      try alert.readStored(&reader)
    }
    guard outcome.value == true, outcome.problemCount == 0 else { return nil }
    self = alert
  }

  /// Reads it at the reader's position, as part of a larger text.
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    self.init(id: "", severity: .info, title: "")
    guard try readStored(&reader) else { return nil }
  }

  /// - Returns: whether it was an alert as Belfry writes them.
  private mutating func readStored(_ reader: inout JSONReader) throws(JSONProblem) -> Bool {
    guard try reader.peek() == .object, try reader.enter() else { return false }
    var required = 5
    while let name = try reader.nextName() {
      if case "labels" = name {
        guard try readStoredLabels(&reader) else { return false }
        continue
      }
      guard try reader.peek() == .string else { return false }
      let text = try reader.string()
      switch name {
      case "source": source = SourceName(text)
      case "source_panel": panel = text
      case "source_panel_route": link = text
      case "first_seen_at": firstSeen = text
      default:
        guard setRequired(name, text) else { return false }
        required -= 1
      }
    }
    return required == 0
  }

  private mutating func setRequired(_ name: JSONName, _ text: String) -> Bool {
    switch name {
    case "id": id = text
    case "severity": severity = Severity(text)
    case "category": category = text
    case "title": title = text
    case "detail": detail = text
    default: return false
    }
    return true
  }

  private mutating func readStoredLabels(_ reader: inout JSONReader) throws(JSONProblem) -> Bool {
    guard try reader.peek() == .object, try reader.enter() else { return false }
    var read: [Labels.Label] = []
    read.reserveCapacity(8)
    while let name = try reader.nextName() {
      guard try reader.peek() == .string else { return false }
      read.append(Labels.Label(name: name.text, value: try reader.string()))
    }
    labels = Labels(read)
    return true
  }
}
