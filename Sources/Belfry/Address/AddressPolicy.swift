// SPDX-License-Identifier: Apache-2.0

/// Which addresses an exchange may connect to: those of the public internet, and what is named.
///
/// It is asked of each address that a connection is about to be made to, after the name was looked up: what a name leads to
/// is not the configuration's to say.
public struct AddressPolicy: Sendable, Hashable {
  /// What is permitted besides the public internet.
  public var exceptions: [AddressException]

  /// Creates a policy; without arguments, one that permits the public internet alone.
  public init(allowing exceptions: [AddressException] = []) { self.exceptions = exceptions }

  /// Whether a connection to an address may be made, for a host as the URL names it.
  package func permits(_ address: IPAddress, of host: String) -> Bool {
    permits(host: host) || permits(address)
  }

  /// Whether the host is named outright, wherever it leads.
  package func permits(host: String) -> Bool {
    exceptions.contains { $0.names(host) }
  }

  private func permits(_ address: IPAddress) -> Bool {
    let isNamed = exceptions.contains { $0.network?.contains(address) == true }
    return isNamed || address.isPublic || address.embedded.map { permits($0) } == true
  }
}

/// A host, an address or a network that may be connected to though it is not of the public internet.
public struct AddressException: Sendable, Hashable, FieldValue {
  private let host: String
  package let network: IPNetwork?

  /// Creates an exception when `text` is a host, an address or a network such as `10.0.0.0/8`.
  public init?(_ text: String) {
    if let network = IPNetwork(text) {
      (host, self.network) = ("", network)
    } else {
      let name = AddressException.plain(text)
      guard HostName.fault(in: Substring(name)) == nil else { return nil }
      (host, network) = (name, nil)
    }
  }

  func names(_ other: String) -> Bool { !host.isEmpty && host == AddressException.plain(other) }

  /// In small letters, without the dot that may end a whole name.
  private static func plain(_ host: String) -> String {
    let name = host.lowercased()
    return name.hasSuffix(".") ? String(name.dropLast()) : name
  }

  /// A string.
  public static var shape: FieldShape { .string("a host, an address, or a network such as \"10.0.0.0/8\"") }

  /// Reads a host, an address or a network.
  public static func read(_ node: JSONNode, _ report: inout Report) -> AddressException? {
    guard let text = String.read(node, &report) else { return nil }
    if let exception = AddressException(text) { return exception }
    report.error(
      "\"\(text)\" is no host, address or network.",
      at: node.offset,
      remedy: "Write such as \"hooks.internal\", \"10.1.2.3\" or \"10.0.0.0/8\"."
    )
    return nil
  }

  /// As it is written, in quotes.
  public var shown: String { "\"\(network.map(\.description) ?? host)\"" }
}
