// SPDX-License-Identifier: Apache-2.0

/// A host and a TCP port, written `db.example.com:5432`, with an IPv6 address in brackets.
package struct HostPort: FieldValue, Hashable {
  /// A host name or an IP address, IPv6 without brackets.
  package var host: String
  package var port: Int
  /// The text that may be shown if part of it came from a variable.
  private var shownText: String?
  /// The secrets to mask in texts about it.
  package private(set) var secrets: [Secret] = []

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  package static var shape: FieldShape { .string("a host and a port such as db.example.com:5432") }

  package static func read(_ node: JSONNode, _ report: inout Report) -> HostPort? {
    guard let text = String.read(node, &report) else { return nil }
    let remedy = "Write it as db.example.com:5432."
    let (host, port) = WebAddress.split(text[...])
    if let fault = HostName.fault(in: host) {
      report.error(fault, at: node.offset, remedy: remedy)
      return nil
    }
    guard let port, let number = Int(port), (1...65535).contains(number), port.utf8.first != UInt8(ascii: "+") else {
      report.error("\"\(text)\" has no port in 1…65535.", at: node.offset, remedy: remedy)
      return nil
    }
    let bare = host.hasPrefix("[") ? host.dropFirst().dropLast() : host
    var place = HostPort(host: String(bare), port: number)
    if !node.sealedText.isEmpty {
      place.shownText = node.shownText
      place.secrets = (node.sealedValues + [Secret(place.host)]).filter(\.isRecognisable)
    }
    report.seal(place.secrets)
    return place
  }

  /// The text that may be shown.
  package var text: String { shownText ?? "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
  package var shown: String { "\"\(text)\"" }
}
