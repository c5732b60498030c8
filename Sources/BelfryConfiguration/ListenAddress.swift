// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The address that a server listens on: `127.0.0.1:9093`, `[::1]:9093`, `localhost:9093`.
package struct ListenAddress: FieldValue, Hashable {
  /// A host name or an IP address, IPv6 without brackets.
  package var host: String
  /// The port; 0 lets the system choose one.
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package static var shape: FieldShape { .string("an address and a port, such as \"127.0.0.1:9093\"") }

  package static func read(_ node: JSONNode, _ report: inout Report) -> ListenAddress? {
    guard let text = String.read(node, &report) else { return nil }
    if let fault = fault(in: text) {
      report.error(fault, at: node.offset, remedy: "Write it like \"127.0.0.1:9093\" or \"[::1]:9093\".")
      return nil
    }
    return ListenAddress(text)
  }

  /// - Returns: nil unless the text is a host, a colon and a port.
  package init?(_ text: String) {
    guard ListenAddress.fault(in: text) == nil, let colon = text.lastIndex(of: ":"),
      let port = Int(text[text.index(after: colon)...])
    else { return nil }
    let host = text[..<colon]
    self.host = String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
    self.port = port
  }

  private static func fault(in text: String) -> String? {
    guard let colon = text.lastIndex(of: ":") else { return "\"\(text)\" has no port." }
    let (host, port) = (text[..<colon], text[text.index(after: colon)...])
    guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int(port), number <= 65_535
    else { return "\"\(port)\" is not a port." }
    if host.hasPrefix("[") {
      return host.hasSuffix("]") && IPAddress(host.dropFirst().dropLast()) != nil
        ? nil : "\"\(host)\" is not an IPv6 address."
    }
    return HostName.fault(in: host)
  }

  /// Whether only this machine can reach it.
  package var isLoopback: Bool { HostName.isLoopback(host) }

  package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
  package var shown: String { "\"\(text)\"" }
}
