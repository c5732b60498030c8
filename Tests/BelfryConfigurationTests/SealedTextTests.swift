// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("A text with secrets")
struct SealedTextTests {
  private let token = Secret("123:t0p-s3cret")

  @Test("is sent with them and shown without them")
  func interpolates() {
    let text: SealedText = "https://api.example.com/bot\(token)/send?to=\(percentEncoded: "a b&c")"
    #expect(text.shown == "https://api.example.com/bot‹secret›/send?to=a%20b%26c")
    #expect(text.sealed == Secret("https://api.example.com/bot123:t0p-s3cret/send?to=a%20b%26c"))
    #expect(!String(reflecting: text).contains("t0p-s3cret"))
  }

  @Test("has no sealed form if it holds no secret")
  func plain() {
    let text: SealedText = "https://example.com/\(7)\(Secret())"
    #expect(text.shown == "https://example.com/7")
    #expect(!text.hasSecret)
    #expect(text.byteCount == 21)
  }

  @Test("percent-encodes a secret in a form")
  func form() {
    let text: SealedText = "token=\(percentEncoded: Secret("a+b/c"))&title=\(percentEncoded: "Disk full")"
    #expect(text.sealed == Secret("token=a%2Bb%2Fc&title=Disk%20full"))
    #expect(text.shown == "token=‹secret›&title=Disk%20full")
  }

  @Test("keeps the secrets of a text that is put into it")
  func nested() {
    let address = SealedText(
      shown: "https://example.com/‹secret›",
      sealed: Secret("https://example.com/k3y-t0p-s3cret")
    )
    let text: SealedText = "\(address)/send"
    #expect(text.shown == "https://example.com/‹secret›/send")
    #expect(text.sealed == Secret("https://example.com/k3y-t0p-s3cret/send"))
  }

  @Test("comes from JSON that holds a secret, with both forms well-formed")
  func json() throws {
    var writer = JSONWriter()
    writer.object {
      $0.member("user", "me")
      $0.member("token", Secret("a\"b\\c\n"))
      $0.array("more", [token, Secret()]) { $0.secret($1) }
    }
    #expect(writer.text == #"{"user":"me","token":"‹secret›","more":["‹secret›",""]}"#)
    #expect(
      writer.sealedText.sealed
        == Secret(#"{"user":"me","token":"a\"b\\c\n","more":["123:t0p-s3cret",""]}"#)
    )
    #expect(writer.sealedText.shown == writer.text)
  }

  @Test("makes a request whose URL and body are sealed together")
  func request() {
    let exchange = HTTPExchange(to: "https://example.com/\(token)", body: "key=\(token)")
    #expect(exchange.url == "https://example.com/‹secret›")
    #expect(exchange.body == Array("key=‹secret›".utf8))
    #expect(
      exchange.sealed
        == HTTPExchange.Sealed(url: Secret("https://example.com/123:t0p-s3cret"), body: Secret("key=123:t0p-s3cret"))
    )
  }

  @Test("is signed as it is sent")
  func signature() throws {
    // RFC 4231, test case 2.
    let key = try #require(HMACKey(Secret("Jefe")))
    let code = key.authenticationCode(of: "what do ya want for \(Secret("nothing?"))")
    let hex = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    #expect(HMACKey(Secret("whsec_MfKQ"), .base64(after: "whsec_"))?.byteCount == 3)
    #expect(HMACKey(Secret("MfKQ"), .base64(after: "whsec_")) == nil)
  }

  @Test("logs in with a user name and a password")
  func basic() {
    let field = HTTPField.basicAuthorization("Aladdin", Secret("open sesame"))
    #expect(field == HTTPField("Authorization", prefix: "Basic ", secret: Secret("QWxhZGRpbjpvcGVuIHNlc2FtZQ==")))
  }
}
