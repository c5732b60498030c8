// SPDX-License-Identifier: Apache-2.0

/// An absolute `http` or `https` URL that names a service, without a query and without a slash at its end.
public struct WebAddress: FieldValue, Hashable {
  /// The URL; empty when none is given.
  public let text: String
  /// The host in it; an IPv6 address keeps its brackets.
  public let host: String

  /// No address.
  public init() {
    text = ""
    host = ""
  }

  /// Creates an address when `text` is one.
  public init?(_ text: String) {
    guard WebAddress.fault(in: text) == nil,
      let (scheme, authority, path) = WebAddress.parts(of: text)
    else { return nil }
    let slashes = path.reversed().prefix { $0 == "/" }.count
    self.text = scheme + authority + path.dropLast(slashes)
    self.host = String(WebAddress.split(authority).host)
  }

  /// Whether no address is given.
  public var isEmpty: Bool { text.isEmpty }

  /// Whether it names more than a scheme, a host and a port.
  package var hasPath: Bool { WebAddress.parts(of: text).map { !$0.path.isEmpty } ?? false }

  /// Whether what is sent there crosses a network in clear.
  public var isClear: Bool { text.hasPrefix("http://") && !HostName.isLoopback(host) }

  /// A string.
  public static var shape: FieldShape { .string("a URL such as https://example.com/api") }

  /// Reads an absolute URL.
  public static func read(_ node: JSONNode, _ report: inout Report) -> WebAddress? {
    guard let text = String.read(node, &report) else { return nil }
    if let address = WebAddress(text) { return address }
    report.error(fault(in: text) ?? "", at: node.offset, remedy: "Write it as https://host/path.")
    return nil
  }

  /// The URL in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(text)\"" }

  private static func fault(in text: String) -> String? {
    guard let (_, authority, path) = parts(of: text) else { return "\"\(text)\" is not an absolute http or https URL." }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "a URL holds no spaces and only ASCII." }
    guard !path.contains("?"), !path.contains("#") else { return "a query or a fragment cannot stand here." }
    guard !authority.contains("@") else { return "a URL must not hold a user name or a password." }
    let (host, port) = split(authority)
    if let port, !(1...65535).contains(Int(port) ?? 0) { return "\"\(port)\" is not a port." }
    return HostName.fault(in: host)
  }

  private static func parts(of text: String) -> (scheme: String, authority: Substring, path: Substring)? {
    guard let scheme = ["https://", "http://"].first(where: text.lowercased().hasPrefix) else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return (scheme, authority, rest.dropFirst(authority.count))
  }

  /// The host and the port of `host:port`; a colon within brackets belongs to an IPv6 address.
  static func split(_ authority: Substring) -> (host: Substring, port: Substring?) {
    guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return (authority, nil) }
    return (authority[..<colon], authority[authority.index(after: colon)...])
  }
}
