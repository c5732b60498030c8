// SPDX-License-Identifier: Apache-2.0

/// The 64-bit FNV-1a hash that Prometheus and Alertmanager name an alert by: the same labels give the same text there and here.
///
/// They add each name and each value, in the order of the names, with 0xFF behind it (`labelSetToFingerprint` in
/// prometheus/common, `model/fnv.go`).
struct AlertFingerprint {
  private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

  init() {}

  /// Adds a text and the byte 0xFF, which no text holds.
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

  /// 16 hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }
}
