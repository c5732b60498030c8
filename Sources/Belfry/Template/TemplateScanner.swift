// SPDX-License-Identifier: Apache-2.0

/// Reads the words of a template.
///
/// Everything is skipped only once, so that a template is read in linear time.
struct TemplateScanner {
  /// What begins after a text.
  enum Opening {
    /// `{{`.
    case value
    /// `{%`.
    case tag
  }

  /// Words that cannot be names.
  static let reserved: Set<String> = ["and", "or", "not", "in", "true", "false"]

  private let bytes: [UInt8]
  private(set) var position = 0
  /// Whether the last `-%}` or `-}}` removes the white space after it.
  private var trimsNext = false

  init(_ source: String) { bytes = Array(source.utf8) }

  var count: Int { bytes.count }
  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return position == bytes.count
    }
  }

  func problem(_ text: String, remedy: String = "", at offset: Int) -> TemplateProblem {
    let before = bytes[..<min(offset, bytes.count)]
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return TemplateProblem(
      text: text,
      remedy: remedy,
      line: before.count { $0 == UInt8(ascii: "\n") } + 1,
      column: String(decoding: before[start...], as: UTF8.self).count + 1
    )
  }

  // MARK: - Text between tags

  /// The text up to the next `{{` or `{%`, without comments; the position is then at it.
  mutating func text() throws(TemplateProblem) -> (text: String, opening: Opening?) {
    var text: [UInt8] = []
    while true {
      if trimsNext { skipSpace() }
      trimsNext = false
      let start = position
      while position < bytes.count, !isOpening(at: position) { position += 1 }
      text += bytes[start..<position]
      guard position < bytes.count else { return (String(decoding: text, as: UTF8.self), nil) }
      if position + 2 < bytes.count, bytes[position + 2] == UInt8(ascii: "-") {
        while let last = text.last, TemplateScanner.isSpace(last) { text.removeLast() }
      }
      switch bytes[position + 1] {
      case UInt8(ascii: "{"): return (String(decoding: text, as: UTF8.self), .value)
      case UInt8(ascii: "%"): return (String(decoding: text, as: UTF8.self), .tag)
      default: try skipComment()
      }
    }
  }

  private func isOpening(at index: Int) -> Bool {
    guard bytes[index] == UInt8(ascii: "{"), index + 1 < bytes.count else { return false }
    return [UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#")].contains(bytes[index + 1])
  }

  private mutating func skipComment() throws(TemplateProblem) {
    let start = position
    position += 2
    while position + 1 < bytes.count {
      if bytes[position] == UInt8(ascii: "#"), bytes[position + 1] == UInt8(ascii: "}") {
        trimsNext = bytes[position - 1] == UInt8(ascii: "-") && position > start + 2
        position += 2
        return
      }
      position += 1
    }
    throw problem("this comment is not closed.", remedy: "Close it with #}.", at: start)
  }

  /// Skips `{{`, `{%` and a `-` after it.
  mutating func open() {
    position += 2
    if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
    skipSpace()
  }

  /// Skips `}}` or `%}`, and a `-` before it.
  mutating func close(_ mark: StaticString, of start: Int) throws(TemplateProblem) {
    let opening = mark.description == "}}" ? "{{" : "{%"
    trimsNext = takeByte(UInt8(ascii: "-"))
    for byte in mark.description.utf8 {
      if position == bytes.count {
        throw problem("\"\(opening)\" is not closed.", remedy: "Close it with \"\(mark)\".", at: start)
      }
      guard takeByte(byte) else {
        throw problem("expected \"\(mark)\".", remedy: "Texts are written in quotes.", at: position)
      }
    }
  }

  private mutating func takeByte(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  // MARK: - Words in tags

  /// Skips a mark and the space after it, if the mark is next.
  mutating func take(_ mark: Unicode.Scalar) -> Bool {
    guard mark.isASCII, takeByte(UInt8(truncatingIfNeeded: mark.value)) else { return false }
    skipSpace()
    return true
  }

  /// Skips a word and the space after it, if the word is next.
  mutating func takeWord(_ word: String) -> Bool {
    let end = endOfName(from: position)
    guard bytes[position..<end].elementsEqual(word.utf8) else { return false }
    position = end
    skipSpace()
    return true
  }

  /// A name and the space after it; nil if none is next.
  mutating func name() -> String? {
    let end = endOfName(from: position)
    guard end > position, !TemplateScanner.isDigit(bytes[position]) else { return nil }
    let name = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end
    skipSpace()
    return name
  }

  /// The next member of a path, `.name`, `.0` or `["any name"]`, and its place; nil if there is none.
  mutating func member() throws(TemplateProblem) -> (name: String, place: Int)? {
    let start = position
    if takeByte(UInt8(ascii: ".")) {
      let place = position
      let end = endOfName(from: position)
      guard end > position else { throw problem("expected a name after the dot.", at: place) }
      position = end
      skipSpace()
      return (String(decoding: bytes[place..<end], as: UTF8.self), place)
    }
    guard take("[") else { return nil }
    let place = position
    guard let name = try string() else {
      throw problem(
        "expected a name in quotes.",
        remedy: "Write it like labels[\"app.kubernetes.io/name\"].",
        at: place
      )
    }
    guard take("]") else { throw problem("this bracket is not closed.", at: start) }
    return (name, place)
  }

  mutating func comparison() -> TemplateExpression.Comparison? {
    for comparison in TemplateExpression.Comparison.allCases where comparison != .contained {
      let mark = Array(comparison.rawValue.utf8)
      if bytes[position...].starts(with: mark) {
        position += mark.count
        skipSpace()
        return comparison
      }
    }
    return takeWord("in") ? .contained : nil
  }

  /// A text in double or single quotes, and the space after it; nil if none is next.
  mutating func string() throws(TemplateProblem) -> String? {
    let start = position
    guard start < bytes.count, [UInt8(ascii: "\""), UInt8(ascii: "'")].contains(bytes[start]) else { return nil }
    let quote = bytes[start]
    position += 1
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      if byte == quote {
        skipSpace()
        return String(decoding: text, as: UTF8.self)
      }
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        continue
      }
      text.append(try escaped())
    }
    throw problem("this text is not closed.", remedy: "Close it with \(Character(Unicode.Scalar(quote))).", at: start)
  }

  private mutating func escaped() throws(TemplateProblem) -> UInt8 {
    let place = position - 1
    position += 1
    switch position <= bytes.count ? bytes[position - 1] : 0 {
    case UInt8(ascii: "n"): return UInt8(ascii: "\n")
    case UInt8(ascii: "t"): return UInt8(ascii: "\t")
    case let byte where [UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "'")].contains(byte): return byte
    default: throw problem("unknown escape.", remedy: "Known: \\n, \\t, \\\\, \\\", \\'.", at: place)
    }
  }

  /// A whole number, and the space after it; nil if none is next.
  mutating func number() throws(TemplateProblem) -> Int? {
    let start = position
    var end = start
    if end < bytes.count, bytes[end] == UInt8(ascii: "-") { end += 1 }
    let first = end
    while end < bytes.count, TemplateScanner.isDigit(bytes[end]) { end += 1 }
    if end == first { return nil }
    guard let number = Int(String(decoding: bytes[start..<end], as: UTF8.self)) else {
      throw problem("this number is too large.", at: start)
    }
    position = end
    skipSpace()
    return number
  }

  private func endOfName(from start: Int) -> Int {
    var end = start
    while end < bytes.count, TemplateScanner.isOfName(bytes[end]) { end += 1 }
    return end
  }

  private mutating func skipSpace() {
    while position < bytes.count, TemplateScanner.isSpace(bytes[position]) { position += 1 }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
  private static func isOfName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
    default: isDigit(byte)
    }
  }
}
