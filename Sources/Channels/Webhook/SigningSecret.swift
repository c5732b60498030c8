// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import Foundation

/// A symmetric key of Standard Webhooks: `whsec_`, then 24 to 64 bytes in Base64.
public struct SigningSecret: FieldValue, Hashable {
  private static let prefix = "whsec_"
  private let secret: Secret

  private init(_ secret: Secret) { self.secret = secret }

  /// A secret.
  public static var shape: FieldShape { .secret }

  /// Reads a key; one that is too short, too long or not Base64 is reported without being shown.
  public static func read(_ node: JSONNode, _ report: inout Report) -> SigningSecret? {
    guard let secret = Secret.read(node, &report) else { return nil }
    let remedy = "It is whsec_ and 24 to 64 bytes in Base64: printf 'whsec_%s' \"$(openssl rand -base64 32)\"."
    guard let key = key(of: secret) else {
      report.error("this is not a signing secret.", at: node.offset, remedy: remedy)
      return nil
    }
    guard (24...64).contains(key.count) else {
      report.error("the key has \(key.count) bytes.", at: node.offset, remedy: remedy)
      return nil
    }
    return SigningSecret(secret)
  }

  /// The mask.
  public var shown: String { secret.shown }

  /// The signature of one request: `v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`.
  func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
    let signed = Array("\(id).\(timestamp).".utf8) + body
    let code = SHA256.authenticationCode(of: signed, key: SigningSecret.key(of: secret) ?? [])
    return "v1," + Data(code).base64EncodedString()
  }

  private static func key(of secret: Secret) -> [UInt8]? {
    let text = secret.reveal()
    guard text.hasPrefix(prefix) else { return nil }
    return Data(base64Encoded: String(text.dropFirst(prefix.count))).map { Array($0) }
  }
}
