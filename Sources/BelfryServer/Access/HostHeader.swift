// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The `Host` header of a request (RFC 9110 §7.2), or the authority of an `Origin`.
struct HostHeader: Sendable, Hashable {
  /// The host in lower case; an IPv6 address without its brackets.
  let name: String
  let port: Int?

  /// - Returns: nil if the text is neither a host nor a host and a port.
  init?(_ text: String) {
    let text = text.lowercased()
    var name = text[...]
    var port: Int?
    let afterBracket = text.lastIndex(of: "]") ?? text.startIndex
    if let colon = text[afterBracket...].lastIndex(of: ":") {
      let digits = text[text.index(after: colon)...]
      guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt16(digits) else { return nil }
      port = Int(number)
      name = text[..<colon]
    }
    if name.hasPrefix("[") {
      guard name.hasSuffix("]"), IPAddress(name.dropFirst().dropLast()) != nil else { return nil }
      name = name.dropFirst().dropLast()
    } else if HostName.fault(in: name) != nil {
      return nil
    }
    self.name = String(name)
    self.port = port
  }

  /// Whether the host is an IP address instead of a name.
  var isAddress: Bool { IPAddress(name) != nil }
}
