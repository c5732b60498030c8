// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The header field that states who signed a mail, and lets the receiver detect changes (RFC 6376, RFC 8463).
struct DKIMSignature {
  /// The fields to sign, if the message has them: those that readers see, those for threading, and those that describe
  /// the body.
  private static let signed = [
    "From", "Date", "Subject", "To", "Cc", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
  ]
  /// Fields named once more than they occur, so that nobody can add a second one (RFC 6376 §8.15).
  private static let oversigned = ["From", "Date", "Subject", "To"]

  private let identity: DKIMIdentity
  private let key: SigningKey

  init(_ identity: DKIMIdentity, key: SigningKey) {
    self.identity = identity
    self.key = key
  }

  /// The complete field for a message with these header fields, folded, without a line break at its end.
  func field(over fields: [String], body: [UInt8], at now: Instant) -> String {
    let present = Set(fields.map { $0.prefix { $0 != ":" }.lowercased() })
    let names = DKIMSignature.oversigned + DKIMSignature.signed.filter { present.contains($0.lowercased()) }
    let hash = Base64.text(SHA256.hash(Canonical.body(body)))
    let unsigned =
      "DKIM-Signature: v=1; a=\(key.algorithm.dkimName); c=relaxed/relaxed;\r\n"
      + " d=\(identity.domain);\r\n s=\(identity.selector); t=\(now.microseconds / 1_000_000);\r\n"
      + " h=\(DKIMSignature.folded(names));\r\n bh=\(hash);\r\n b="
    let text = DKIMSignature.text(of: fields, named: names, with: unsigned)
    return unsigned + Base64.text(key.dkimSignature(of: text)).pieces(of: 72).joined(separator: "\r\n ")
  }

  /// The text to sign (RFC 6376 §3.7 and §5.4.2): the named fields, last ones first where a name occurs several times,
  /// then the signature's own field with an empty signature.
  static func text(of fields: [String], named names: [String], with signature: String) -> [UInt8] {
    var rest = Dictionary(grouping: fields) { $0.prefix { $0 != ":" }.lowercased() }
    var text: [UInt8] = []
    for name in names {
      guard let field = rest[name.lowercased()]?.popLast() else { continue }
      text += Canonical.field(Array(field.utf8)) + [0x0D, 0x0A]
    }
    return text + Canonical.field(Array(signature.utf8))
  }

  /// `From:Date:…`, folded over several lines.
  private static func folded(_ names: [String]) -> String {
    stride(from: 0, to: names.count, by: 5).map { names[$0..<min($0 + 5, names.count)].joined(separator: ":") }
      .joined(separator: ":\r\n  ")
  }
}

extension SigningKey {
  /// The signature of a text: RSA hashes the text itself; Ed25519 is given the hash to sign (RFC 8463 §3).
  fileprivate func dkimSignature(of text: [UInt8]) -> [UInt8] {
    switch algorithm {
    case .rsaSHA256: signature(of: text)
    case .ed25519: signature(of: SHA256.hash(text))
    }
  }
}

extension SigningKey.Algorithm {
  fileprivate var dkimName: String {
    switch self {
    case .rsaSHA256: "rsa-sha256"
    case .ed25519: "ed25519-sha256"
    }
  }
}

extension String {
  fileprivate func pieces(of length: Int) -> [Substring] {
    var pieces: [Substring] = []
    var rest = self[...]
    while !rest.isEmpty {
      pieces.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    return pieces
  }
}
