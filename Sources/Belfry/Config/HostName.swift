// SPDX-License-Identifier: Apache-2.0

/// Checks host names: DNS names and IP addresses.
public enum HostName {
  /// The fault of a host name; nil if it is valid.
  public static func fault(in host: Substring) -> String? {
    if host.isEmpty { return "the host is missing." }
    if host.hasPrefix("[") { return isBracketedAddress(host) ? nil : "\"\(host)\" is not an IPv6 address." }
    guard host.utf8.allSatisfy({ $0 < 0x80 }) else {
      return "the host \"\(host)\" is not ASCII; write an international name in its xn-- form."
    }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard host.utf8.count <= 253, labels.allSatisfy(isLabel) else { return "\"\(host)\" is not a host name." }
    return nil
  }

  /// Whether the host is this machine, so that requests to it cross no network.
  public static func isLoopback(_ host: String) -> Bool {
    let name = host.lowercased()
    if name == "localhost" || name.hasSuffix(".localhost") || name == "::1" || name == "[::1]" { return true }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// Whether it is a label by RFC 1123 §2.1; also allows the underscore that container networks use.
  private static func isLabel(_ label: Substring) -> Bool {
    (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
      && label.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  private static func isBracketedAddress(_ host: Substring) -> Bool {
    host.hasSuffix("]") && host.contains(":") && IPAddress(host.dropFirst().dropLast()) != nil
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: false
    }
  }
}
