// SPDX-License-Identifier: Apache-2.0
internal import CCrypto

/// The hash function SHA-256 (FIPS 180-4) and HMAC with it, from libcrypto.
public enum SHA256 {
  /// The number of bytes in a hash.
  public static let byteCount = 32

  /// The hash of some bytes.
  public static func hash(_ bytes: [UInt8]) -> [UInt8] {
    var hash = [UInt8](repeating: 0, count: byteCount)
    var count: UInt32 = 0
    let isDone = EVP_Digest(bytes, bytes.count, &hash, &count, EVP_sha256(), nil)
    precondition(isDone == 1 && count == byteCount, "libcrypto has SHA-256 and memory for it")
    return hash
  }

  /// The hash of some bytes as lower-case hexadecimal digits.
  public static func hexadecimal(of bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 2 * byteCount) { text in
      for (index, byte) in hash(bytes).enumerated() {
        text[2 * index] = digits[Int(byte >> 4)]
        text[2 * index + 1] = digits[Int(byte & 0x0F)]
      }
      return 2 * byteCount
    }
  }

  /// The authentication code of some bytes with a key (HMAC, RFC 2104).
  public static func authenticationCode(of bytes: [UInt8], key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: byteCount)
    var count: UInt32 = 0
    // A nil pointer, which an empty array may have, would mean “the key of the last call”.
    let keyed = key.isEmpty ? [0] : key
    let isDone = HMAC(EVP_sha256(), keyed, Int32(key.count), bytes, bytes.count, &code, &count)
    precondition(isDone != nil && count == byteCount, "libcrypto has HMAC and memory for it")
    return code
  }

  /// Whether two byte sequences are equal, in a time that does not depend on where they differ.
  public static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
  }
}
