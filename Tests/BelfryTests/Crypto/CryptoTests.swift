// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Hashes and signatures")
struct CryptoTests {
  @Test("SHA-256 of “abc” and of the empty text are those of FIPS 180-4")
  func hash() {
    #expect(hex(SHA256.hash(Array("abc".utf8))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hex(SHA256.hash([])) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test("the authentication code is that of RFC 4231, test case 2")
  func authenticationCode() {
    let code = SHA256.authenticationCode(of: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
    #expect(hex(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
  }

  @Test("an empty key is an empty key, not that of the previous call")
  func emptyKey() {
    _ = SHA256.authenticationCode(of: [1], key: Array("Jefe".utf8))
    let code = SHA256.authenticationCode(of: [], key: [])
    #expect(hex(code) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
  }

  @Test("only the same bytes are equal")
  func equality() {
    #expect(SHA256.isEqual([1, 2], [1, 2]))
    #expect(!SHA256.isEqual([1, 2], [1, 3]))
    #expect(!SHA256.isEqual([1, 2], [1]))
  }

  @Test("Ed25519 signs as in RFC 8032 §7.1, test 1")
  func ed25519() throws {
    // The seed 9d61b19d…7f60 in PKCS #8.
    let key = try SigningKey(
      pem: Secret(
        """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """
      )
    )
    #expect(key.algorithm == .ed25519)
    #expect(
      hex(key.signature(of: []))
        == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )
  }

  @Test(
    "an invalid key is rejected, and nothing asks for a passphrase",
    arguments: ["", "hello", "-----BEGIN PRIVATE KEY-----\n"]
  )
  func noKey(text: String) {
    #expect(throws: SigningKeyError.unreadable) { try SigningKey(pem: Secret(text)) }
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}
