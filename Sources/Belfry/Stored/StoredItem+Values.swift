// SPDX-License-Identifier: Apache-2.0

// What fields hold: numbers, texts, names, moments and lists.

extension String: StoredItem {
  package func encode(into writer: inout JSONWriter) { writer.string(self) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let text = try StoredForm.string(&reader) else { return nil }
    self = text
  }
}

extension Int: StoredItem {
  package func encode(into writer: inout JSONWriter) { writer.int(self) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let number = try StoredForm.int(&reader) else { return nil }
    self = number
  }
}

extension Bool: StoredItem {
  package func encode(into writer: inout JSONWriter) { writer.bool(self) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let value = try StoredForm.bool(&reader) else { return nil }
    self = value
  }
}

/// In microseconds.
extension Instant: StoredItem {
  package func encode(into writer: inout JSONWriter) { writer.int(microseconds) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let moment = try StoredForm.instant(&reader) else { return nil }
    self = moment
  }
}

/// In microseconds.
extension Duration: StoredItem {
  package func encode(into writer: inout JSONWriter) { writer.int(microseconds) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let count = try StoredForm.int(&reader) else { return nil }
    self = .microseconds(Int64(count))
  }
}

extension Array: StoredItem where Element: StoredItem {
  package func encode(into writer: inout JSONWriter) {
    writer.beginArray()
    for element in self { element.encode(into: &writer) }
    writer.endArray()
  }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let elements = try StoredForm.list(&reader, { (reader) throws(JSONProblem) in try Element(stored: &reader) })
    else { return nil }
    self = elements
  }
}

/// A value that is stored as one text.
package protocol StoredText: StoredItem {
  var storedText: String { get }
  init?(storedText: String)
}

extension StoredText {
  package func encode(into writer: inout JSONWriter) { writer.string(storedText) }
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let text = try StoredForm.string(&reader), let value = Self(storedText: text) else { return nil }
    self = value
  }
}

/// The word alone where the standard scale gives it the same rank, as in earlier releases.
extension Severity: StoredItem {
  package func encode(into writer: inout JSONWriter) {
    if self == Severity(name) { return writer.string(name) }
    writer.object { writer in
      writer.member("word", name)
      writer.member("rank", rank)
      writer.member("level", level.rawValue)
    }
  }

  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    if try reader.peek() == .string {
      self.init(try reader.string())
      return
    }
    var (word, rank): (String?, Int?) = (nil, nil)
    var level = Level.other
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      switch name {
      case "word": word = try StoredForm.string(&reader)
      case "rank": rank = try StoredForm.int(&reader)
      case "level": level = try StoredForm.string(&reader).flatMap { Level(rawValue: $0) } ?? .other
      default: try reader.skip()
      }
      return true
    }
    guard isRead, let word, let rank, rank >= 0 else { return nil }
    self.init(word, rank: rank, level: level)
  }
}

extension ChannelName: StoredText {
  package var storedText: String { name }
  package init(storedText: String) { self.init(storedText) }
}

extension DeliveryID: StoredText {
  package var storedText: String { text }
  package init(storedText: String) { self.init(storedText) }
}

extension AlertKey: StoredText {
  package var storedText: String { description }
  package init?(storedText: String) { self.init(text: storedText) }
}

extension AlertKey {
  /// Reads the output of `description`.
  package init?(text: String) {
    guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    let id = text.utf8[text.utf8.index(after: slash)...]
    self.init(source: SourceName(String(text[..<slash])), id: String(Substring(id)))
  }
}
