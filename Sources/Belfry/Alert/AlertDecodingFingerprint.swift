// SPDX-License-Identifier: Apache-2.0

/// The 64-bit FNV-1a hash that Prometheus and Alertmanager use to identify an alert: the same labels give the same text
/// here and there.
///
/// They hash each name and each value, in the order of the names, each followed by 0xFF (`labelSetToFingerprint` in
/// prometheus/common, `model/fnv.go`).
struct AlertFingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}

  /// Adds a text and the byte 0xFF, which occurs in no text.
  mutating func add(_ text: String) {
    for byte in text.utf8 { add(byte) }
    add(0xFF)
  }

  /// Adds the bytes of a text that may not be UTF-8, and the byte 0xFF.
  mutating func add(_ text: [UInt8]) {
    for byte in text { add(byte) }
    add(0xFF)
  }

  private mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }

  /// The hash as 16 hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
