// SPDX-License-Identifier: Apache-2.0

/// A range of addresses that start with the same bits, such as `10.0.0.0/8`.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
  package let address: IPAddress
  /// The number of shared bits.
  package let length: Int

  /// Reads an address, or an address, a slash and a prefix length.
  package init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let address = IPAddress(first) else { return nil }
    let bits = address.bytes.count * 8
    guard parts.count == 2 else {
      (self.address, length) = (address, bits)
      return
    }
    guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(parts[1]), length <= bits else {
      return nil
    }
    (self.address, self.length) = (address, length)
  }

  private init(_ address: IPAddress, _ length: Int) { (self.address, self.length) = (address, length) }

  /// The IPv4 network that a network of IPv4-mapped addresses (`::ffff:10.0.0.0/104`) stands for; itself for any other.
  package var unmapped: IPNetwork {
    let prefix = 96
    guard length >= prefix, IPNetwork.mapped?.contains(address) == true, let inner = address.embedded else {
      return self
    }
    return IPNetwork(inner, length - prefix)
  }

  private static let mapped = IPNetwork("::ffff:0:0/96")

  package func contains(_ other: IPAddress) -> Bool {
    guard other.bytes.count == address.bytes.count else { return false }
    let whole = length / 8
    guard other.bytes.prefix(whole) == address.bytes.prefix(whole) else { return false }
    let rest = length % 8
    return rest == 0 || (other.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0
  }

  package var description: String { "\(address)/\(length)" }
}
