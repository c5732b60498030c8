// SPDX-License-Identifier: Apache-2.0

// Escapes inside strings.
extension JSONReader {
  /// Decodes the escape at `place` into `scratch`.
  ///
  /// - Returns: where the string continues.
  mutating func escape(at place: Int) -> Int {
    guard place + 1 < count else { return count }
    switch base[place + 1] {
    case JSONByte.quote, JSONByte.backslash, JSONByte.slash: scratch.append(base[place + 1])
    case UInt8(ascii: "n"): scratch.append(0x0A)
    case UInt8(ascii: "t"): scratch.append(0x09)
    case UInt8(ascii: "r"): scratch.append(0x0D)
    case UInt8(ascii: "b"): scratch.append(0x08)
    case UInt8(ascii: "f"): scratch.append(0x0C)
    case UInt8(ascii: "u"): return unicodeEscape(at: place)
    default: return badEscape(at: place)
    }
    return place + 2
  }

  /// Decodes `\uXXXX`, or two of them for a character beyond U+FFFF.
  private mutating func unicodeEscape(at place: Int) -> Int {
    guard let unit = hexadecimal(at: place + 2) else { return badEscape(at: place) }
    if let scalar = Unicode.Scalar(unit) {
      append(scalar)
      return place + 6
    }
    if unit < 0xDC00, place + 7 < count, base[place + 6] == JSONByte.backslash, base[place + 7] == UInt8(ascii: "u"),
      let low = hexadecimal(at: place + 8), (0xDC00...0xDFFF).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    {
      append(scalar)
      return place + 12
    }
    report(.loneSurrogate(at: place))
    hasReplaced = true
    append("\u{FFFD}")
    return place + 6
  }

  /// Keeps the backslash of an invalid escape as text, which is usually what was meant.
  private mutating func badEscape(at place: Int) -> Int {
    let next = base[place + 1] >= 0x20 ? String(spelled(at: place + 1).filter { $0 != "\"" }) : ""
    report(.badEscape(at: place, "\\" + next))
    scratch.append(JSONByte.backslash)
    return place + 1
  }

  private func hexadecimal(at place: Int) -> UInt32? {
    guard place + 4 <= count else { return nil }
    var value: UInt32 = 0
    for index in place..<place + 4 {
      let byte = base[index]
      let lower = (byte | 0x20) &- 0x61
      guard JSONByte.isDigit(byte) || lower < 6 else { return nil }
      value = value << 4 | UInt32(JSONByte.isDigit(byte) ? byte & 0x0F : lower + 10)
    }
    return value
  }

  private mutating func append(_ scalar: Unicode.Scalar) { scratch.append(contentsOf: scalar.utf8) }
}
