// SPDX-License-Identifier: Apache-2.0

/// The addresses that a connection may be made to.
///
/// It is checked for each address just before connecting, after DNS resolution: the configuration names a host, and DNS
/// decides where that leads.
public struct AddressPolicy: Sendable, Hashable {
  /// What is permitted without being listed.
  public enum Reach: Sendable, Hashable {
    case anywhere
    case publicInternet
    case nowhere
  }

  /// The addresses permitted in addition to `otherwise`.
  public var allowed: [AddressPattern]
  /// The addresses never permitted, even if `allowed` lists them.
  public var denied: [AddressPattern]
  /// What is permitted without being listed.
  public var otherwise: Reach

  /// Creates a policy; without arguments, one that permits only the public internet.
  public init(
    allowing allowed: [AddressPattern] = [],
    denying denied: [AddressPattern] = [],
    otherwise: Reach = .publicInternet
  ) {
    self.allowed = allowed
    self.denied = denied
    self.otherwise = otherwise
  }

  /// The reason why a connection is not permitted.
  package enum Refusal: Sendable, Hashable {
    /// `denied` lists the address or the host.
    case denied
    /// Nothing permits it.
    case notAllowed
  }

  /// The reason why a connection to an address is not permitted, for a host as in the URL; nil if it is permitted.
  package func refusal(of address: IPAddress, for host: String) -> Refusal? {
    let reached = address.destinations
    if denied.contains(where: { $0.names(host) || reached.contains(where: $0.covers) }) { return .denied }
    if allowed.contains(where: { $0.names(host) || $0.covers(address) }) { return nil }
    return switch otherwise {
    case .anywhere: nil
    case .publicInternet: address.isPublic ? nil : .notAllowed
    case .nowhere: .notAllowed
    }
  }

  /// Whether a connection to an address is permitted, for a host as in the URL.
  package func permits(_ address: IPAddress, of host: String) -> Bool { refusal(of: address, for: host) == nil }

  /// The reason why no connection to a host can ever be permitted, whatever it resolves to; nil if that depends on DNS.
  ///
  /// An IPv6 address may have its brackets.
  package func refusal(ofHost host: String) -> Refusal? {
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    if denied.contains(where: { $0.names(bare) }) { return .denied }
    if let address = IPAddress(bare) { return refusal(of: address, for: bare) }
    guard HostName.isLoopback(bare) else { return nil }
    let refusals = ["127.0.0.1", "::1"].compactMap { IPAddress($0) }.map { refusal(of: $0, for: bare) }
    return refusals.contains(nil) ? nil : refusals.compactMap(\.self).first
  }
}

/// A host, an address or a network in `allow_addresses` or `deny_addresses`.
public struct AddressPattern: Sendable, Hashable, FieldValue {
  private let host: String
  /// An IPv4-mapped address or network is the IPv4 one that it stands for: a connection reaches the same machine by both.
  package let network: IPNetwork?

  /// Creates a pattern if `text` is a host, an address or a network such as `10.0.0.0/8`.
  public init?(_ text: String) {
    if let network = IPNetwork(text) {
      (host, self.network) = ("", network.unmapped)
    } else {
      let name = AddressPattern.plain(text)
      guard HostName.fault(in: Substring(name)) == nil, !AddressPattern.endsInNumber(name) else { return nil }
      (host, network) = (name, nil)
    }
  }

  /// Whether it names the host literally, whatever that resolves to.
  package func names(_ other: String) -> Bool { !host.isEmpty && host == AddressPattern.plain(other) }

  /// Whether its network contains the address, or the IPv4 address embedded in it.
  package func covers(_ address: IPAddress) -> Bool {
    guard let network else { return false }
    return network.contains(address) || address.embedded.map(network.contains) == true
  }

  /// Whether it covers everything that the other pattern covers.
  package func covers(_ other: AddressPattern) -> Bool {
    guard let network, let inner = other.network else { return self == other }
    return network.length <= inner.length && network.contains(inner.address)
  }

  /// The host in lower case, without a trailing dot.
  private static func plain(_ host: String) -> String {
    let name = host.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  /// Whether it is a mistyped address, such as `10.0.0.256`: no host name ends in a number.
  private static func endsInNumber(_ name: String) -> Bool {
    let last = name.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    return last.utf8.allSatisfy { (0x30...0x39).contains($0) } || last.hasPrefix("0x")
  }

  /// A string.
  public static var shape: FieldShape { .string("a host, an address, or a network such as \"10.0.0.0/8\"") }

  /// Reads a host, an address or a network.
  public static func read(_ node: JSONNode, _ report: inout Report) -> AddressPattern? {
    guard let text = String.read(node, &report) else { return nil }
    if let pattern = AddressPattern(text) { return pattern }
    report.error(
      "\"\(text)\" is not a host, address or network.",
      at: node.offset,
      remedy: "Examples: \"hooks.internal\", \"10.1.2.3\", \"10.0.0.0/8\"."
    )
    return nil
  }

  /// The text as in the file, in quotes.
  public var shown: String { "\"\(network.map(\.description) ?? host)\"" }
}

extension IPAddress {
  /// The addresses that a connection to it reaches: itself, an embedded IPv4 address, and this machine for `0.0.0.0`
  /// and `::`.
  fileprivate var destinations: [IPAddress] {
    var all = [self] + (embedded.map { [$0] } ?? [])
    if all.contains(where: { $0.bytes.allSatisfy { $0 == 0 } }) {
      all += ["127.0.0.1", "::1"].compactMap { IPAddress($0) }
    }
    return all
  }
}
