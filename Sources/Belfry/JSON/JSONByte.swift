// SPDX-License-Identifier: Apache-2.0

/// The bytes with a meaning in JSON, and the classes that the reader distinguishes.
package enum JSONByte {
  static var tab: UInt8 { 0x09 }
  package static var newline: UInt8 { 0x0A }
  package static var quote: UInt8 { 0x22 }
  static var hash: UInt8 { 0x23 }
  static var dollar: UInt8 { 0x24 }
  static var apostrophe: UInt8 { 0x27 }
  static var star: UInt8 { 0x2A }
  static var plus: UInt8 { 0x2B }
  static var comma: UInt8 { 0x2C }
  static var minus: UInt8 { 0x2D }
  static var point: UInt8 { 0x2E }
  static var slash: UInt8 { 0x2F }
  static var zero: UInt8 { 0x30 }
  static var colon: UInt8 { 0x3A }
  static var equals: UInt8 { 0x3D }
  static var openBracket: UInt8 { 0x5B }
  static var backslash: UInt8 { 0x5C }
  static var closeBracket: UInt8 { 0x5D }
  static var openBrace: UInt8 { 0x7B }
  static var closeBrace: UInt8 { 0x7D }

  static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  /// Whether a word without quotes may start with it; any byte beyond ASCII may.
  static func beginsWord(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- 0x61 < 26 || byte == 0x5F || byte == dollar || byte >= 0x80
  }

  /// Whether a name without quotes, or a number, may continue with it.
  static func continuesName(_ byte: UInt8) -> Bool {
    beginsWord(byte) || isDigit(byte) || byte == minus || byte == point || byte == plus
  }

  static func beginsNumber(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == minus || byte == plus || byte == point
  }

  /// The closing bracket for `opener`.
  static func closer(of opener: UInt8) -> UInt8 { opener == openBrace ? closeBrace : closeBracket }
}

/// Searches eight bytes at a time for the end of a run in a JSON string: a quote, a backslash or a control character.
enum JSONRun {
  private static var ones: UInt64 { 0x0101_0101_0101_0101 }
  private static var highs: UInt64 { 0x8080_8080_8080_8080 }

  /// The end of the run that starts at `start`, at most `count`; `odd` becomes nonzero if it contains DEL or a byte
  /// beyond ASCII.
  @inline(__always)
  static func end(in base: UnsafePointer<UInt8>, from start: Int, count: Int, odd: inout UInt64) -> Int {
    var position = start
    let raw = UnsafeRawPointer(base)
    while position &+ 8 <= count {
      let word = UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      let oddities = (word | (word &+ ones)) & highs
      // The lowest flagged byte is exact, whatever the borrows do to higher ones.
      let stops = zeros(word ^ (ones &* 0x22)) | zeros(word ^ (ones &* 0x5C)) | ((word &- ones &* 0x20) & ~word & highs)
      if stops != 0 {
        let bits = stops.trailingZeroBitCount & ~7
        odd |= oddities & ((1 &<< UInt64(truncatingIfNeeded: bits)) &- 1)
        return position &+ bits >> 3
      }
      odd |= oddities
      position &+= 8
    }
    while position < count {
      let byte = base[position]
      if byte == JSONByte.quote || byte == JSONByte.backslash || byte < 0x20 { break }
      if byte >= 0x7F { odd = 1 }
      position &+= 1
    }
    return position
  }

  @inline(__always)
  private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highs }
}
