// SPDX-License-Identifier: Apache-2.0

extension Receipt {
  /// Writes the values by name, so that `init(stored:)` reads them back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    for value in values {
      writer.key(value.name)
      writer.string(value.value)
    }
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var values: [Labels.Label] = []
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      guard let value = try StoredForm.string(&reader) else { return false }
      values.append(Labels.Label(name: name.text, value: value))
      return true
    }
    guard isRead else { return nil }
    self.init(Labels(values))
  }
}

extension Verdict.Reason {
  /// Writes the code and the sentence, so that `init(stored:)` reads them back.
  package func encode(into writer: inout JSONWriter) {
    writer.beginObject()
    writer.key("code")
    writer.string(code)
    writer.key("text")
    writer.string(text)
    if let outcome {
      writer.key("class")
      writer.string(outcome.rawValue)
    }
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var parts = Parts()
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in try parts.take(name, &reader) }
    guard isRead, let code = parts.code else { return nil }
    self.init(code, parts.text)
    outcome = parts.outcome
  }

  /// Reads what `encode` wrote as a member of something larger.
  init?(stored reader: inout JSONReader) throws(JSONProblem) {
    var parts = Parts()
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in try parts.take(name, &reader) }
    guard isRead, let code = parts.code else { return nil }
    self.init(code, parts.text)
    outcome = parts.outcome
  }

  private struct Parts {
    var code: String?
    var text = ""
    var outcome: Verdict.Outcome?

    mutating func take(_ name: JSONName, _ reader: inout JSONReader) throws(JSONProblem) -> Bool {
      switch name {
      case "code": code = try StoredForm.string(&reader)
      case "text": text = try StoredForm.string(&reader) ?? ""
      case "class": outcome = try StoredForm.string(&reader).flatMap(Verdict.Outcome.init(rawValue:))
      default: try reader.skip()
      }
      return true
    }
  }
}
