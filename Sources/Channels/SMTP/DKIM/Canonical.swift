// SPDX-License-Identifier: Apache-2.0

/// The canonical forms that are signed (RFC 6376 §3.4), both `relaxed`, so that changes to white space by relays do not
/// matter.
enum Canonical {
  /// Canonicalises a header field: the name in lower case, the value on one line, each run of white space as one space
  /// (§3.4.2).
  ///
  /// - Returns: the field without a line break at its end.
  static func field(_ field: [UInt8]) -> [UInt8] {
    guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { return compressed(field) }
    let name = compressed(field[..<colon].map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 })
    return name + [UInt8(ascii: ":")] + compressed(Array(field[(colon + 1)...]))
  }

  /// Canonicalises a body: each run of white space as one space, none at the ends of lines, no empty lines at its end
  /// (§3.4.4).
  static func body(_ body: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(body.count)
    // Pending line breaks and a pending space, written only if something follows them.
    var breaks = 0
    var hasSpace = false
    for byte in body {
      switch byte {
      case 0x0D: continue
      case 0x0A:
        breaks += 1
        hasSpace = false
      case 0x20, 0x09: hasSpace = true
      default:
        while breaks > 0 {
          result += [0x0D, 0x0A]
          breaks -= 1
        }
        if hasSpace { result.append(0x20) }
        hasSpace = false
        result.append(byte)
      }
    }
    return result.isEmpty ? [] : result + [0x0D, 0x0A]
  }

  /// Collapses white space, and removes line breaks and white space at either end.
  private static func compressed(_ text: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    for word in text.split(whereSeparator: { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D || $0 == 0x0A }) {
      if !result.isEmpty { result.append(0x20) }
      result += word
    }
    return result
  }
}
