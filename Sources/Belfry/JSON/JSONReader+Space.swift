// SPDX-License-Identifier: Apache-2.0

// Between the tokens: white space, comments, and positions for messages.
extension JSONReader {
  /// Moves to the next token and returns its first byte.
  @inline(__always)
  mutating func token() throws(JSONProblem) -> UInt8 {
    while offset < count {
      let byte = base[offset]
      if byte > 0x20 {
        if (byte == JSONByte.slash || byte == JSONByte.hash), try skipComment() { continue }
        return byte
      }
      if !JSONByte.isSpace(byte) { return byte }
      offset &+= 1
    }
    throw endOfText()
  }

  /// Like `token`, but the end of the text is not a mistake.
  mutating func skipSpace() throws(JSONProblem) {
    while offset < count {
      let byte = base[offset]
      if byte == JSONByte.slash || byte == JSONByte.hash {
        if try !skipComment() { return }
      } else if JSONByte.isSpace(byte) {
        offset += 1
      } else {
        return
      }
    }
  }

  /// Skips a comment (`//`, `#` or `/* */`); false if there is none.
  private mutating func skipComment() throws(JSONProblem) -> Bool {
    let start = offset
    let second = offset + 1 < count ? base[offset + 1] : 0
    if base[offset] == JSONByte.hash || second == JSONByte.slash {
      report(.comment(at: start))
      while offset < count && base[offset] != JSONByte.newline { offset += 1 }
      return true
    }
    guard second == JSONByte.star else { return false }
    report(.comment(at: start))
    offset += 2
    while offset + 1 < count {
      if base[offset] == JSONByte.star && base[offset + 1] == JSONByte.slash {
        offset += 2
        return true
      }
      offset += 1
    }
    offset = count
    throw .endOfText(at: count, inside: "the comment that opens on line \(line(of: start))", closing: "*/")
  }

  /// The problem to throw if the text ends too early.
  func endOfText() -> JSONProblem {
    guard let start = opened.last else { return .endOfText(at: count, inside: "a value", closing: "what is missing") }
    return .endOfText(
      at: count,
      inside: "the \(openerName(at: start)) that opens on line \(line(of: start))",
      closing: character(JSONByte.closer(of: base[start]))
    )
  }

  func openerName(at start: Int) -> String { base[start] == JSONByte.openBrace ? "object" : "list" }

  func character(_ byte: UInt8) -> String { String(decoding: CollectionOfOne(byte), as: UTF8.self) }

  /// Whether the next problem is kept; if not, no message is built, so that a text full of mistakes costs little.
  private var reportsMore: Bool { problems.count < limits.problems }

  /// Text of the file as a message may show it.
  func shown(_ text: String) -> String { reportsMore ? JSONProblem.shown(text) : "" }

  /// The line, from 1; 0 once no more problems are kept, because counting lines is slow for many of them.
  func line(of place: Int) -> Int {
    guard reportsMore else { return 0 }
    return UnsafeBufferPointer(start: base, count: min(place, count)).reduce(into: 1) { line, byte in
      if byte == JSONByte.newline { line += 1 }
    }
  }

  /// The character at `place` in quotes, or its number if it is invisible.
  func spelled(at place: Int) -> String {
    guard reportsMore else { return "" }
    guard place < count else { return "the end" }
    var tail = UnsafeBufferPointer(start: base + place, count: min(4, count - place)).makeIterator()
    var decoder = UTF8()
    guard case .scalarValue(let scalar) = decoder.decode(&tail) else { return "a byte that is not UTF-8" }
    return JSONReader.spelled(scalar)
  }

  static func spelled(_ scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse, .surrogate:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    default:
      return "\"\(scalar)\""
    }
  }
}
