// SPDX-License-Identifier: Apache-2.0
internal import CCrypto

/// A private key for signing, read from PEM; its value cannot be read back.
public struct SigningKey: Sendable {
  /// The signature algorithm.
  public enum Algorithm: String, Sendable, Hashable, CaseIterable {
    /// RSA with PKCS #1 v1.5 padding over SHA-256 (RFC 8017 §8.2).
    case rsaSHA256 = "rsa-sha256"
    /// Ed25519 (RFC 8032).
    case ed25519
  }

  /// The signature algorithm.
  public let algorithm: Algorithm
  /// The key's length in bits: that of an RSA key's modulus, or 253 for Ed25519.
  public let bits: Int
  private let handle: KeyHandle

  /// Reads a key without a passphrase (PKCS #8 or PKCS #1).
  ///
  /// - Throws: `SigningKeyError` if the text is not such a key.
  public init(pem: Secret) throws(SigningKeyError) {
    guard let pointer = SigningKey.read(Array(pem.reveal().utf8)) else { throw .unreadable }
    handle = KeyHandle(pointer)
    bits = Int(EVP_PKEY_get_bits(pointer))
    switch EVP_PKEY_get_base_id(pointer) {
    case EVP_PKEY_RSA: algorithm = .rsaSHA256
    case EVP_PKEY_ED25519: algorithm = .ed25519
    default: throw .unsupported
    }
  }

  /// The signature of some bytes; the same bytes always have the same signature.
  public func signature(of bytes: [UInt8]) -> [UInt8] {
    let context = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(context) }
    let digest = algorithm == .rsaSHA256 ? EVP_sha256() : nil
    var count = 0
    guard EVP_DigestSignInit(context, nil, digest, nil, handle.pointer) == 1,
      EVP_DigestSign(context, nil, &count, bytes, bytes.count) == 1
    else { preconditionFailure("libcrypto signs with a key that it has read") }
    var signature = [UInt8](repeating: 0, count: count)
    guard EVP_DigestSign(context, &signature, &count, bytes, bytes.count) == 1 else {
      preconditionFailure("libcrypto signs with a key that it has read")
    }
    return Array(signature.prefix(count))
  }

  private static func read(_ pem: [UInt8]) -> OpaquePointer? {
    guard let source = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { return nil }
    defer {
      BIO_free(source)
      ERR_clear_error()
    }
    // Otherwise it would ask for a passphrase on the terminal.
    return PEM_read_bio_PrivateKey(source, nil, { _, _, _, _ in -1 }, nil)
  }
}

/// The reason why a text is not a signing key.
public enum SigningKeyError: Error, Sendable, Hashable, CustomStringConvertible {
  /// It is not PEM, is damaged, or needs a passphrase.
  case unreadable
  /// It is a key of another kind.
  case unsupported

  /// What is wrong, and which keys are accepted.
  public var description: String {
    switch self {
    case .unreadable: "is not an unencrypted PEM private key"
    case .unsupported: "is not an RSA or Ed25519 private key"
    }
  }
}

/// Owns a libcrypto key.
///
/// It is safe to share: a loaded key never changes, and its reference count is atomic (OpenSSL's `openssl-threads`).
private final class KeyHandle: @unchecked Sendable {
  let pointer: OpaquePointer
  init(_ pointer: OpaquePointer) { self.pointer = pointer }
  deinit { EVP_PKEY_free(pointer) }
}
