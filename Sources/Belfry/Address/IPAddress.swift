// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
  /// The four or sixteen bytes, in network order.
  package let bytes: [UInt8]

  /// - Returns: nil unless there are four or sixteen bytes.
  package init?(bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  /// Reads `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1` (RFC 4291 §2.2).
  ///
  /// Older spellings such as `0x7f.1` or `010.0.0.1` are rejected, because their meaning depends on the reader.
  package init?(_ text: some StringProtocol) {
    guard let bytes = text.contains(":") ? IPAddress.six(Substring(text)) : IPAddress.four(Substring(text)) else {
      return nil
    }
    self.bytes = bytes
  }

  package var isV4: Bool { bytes.count == 4 }

  /// The dotted form, or eight groups without abbreviation.
  package var description: String {
    if isV4 { return bytes.map(String.init).joined(separator: ".") }
    return stride(from: 0, to: 16, by: 2)
      .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
      .joined(separator: ":")
  }

  private static func four(_ text: Substring) -> [UInt8]? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part -> UInt8? in
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), part == "0" || !part.hasPrefix("0") else {
        return nil
      }
      return UInt8(part)
    }
    return parts.count == 4 && bytes.count == 4 ? bytes : nil
  }

  private static func six(_ text: Substring) -> [UInt8]? {
    guard let gap = text.firstRange(of: "::") else {
      return groups(text, isLast: true).flatMap { $0.count == 16 ? $0 : nil }
    }
    guard let front = groups(text[..<gap.lowerBound], isLast: false),
      let back = groups(text[gap.upperBound...], isLast: true), front.count + back.count <= 14
    else { return nil }
    return front + [UInt8](repeating: 0, count: 16 - front.count - back.count) + back
  }

  /// The bytes of groups separated by colons; the last may be an IPv4 address.
  private static func groups(_ text: Substring, isLast: Bool) -> [UInt8]? {
    guard !text.isEmpty else { return [] }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    var bytes: [UInt8] = []
    for (index, part) in parts.enumerated() {
      if isLast, index == parts.count - 1, part.contains(".") {
        guard let four = four(part) else { return nil }
        bytes += four
      } else {
        guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16)
        else {
          return nil
        }
        bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
      }
    }
    return bytes
  }
}
