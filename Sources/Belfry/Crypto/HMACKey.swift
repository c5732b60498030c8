// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A secret to sign with by HMAC-SHA256 (RFC 2104); its bytes cannot be read back.
public struct HMACKey: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
  /// How the key is written in the secret.
  public enum Encoding: Sendable, Hashable {
    /// The text's own bytes.
    case text
    /// Base64 after a prefix, such as `whsec_`; the prefix may be empty.
    case base64(after: String)
  }

  private let bytes: [UInt8]

  /// Creates a key; nil if the secret is not written in that way.
  public init?(_ secret: Secret, _ encoding: Encoding = .text) {
    let text = secret.reveal()
    switch encoding {
    case .text: bytes = Array(text.utf8)
    case .base64(let prefix):
      guard text.hasPrefix(prefix), let data = Data(base64Encoded: String(text.dropFirst(prefix.count))) else {
        return nil
      }
      bytes = Array(data)
    }
  }

  /// The length of the key in bytes.
  public var byteCount: Int { bytes.count }

  /// The authentication code of a text, as it is sent with its secrets: 32 bytes.
  public func authenticationCode(of text: SealedText) -> [UInt8] {
    SHA256.authenticationCode(of: text.bytes, key: bytes)
  }

  /// The mask.
  public var description: String { Secret.mask }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
