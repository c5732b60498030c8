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
    writer.endObject()
  }

  /// Reads what `encode` wrote; nil for anything else.
  package init?(stored bytes: [UInt8]) {
    var code: String?
    var text = ""
    let isRead = StoredForm.read(bytes) { (name, reader) throws(JSONProblem) in
      switch name {
      case "code": code = try StoredForm.string(&reader)
      case "text": text = try StoredForm.string(&reader) ?? ""
      default: try reader.skip()
      }
      return true
    }
    guard isRead, let code else { return nil }
    self.init(code, text)
  }
}
