// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The last row of a chain, whose hash the next row includes.
package struct ChainEnd: Sendable, Hashable {
  /// The row's number, from 1 through all files, including those no longer kept.
  package var number: Int
  /// The row's hash: 64 lower-case hexadecimal digits.
  package var hash: String

  package init(number: Int, hash: String) {
    self.number = number
    self.hash = hash
  }

  /// The predecessor of a chain's first row.
  package static let beginning = ChainEnd(number: 0, hash: String(repeating: "0", count: hashLength))

  /// The number and hash, such as `17:3a3e…`, in a form that can be stored and read back.
  package var text: String { "\(number):\(hash)" }

  /// Reads the output of `text`; nil for any other text.
  package init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let number = Int(parts[0]), number >= 1, ChainEnd.isHash(parts[1].utf8) else { return nil }
    self.init(number: number, hash: String(parts[1]))
  }

  static let hashLength = 2 * SHA256.byteCount

  /// Whether a text has the form of a hash.
  package static func isHash(_ text: some Collection<UInt8>) -> Bool {
    text.count == hashLength
      && text.allSatisfy { byte in
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
      }
  }
}
