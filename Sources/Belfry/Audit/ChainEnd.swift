// SPDX-License-Identifier: Apache-2.0

/// The row that a chain of rows ends in: the next one vouches for it.
package struct ChainEnd: Sendable, Hashable {
  /// The row's number, counted from 1 through all files, those included that are no longer kept.
  package var number: Int
  /// The row's hash, 64 hexadecimal digits in lower case.
  package var hash: String

  package init(number: Int, hash: String) {
    self.number = number
    self.hash = hash
  }

  /// What the first row of a chain comes after.
  package static let beginning = ChainEnd(number: 0, hash: String(repeating: "0", count: hashLength))

  /// Such as `17:3a3e…`: a line that can be kept elsewhere, and read back.
  package var text: String { "\(number):\(hash)" }

  /// Reads what `text` gave; nil for any other text.
  package init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), number >= 1, ChainEnd.isHash(parts[1].utf8) else { return nil }
    self.init(number: number, hash: String(parts[1]))
  }

  static let hashLength = 2 * SHA256.byteCount

  /// Whether a text can be a hash.
  package static func isHash(_ text: some Collection<UInt8>) -> Bool {
    text.count == hashLength
      && text.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
