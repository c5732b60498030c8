// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
  /// Whether it is an address on the public internet: not of this machine, a private network or a special purpose (the
  /// IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890).
  ///
  /// An IPv6 address with an embedded IPv4 address counts as that address.
  package var isPublic: Bool {
    if isV4 { return !IPAddress.specialV4.contains { $0.contains(self) } }
    if let embedded { return embedded.isPublic }
    // All addresses assigned for public use so far begin with these three bits (RFC 4291 §2.4).
    return bytes[0] >> 5 == 0b001 && !IPAddress.specialV6.contains { $0.contains(self) }
  }

  /// The IPv4 address embedded in this IPv6 address: mapped (RFC 4291 §2.5.5.2), compatible, translated (RFC 7915),
  /// NAT64 (RFC 6052) or 6to4 (RFC 3056).
  ///
  /// A NAT64 prefix chosen by a network itself cannot be recognised.
  package var embedded: IPAddress? {
    guard !isV4 else { return nil }
    if IPAddress.sixToFour.contains(self) { return IPAddress(bytes: Array(bytes[2..<6])) }
    guard IPAddress.carriers.contains(where: { $0.contains(self) }) else { return nil }
    // `::` and `::1` are not IPv4 addresses; as such they would be in 0.0.0.0/8, which is special as well.
    return IPAddress(bytes: Array(bytes[12...]))
  }

  private static let sixToFour = networks("2002::/16")
  private static let carriers = networks("::ffff:0:0/96 ::/96 ::ffff:0:0:0/96 64:ff9b::/96")

  private static let specialV4 = networks(
    """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 \
    192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
    """
  )

  /// Protocol assignments (including Teredo) and documentation.
  private static let specialV6 = networks("2001::/23 2001:db8::/32 3fff::/20")

  private static func networks(_ text: String) -> [IPNetwork] {
    text.split(separator: " ").compactMap { IPNetwork(String($0)) }
  }
}

extension [IPNetwork] {
  fileprivate func contains(_ address: IPAddress) -> Bool { contains { $0.contains(address) } }
}
