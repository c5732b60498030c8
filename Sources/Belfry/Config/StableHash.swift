// SPDX-License-Identifier: Apache-2.0

/// A 64-bit hash that is the same in every process and on every machine (FNV-1a).
///
/// Not for security.
package struct StableHash: Sendable {
  package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  package init() {}

  package mutating func combine(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }

  /// Sixteen lower-case hexadecimal digits.
  package var hex: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  package static func hex(of text: String) -> String {
    var hash = StableHash()
    hash.combine(text.utf8)
    return hash.hex
  }
}
