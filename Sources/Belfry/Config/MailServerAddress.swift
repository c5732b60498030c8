// SPDX-License-Identifier: Apache-2.0

/// A submission server: `smtp://host:587` or `smtps://host:465`.
public struct MailServerAddress: FieldValue, Hashable {
  /// How the connection starts.
  public enum Scheme: String, Sendable, Hashable, CaseIterable {
    /// In clear, until STARTTLS.
    case smtp
    /// TLS from the first byte.
    case smtps
  }

  /// How the connection starts.
  public var scheme: Scheme
  /// A host name or an IP address, IPv6 without brackets; empty if no server is given.
  public var host: String
  /// The TCP port.
  public var port: Int

  /// Creates an address; no server by default.
  public init(scheme: Scheme = .smtp, host: String = "", port: Int = 587) {
    self.scheme = scheme
    self.host = host
    self.port = port
  }

  /// Whether no server is given.
  public var isEmpty: Bool { host.isEmpty }

  /// A string.
  public static var shape: FieldShape { .string("a mail server such as smtp://host:587 or smtps://host:465") }

  /// Reads a server; the default port is 587 or 465.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MailServerAddress? {
    guard let text = String.read(node, &report) else { return nil }
    let remedy = "Write it as smtp://host:587 or smtps://host:465."
    let parts = text.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let scheme = Scheme(rawValue: parts[0].lowercased()) else {
      report.error("\"\(text)\" is not a mail server.", at: node.offset, remedy: remedy)
      return nil
    }
    guard !parts[1].contains("@") else {
      let remedy = "Use `username` and `password`."
      report.error("the address must not contain a user name or a password.", at: node.offset, remedy: remedy)
      return nil
    }
    let rest = parts[1].hasSuffix("/") ? parts[1].dropLast() : parts[1]
    do throws(HostPort.Fault) {
      let place = try HostPort(parsing: rest, otherwise: scheme == .smtps ? 465 : 587)
      return MailServerAddress(scheme: scheme, host: place.host, port: place.port)
    } catch {
      report.error(error.message, at: node.offset, remedy: remedy)
      return nil
    }
  }

  /// The address in quotes.
  public var shown: String {
    isEmpty ? "none" : "\"\(scheme.rawValue)://\(HostPort(host: host, port: port).text)\""
  }
}
