// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryPolicy
import BelfryTesting
import Testing

@Suite("The content of an acknowledgement link")
struct AcknowledgeClaimTests {
  private static let claim = AcknowledgeClaim(
    alert: AlertKey(source: "app", id: "disk/7 é\n"),
    channel: "pager",
    madeAt: Instant(microseconds: 1_800_000_000_123_456),
    expiresAt: Instant(seconds: 1_800_086_400)
  )

  private func key(_ digit: String = "5a") throws -> LinkKey {
    try #require(LinkKey(stored: String(repeating: digit, count: 32)))
  }

  private func token(_ claim: AcknowledgeClaim = claim) throws -> String {
    try #require(claim.token(signedWith: try key()))
  }

  @Test(
    "reads back as written, and contains only URL-safe characters",
    arguments: [
      claim,
      AcknowledgeClaim(
        alert: AlertKey(source: "", id: ""),
        channel: "",
        madeAt: Instant(seconds: 0),
        expiresAt: Instant(microseconds: -1)
      ),
    ]
  )
  func readsBack(claim: AcknowledgeClaim) throws {
    let token = try token(claim)
    #expect(AcknowledgeClaim(token: token, signedWith: try key()) == claim)
    #expect(
      token.utf8.allSatisfy { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8.contains($0) }
    )
    #expect(try self.token(claim) == token)
  }

  /// IDs of three lengths: for two of them, the last Base64 characters contain unused bits.
  @Test("is rejected if any one of its characters is changed to any other", arguments: ["a", "ab", "abc"])
  func changedCharacters(id: String) throws {
    var claim = Self.claim
    claim.alert = AlertKey(source: "app", id: id)
    let (token, key) = (Array(try token(claim)), try key())
    for place in token.indices {
      for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ " where other != token[place] {
        var changed = token
        changed[place] = other
        #expect(AcknowledgeClaim(token: String(changed), signedWith: key) == nil, "\(place): \(other)")
      }
    }
  }

  @Test("is rejected if it is cut anywhere, or if anything is added")
  func cut() throws {
    let (token, key) = (try token(), try key())
    for count in 0..<token.count {
      #expect(AcknowledgeClaim(token: String(token.prefix(count)), signedWith: key) == nil)
      #expect(AcknowledgeClaim(token: String(token.suffix(count)), signedWith: key) == nil)
    }
    for added in ["A", "AA", "AAA", "AAAA", "=", ".", "%"] {
      #expect(AcknowledgeClaim(token: token + added, signedWith: key) == nil)
    }
  }

  @Test("is rejected if it was signed with another key")
  func otherKey() throws {
    #expect(AcknowledgeClaim(token: try token(), signedWith: try key("5b")) == nil)
  }

  @Test("has every part signed, and no part can pass for another")
  func parts() throws {
    var others = [Self.claim, Self.claim, Self.claim, Self.claim, Self.claim]
    others[0].alert = AlertKey(source: "ap", id: "pdisk/7 é\n")
    others[1].alert = AlertKey(source: "app", id: "disk/8")
    others[2].channel = "page"
    others[3].madeAt = Self.claim.expiresAt
    others[4].expiresAt = Self.claim.madeAt
    let tokens = Set(try others.map { try token($0) } + [try token()])
    #expect(tokens.count == 6)
  }

  @Test("covers what was active when the message was made, not what fires again later")
  func episodes() {
    let alert = Alert(source: "app", id: Self.claim.alert.id, severity: .critical, title: "Disk")
    var record = AlertRecord(alert: alert, firedAt: Self.claim.madeAt)
    #expect(Self.claim.means(record))
    record.firedAt = Self.claim.madeAt + .microseconds(1)
    #expect(!Self.claim.means(record))
    record.firedAt = Self.claim.madeAt - .seconds(3600)
    record.isActive = false
    #expect(!Self.claim.means(record))
    var other = alert
    other.source = "db"
    #expect(!Self.claim.means(AlertRecord(alert: other, firedAt: Self.claim.madeAt)))
  }

  @Test("has a key that cannot be printed, and that is stored only in the ledger")
  func secrecy() throws {
    var generator = SeededGenerator(seed: 7)
    let key = LinkKey(using: &generator)
    #expect(LinkKey(stored: key.stored) == key)
    var text = "\(key)"
    dump(key, to: &text)
    #expect(!text.contains(key.stored))
    #expect(LinkKey(using: &generator) != key)
    for broken in ["", "5a", String(repeating: "5", count: 63), String(repeating: "zz", count: 32)] {
      #expect(LinkKey(stored: broken) == nil)
    }
  }

  @Test("is encoded as in RFC 4648, with exactly one text for the same bytes")
  func base64() {
    // RFC 4648 §10, without padding.
    for (plain, text) in [
      ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64URL.text(of: Array(plain.utf8)) == text)
      #expect(Base64URL.bytes(of: text) == Array(plain.utf8))
    }
    #expect(Base64URL.text(of: [0xFB, 0xFF]) == "-_8")
    for text in ["Z", "Zh", "Zm9", "Zg==", "Zg=", "+/8", "Zm9vY", "-_9"] { #expect(Base64URL.bytes(of: text) == nil) }
  }
}
