// SPDX-License-Identifier: Apache-2.0

// Numbers, true, false, null, and text without quotes.
extension JSONReader {
  /// Reads the number that `peek` found, as written.
  package mutating func number() throws(JSONProblem) -> String {
    let start = offset
    while offset < count, JSONByte.continuesName(base[offset]) { offset &+= 1 }
    // At least one byte, whatever it is: the cursor must move.
    if offset == start { offset += 1 }
    let text = UnsafeBufferPointer(start: base + start, count: offset - start)
    if text.count > limits.numberBytes {
      report(.numberTooLong(at: start, bytes: text.count, limit: limits.numberBytes))
      return String(decoding: text.prefix(limits.numberBytes), as: UTF8.self)
    }
    let spelling = String(decoding: text, as: UTF8.self)
    if let flaw = JSONNumber.flaw(in: text) {
      report(.badNumber(at: start, shown(spelling), because: flaw))
    } else if JSONNumber.mayOverflow(text), let value = Double(spelling), value.isInfinite {
      report(.numberTooLarge(at: start, shown(spelling)))
    }
    return spelling
  }

  /// Reads the true or false that `peek` found.
  package mutating func bool() throws(JSONProblem) -> Bool {
    let start = offset
    let word = bareText(fromName: false)
    let value = word.lowercased() == "true"
    if word != "true" && word != "false" {
      report(.misspeltLiteral(at: start, word, meant: value ? "true" : "false"))
    }
    return value
  }

  /// Reads the null that `peek` found, or skips whatever is in place of a value.
  package mutating func null() throws(JSONProblem) {
    let start = offset
    guard JSONByte.beginsWord(base[offset]) else { return passMissing() }
    let word = bareText(fromName: false)
    if word != "null" { report(.misspeltLiteral(at: start, word, meant: "null")) }
  }

  private mutating func passMissing() {
    switch base[offset] {
    case JSONByte.comma, JSONByte.closeBrace, JSONByte.closeBracket:
      report(.missingValue(at: offset, before: character(base[offset])))
      // Inside brackets these bytes keep their meaning; outside, nothing else would skip them.
      if opened.isEmpty { offset += 1 }
    default:
      report(.unexpectedCharacter(at: offset, found: spelled(at: offset), expected: "a value"))
      skipJunk()
    }
  }

  /// The kind of value that a word without quotes is meant to be.
  func wordKind() -> Kind {
    if isWord("true") || isWord("false") { return .bool }
    if isWord("null") { return .null }
    let end = bareEnd(fromName: false)
    let mayMeanMore = Array("tfniTFNI".utf8).contains(base[offset])
    guard mayMeanMore, end - offset <= 8 else { return .string }
    switch String(decoding: UnsafeBufferPointer(start: base + offset, count: end - offset), as: UTF8.self).lowercased()
    {
    case "true", "false": return .bool
    case "null", "none", "nil": return .null
    case "nan", "infinity", "inf": return .number
    default: return .string
    }
  }

  private func isWord(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard offset + length <= count else { return false }
    for index in 0..<length where base[offset + index] != word.utf8Start[index] { return false }
    return offset + length == count || !JSONByte.continuesName(base[offset + length])
  }

  /// Reads text without quotes; the cursor is at its first byte.
  mutating func bareText(fromName: Bool) -> String {
    let end = max(bareEnd(fromName: fromName), offset + 1)
    defer { offset = end }
    return String(decoding: UnsafeBufferPointer(start: base + offset, count: end - offset), as: UTF8.self)
  }

  /// The end of the unquoted text that starts here: names end at a colon, values do not, as in `https://host`.
  private func bareEnd(fromName: Bool) -> Int {
    var end = offset
    while end < count {
      let byte = base[end]
      if !fromName && byte == JSONByte.dollar && end + 1 < count && base[end + 1] == JSONByte.openBrace {
        // `${NAME}` without quotes.
        end += 2
        while end < count && base[end] != JSONByte.closeBrace && base[end] > 0x20 { end += 1 }
        if end < count && base[end] == JSONByte.closeBrace { end += 1 }
        continue
      }
      let isMore = fromName ? JSONByte.continuesName(byte) : continuesText(byte)
      if !isMore { break }
      end += 1
    }
    return end
  }

  private func continuesText(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, JSONByte.comma, JSONByte.quote, JSONByte.openBrace, JSONByte.openBracket, JSONByte.closeBrace,
      JSONByte.closeBracket:
      false
    default: true
    }
  }
}

/// The grammar of a JSON number (RFC 8259, section 6).
enum JSONNumber {
  /// The fault of a number; nil if it is valid.
  static func flaw(in text: UnsafeBufferPointer<UInt8>) -> String? {
    var rest = text[...]
    if rest.first == JSONByte.minus { rest.removeFirst() }
    if rest.first == JSONByte.plus { return "it begins with a plus sign" }
    let whole = takeDigits(&rest)
    if whole.isEmpty {
      return rest.first == JSONByte.point ? "a digit is missing before the point" : "it has no digits"
    }
    if whole.count > 1 && whole.first == JSONByte.zero { return "it begins with a zero" }
    if rest.first == JSONByte.point {
      rest.removeFirst()
      if takeDigits(&rest).isEmpty { return "a digit is missing after the point" }
    }
    if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if rest.first == JSONByte.plus || rest.first == JSONByte.minus { rest.removeFirst() }
      if takeDigits(&rest).isEmpty { return "a digit is missing in the exponent" }
    }
    return rest.isEmpty ? nil : "there is more than a number"
  }

  /// Whether it may be out of range for a `Double`, and must be checked.
  static func mayOverflow(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    text.count > 300 || text.contains { $0 | 0x20 == UInt8(ascii: "e") }
  }

  private static func takeDigits(_ rest: inout Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
    let digits = rest.prefix(while: JSONByte.isDigit)
    rest = rest[digits.endIndex...]
    return digits
  }
}
