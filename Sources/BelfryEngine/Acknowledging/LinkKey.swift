// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The key that signs acknowledgement links; as a secret, it cannot be printed.
package struct LinkKey: Sendable, Hashable {
  private let secret: Secret

  /// Reads the text of `stored`; nil if it is invalid.
  package init?(stored text: String) {
    let isWhole = text.utf8.count == 2 * SHA256.byteCount
    guard isWhole, text.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
      return nil
    }
    secret = Secret(text)
  }

  /// Makes a new random key.
  package init(using generator: inout some RandomNumberGenerator) {
    let bytes = (0..<SHA256.byteCount).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    secret = Secret(bytes.reduce(into: "") { $0 += ($1 < 16 ? "0" : "") + String($1, radix: 16) })
  }

  /// The text to store in the ledger, and nowhere else.
  package var stored: String { secret.reveal() }

  /// The authentication code of some bytes; it is valid only for this purpose.
  func code(of bytes: [UInt8]) -> [UInt8] {
    SHA256.authenticationCode(of: Array("acknowledge link\0".utf8) + bytes, key: Array(secret.reveal().utf8))
  }
}
