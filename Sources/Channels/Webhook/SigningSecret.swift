// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import Foundation

/// A symmetric key of Standard Webhooks: `whsec_`, then 24 to 64 bytes in Base64.
public struct SigningSecret: FieldValue, Hashable {
  private static let prefix = "whsec_"
  private let secret: Secret
  private let key: HMACKey

  /// A secret.
  public static var shape: FieldShape { .secret }

  /// Reads a key; one that is too short, too long or not Base64 is reported without being shown.
  public static func read(_ node: JSONNode, _ report: inout Report) -> SigningSecret? {
    guard let secret = Secret.read(node, &report) else { return nil }
    let remedy = "It is whsec_ and 24 to 64 bytes in Base64: printf 'whsec_%s' \"$(openssl rand -base64 32)\"."
    guard let key = HMACKey(secret, .base64(after: prefix)) else {
      report.error("this is not a signing secret.", at: node.offset, remedy: remedy)
      return nil
    }
    guard (24...64).contains(key.byteCount) else {
      report.error("the key has \(key.byteCount) bytes.", at: node.offset, remedy: remedy)
      return nil
    }
    return SigningSecret(secret: secret, key: key)
  }

  /// The mask.
  public var shown: String { secret.shown }

  /// The signature of one request: `v1,` and the Base64 of the HMAC-SHA256 of `id.timestamp.body`.
  func signature(id: String, timestamp: Int, body: SealedText) -> String {
    let code = key.authenticationCode(of: "\(id).\(timestamp).\(body)")
    return "v1," + Data(code).base64EncodedString()
  }
}
