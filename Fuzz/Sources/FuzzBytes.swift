// SPDX-License-Identifier: Apache-2.0

/// Splits random bytes into values.
struct FuzzBytes {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  /// The next byte; 0 at the end.
  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func number(below limit: Int) -> Int { (Int(byte()) << 8 | Int(byte())) % limit }

  /// The next text, up to a zero byte.
  mutating func text() -> String { String(decoding: bytes(), as: UTF8.self) }

  mutating func bytes() -> [UInt8] {
    let piece = rest.prefix { $0 != 0 }
    rest = rest.dropFirst(piece.count + 1)
    return Array(piece)
  }

  mutating func remaining() -> [UInt8] {
    defer { rest = [] }
    return Array(rest)
  }
}
