// SPDX-License-Identifier: Apache-2.0

/// A mailbox: `ops@example.com`, or `On call <ops@example.com>`.
public struct MailAddress: FieldValue, Hashable {
  /// The display name without quotes, in any language; may be empty.
  public var name: String
  /// The bare address, with its domain in ASCII; empty if none is given.
  public var address: String

  /// Creates a mailbox; none by default.
  public init(name: String = "", address: String = "") {
    self.name = name
    self.address = address
  }

  /// Whether no address is given.
  public var isEmpty: Bool { address.isEmpty }
  /// Whether only servers with SMTPUTF8 (RFC 6531) accept it: the part before the `@` is not ASCII.
  public var isInternational: Bool { address.utf8.contains { $0 >= 0x80 } }
  /// The part after the `@`.
  public var domain: Substring { address.split(separator: "@").last ?? "" }

  /// A string.
  public static var shape: FieldShape {
    .string("a mail address, with or without a name: \"On call <ops@example.com>\"")
  }

  /// Reads one mailbox.
  public static func read(_ node: JSONNode, _ report: inout Report) -> MailAddress? {
    guard let text = String.read(node, &report) else { return nil }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      report.error("an address must not contain control characters.", at: node.offset)
      return nil
    }
    var mailbox = split(text)
    mailbox.address = withDomainInASCII(mailbox.address)
    if let fault = fault(in: mailbox.address) {
      report.error(fault, at: node.offset, remedy: "Write it as \"ops@example.com\" or \"Name <ops@example.com>\".")
      return nil
    }
    return mailbox
  }

  /// The mailbox in quotes.
  public var shown: String { isEmpty ? "none" : name.isEmpty ? "\"\(address)\"" : "\"\(name) <\(address)>\"" }

  private static func split(_ text: String) -> MailAddress {
    let text = trimmed(text[...])
    guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else { return MailAddress(address: String(text)) }
    var name = trimmed(text[..<open])
    if name.count >= 2, name.hasPrefix("\""), name.hasSuffix("\"") { name = name.dropFirst().dropLast() }
    return MailAddress(
      name: String(name).replacing("\\\"", with: "\""),
      address: String(trimmed(text[text.index(after: open)...].dropLast()))
    )
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  /// The address with an international domain in its `xn--` form, which every server accepts.
  private static func withDomainInASCII(_ address: String) -> String {
    guard let at = address.lastIndex(of: "@") else { return address }
    let domain = address[address.index(after: at)...]
    return InternationalName.ascii(domain).map { address[...at] + $0 } ?? address
  }

  /// The fault of an address by RFC 5321 §4.1.2: a dot-string and a domain; quoted local parts are not accepted.
  private static func fault(in address: String) -> String? {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return parts.count < 2 ? "\"\(address)\" has no @." : "\"\(address)\" is not one address."
    }
    let atoms = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard parts[0].utf8.count <= 64, atoms.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isAtom) }) else {
      return "\"\(parts[0])\" is not allowed before the @."
    }
    return HostName.fault(in: parts[1])
  }

  /// Whether it is `atext` of RFC 5322 §3.2.3, or an addition of RFC 6532 §3.2.
  private static func isAtom(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x80...: true
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
  }
}
