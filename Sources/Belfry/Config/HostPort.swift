// SPDX-License-Identifier: Apache-2.0

/// A host and a TCP port, written `db.example.com:5432`, with an IPv6 address in brackets.
public struct HostPort: FieldValue, Hashable {
  /// A host name or an IP address, IPv6 without brackets.
  public var host: String
  /// The port; 0 only where the system may choose one.
  public var port: Int
  /// The text that may be shown if part of it came from a variable.
  private var shownText: String?
  /// The secrets to mask in texts about it.
  public private(set) var secrets: [Secret] = []

  /// Creates a value of its parts.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// What is wrong with a text.
  public struct Fault: Error, Sendable, Hashable {
    /// A sentence that starts in lower case.
    public var message: String
  }

  /// Reads a host and a port.
  ///
  /// - Parameters:
  ///   - text: The text.
  ///   - ports: The ports that are allowed.
  ///   - usual: The port of a text without one; nil if it must have one.
  /// - Throws: what is wrong with the text.
  public init(
    parsing text: some StringProtocol,
    ports: ClosedRange<Int> = 1...65_535,
    otherwise usual: Int? = nil
  ) throws(Fault) {
    let text = Substring(text)
    let (host, port) = HostPort.split(text)
    if let fault = HostName.fault(in: host) { throw Fault(message: fault) }
    guard let number = port.map(HostPort.number) ?? usual, ports.contains(number) else {
      throw Fault(message: "\"\(text)\" has no port in \(ports.lowerBound)…\(ports.upperBound).")
    }
    self.init(host: String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host), port: number)
  }

  /// The number of at most five digits; -1 for another text.
  private static func number(_ text: Substring) -> Int {
    let isNumber = (1...5).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return isNumber ? Int(text) ?? -1 : -1
  }

  /// The host and port of `host:port`; a colon within brackets belongs to an IPv6 address.
  static func split(_ text: Substring) -> (host: Substring, port: Substring?) {
    guard let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") else { return (text, nil) }
    return (text[..<colon], text[text.index(after: colon)...])
  }

  /// A string.
  public static var shape: FieldShape { .string("a host and a port such as db.example.com:5432") }

  /// Reads a host and a port.
  public static func read(_ node: JSONNode, _ report: inout Report) -> HostPort? {
    read(node, ports: 1...65_535, &report)
  }

  /// Reads a host and a port that is one of these.
  package static func read(_ node: JSONNode, ports: ClosedRange<Int>, _ report: inout Report) -> HostPort? {
    guard let text = String.read(node, &report) else { return nil }
    do throws(Fault) {
      var place = try HostPort(parsing: text, ports: ports)
      if !node.sealedText.isEmpty {
        place.shownText = node.shownText
        place.secrets = (node.sealedValues + [Secret(place.host)]).filter(\.isRecognisable)
      }
      report.seal(place.secrets)
      return place
    } catch {
      report.error(error.message, at: node.offset, remedy: "Write it as db.example.com:5432 or [::1]:5432.")
      return nil
    }
  }

  /// Whether only this machine can reach it.
  public var isLoopback: Bool { HostName.isLoopback(host) }

  /// The text that may be shown.
  public var text: String { shownText ?? "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
  /// The text in quotes.
  public var shown: String { "\"\(text)\"" }
}

/// The address that a server listens on: a host and a port, which may be 0 to let the system choose one.
package struct ListenAddress: FieldValue, Hashable {
  package var place: HostPort

  package init(host: String, port: Int) { place = HostPort(host: host, port: port) }

  package static var shape: FieldShape { .string("an address and a port, such as \"127.0.0.1:9093\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> ListenAddress? {
    HostPort.read(node, ports: 0...65_535, &report).map { ListenAddress(host: $0.host, port: $0.port) }
  }

  package var host: String { place.host }
  package var port: Int { place.port }
  package var isLoopback: Bool { place.isLoopback }
  package var text: String { place.text }
  package var shown: String { place.shown }
}
