// SPDX-License-Identifier: Apache-2.0
public import Belfry

/// One entry of `dkim`: a domain that signs the mails, and its key.
public struct DKIMIdentity: FieldRecord {
  /// The domain (`d=`) under which the public key is published.
  public var domain = ""
  /// The selector (`s=`): the public key is published at `SELECTOR._domainkey.DOMAIN`.
  public var selector = ""
  /// The private key in PEM; empty if its variable is not set.
  public var key = Secret()
  /// The parsed key; nil if there is none.
  private(set) var signingKey: SigningKey?

  /// The key as a setting, which may have several lines because PEM does.
  private var keyText: MultilineSecret {
    get { MultilineSecret(key) }
    set { key = newValue.secret }
  }

  /// The minimum length of RSA keys: shorter ones must not be used for signing (RFC 8301 §3.2).
  private static let leastBits = 2048

  /// Creates an entry without a domain and a key.
  public init() {}

  /// The keys of the entry.
  public static let fields: [Field<DKIMIdentity>] = [
    .required("domain", \.domain, "The domain that signs, usually that of `from`.", example: "example.com"),
    .required("selector", \.selector, "The name of the public key in DNS.", example: "belfry"),
    .required(
      "key",
      \.keyText,
      "Its private key in PEM, RSA of 2048 bits or more, or Ed25519.",
      example: "${DKIM_KEY}"
    ),
  ]

  /// Checks the names and the key; a key that cannot sign is an error and is not shown.
  public mutating func check(_ node: JSONNode, _ report: inout Report) {
    for (name, text) in [("domain", domain), ("selector", selector)] where !text.isEmpty {
      guard let fault = HostName.fault(in: text[...]) ?? (text.hasPrefix("[") ? "it is not a domain." : nil) else {
        continue
      }
      report.within(name) { $0.error(fault, at: node[name]?.offset ?? node.offset) }
    }
    // A variable that is not set was already reported.
    guard !key.isEmpty || node["key"]?.isUnset != true else { return }
    report.within("key") { readKey(at: node["key"]?.offset ?? node.offset, &$0) }
  }

  /// The selector and domain, without the key.
  public var shown: String { "\(selector)._domainkey.\(domain)" }

  /// Whether the signature counts for mails from this domain (RFC 7489 §3.1.1, relaxed: one is the other or a subdomain
  /// of it).
  func isAligned(with sender: Substring) -> Bool {
    let (mine, theirs) = (domain.lowercased(), sender.lowercased())
    return mine == theirs || theirs.hasSuffix("." + mine) || mine.hasSuffix("." + theirs)
  }

  private mutating func readKey(at offset: Int, _ report: inout Report) {
    guard !key.isEmpty else {
      return report.warning("it is empty: nothing can be sent.", at: offset, remedy: "Set the variable that holds it.")
    }
    do throws(SigningKeyError) {
      let read = try SigningKey(pem: key)
      guard read.algorithm != .rsaSHA256 || read.bits >= DKIMIdentity.leastBits else {
        let remedy = "Create one of 2048 bits: openssl genrsa 2048."
        return report.error("an RSA key of \(read.bits) bits is too short to sign with.", at: offset, remedy: remedy)
      }
      signingKey = read
    } catch {
      report.error("it \(error).", at: offset, remedy: "Use the whole PEM file, including line breaks.")
    }
  }
}
