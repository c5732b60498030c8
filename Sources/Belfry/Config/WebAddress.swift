// SPDX-License-Identifier: Apache-2.0

/// An absolute `http` or `https` URL of a service, without a query and without a trailing slash.
public struct WebAddress: FieldValue, ClearAddress, Hashable {
  /// The URL as it may be shown; empty if no address is given.
  ///
  /// Values from variables are masked in it; `sealed` has the whole URL.
  public let text: String
  /// The host, with an IPv6 address in brackets; messages show `shownHost` instead.
  public let host: String
  /// The host as it may be shown.
  public let shownHost: String
  /// The whole URL if part of it came from a variable; otherwise empty.
  public let sealed: Secret
  /// The secrets to mask in a server's answers.
  package let secrets: [Secret]

  /// Creates an empty address.
  public init() {
    (text, host, shownHost) = ("", "", "")
    (sealed, secrets) = (Secret(), [])
  }

  /// Creates an address that may be shown, if `text` is one.
  public init?(_ text: String) {
    guard let whole = WebAddress.whole(text) else { return nil }
    (self.text, host, shownHost) = (whole.text, whole.host, whole.host)
    (sealed, secrets) = (Secret(), [])
  }

  /// Creates an address from a text with variables.
  ///
  /// If one variable holds all of it, its host is still shown, so that people can see which service fails.
  private init?(_ text: String, _ substitution: JSONNode.Substitution) {
    guard let whole = WebAddress.whole(text), let parts = WebAddress.parts(of: whole.text) else { return nil }
    let origin = parts.scheme + parts.authority
    host = whole.host
    if substitution.isWhole {
      let hasPath = !parts.path.isEmpty
      (self.text, shownHost) = (hasPath ? "\(origin)/\(Secret.mask)" : origin, whole.host)
      sealed = hasPath ? Secret(whole.text) : Secret()
      secrets = [Secret(whole.text), Secret(String(parts.path.dropFirst()))].filter { hasPath && $0.isRecognisable }
    } else {
      let shown = substitution.shown
      let slashes = shown.reversed().prefix { $0 == "/" }.count
      self.text = String(shown.dropLast(slashes))
      shownHost = WebAddress.parts(of: shown).map { String(HostPort.split($0.authority).host) } ?? Secret.mask
      sealed = Secret(whole.text)
      secrets = substitution.values.filter(\.isRecognisable)
    }
  }

  private static func whole(_ text: String) -> (text: String, host: String)? {
    guard fault(in: text) == nil, let (scheme, authority, path) = parts(of: text) else { return nil }
    let slashes = path.reversed().prefix { $0 == "/" }.count
    return (scheme + authority + path.dropLast(slashes), String(HostPort.split(authority).host))
  }

  private var whole: String { sealed.isEmpty ? text : sealed.reveal() }

  /// Whether no address is given.
  public var isEmpty: Bool { text.isEmpty }

  /// Whether it has more than a scheme, a host and a port.
  package var hasPath: Bool { WebAddress.parts(of: whole).map { !$0.path.isEmpty } ?? false }

  /// Whether requests to it cross a network in clear.
  public var isClear: Bool { whole.hasPrefix("http://") && !HostName.isLoopback(host) }

  /// Whether requests to it use `http`, to this machine or to another.
  public var isPlain: Bool { whole.hasPrefix("http://") }

  /// A string.
  public static var shape: FieldShape { .string("a URL such as https://example.com/api") }

  /// Reads an absolute URL.
  public static func read(_ node: JSONNode, _ report: inout Report) -> WebAddress? {
    guard let text = String.read(node, &report) else { return nil }
    if let substitution = node.substitution, !substitution.values.isEmpty {
      if let address = WebAddress(text, substitution) {
        report.seal(address.secrets)
        return address
      }
    } else if let address = WebAddress(text) {
      return address
    }
    report.error(fault(in: text) ?? "", at: node.offset, remedy: "Write it as https://host/path.")
    return nil
  }

  /// The URL in quotes.
  public var shown: String { isEmpty ? "none" : "\"\(text)\"" }

  private static func fault(in text: String) -> String? {
    guard let (_, authority, path) = parts(of: text) else { return "\"\(text)\" is not an absolute http or https URL." }
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return "a URL must be ASCII without spaces." }
    guard !path.contains("?"), !path.contains("#") else { return "a query or a fragment is not allowed here." }
    guard !authority.contains("@") else { return "a URL must not contain a user name or a password." }
    let (host, port) = HostPort.split(authority)
    if let port, !(1...65535).contains(Int(port) ?? 0) { return "\"\(port)\" is not a port." }
    return HostName.fault(in: host)
  }

  private static func parts(of text: String) -> (scheme: String, authority: Substring, path: Substring)? {
    guard let scheme = ["https://", "http://"].first(where: text.lowercased().hasPrefix) else { return nil }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return (scheme, authority, rest.dropFirst(authority.count))
  }
}

/// An address that knows whether requests to it cross a network unencrypted.
public protocol ClearAddress {
  /// Whether they do: over `http`, to another machine.
  var isClear: Bool { get }
  /// Whether they use `http`, to this machine or to another.
  var isPlain: Bool { get }
}
