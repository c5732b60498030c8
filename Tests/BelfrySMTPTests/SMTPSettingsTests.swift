// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The settings of the mail channel")
struct SMTPSettingsTests {
  private static func contract(_ members: String) -> ChannelContract<SMTPChannel> {
    let rest = #""from": "a@example.com", "to": "b@example.com""#
    return ChannelContract(SMTPChannel.self, settings: "{ \(rest), \(members) }")
  }

  @Test(
    "secure the connection as the address implies",
    arguments: [
      (#""server": "smtp://h""#, MailServer.Security.startTLS, 587),
      (#""server": "smtps://h""#, .implicit, 465),
      (#""server": "smtps://h:2465", "security": "tls""#, .implicit, 2465),
      (#""server": "smtp://[::1]:25", "security": "none", "username": "u", "password": "p""#, .none, 25),
      (#""server": "smtp://h:25", "security": "none""#, .none, 25),
    ]
  )
  func security(members: String, expected: MailServer.Security, port: Int) throws {
    let mail = try submission(Self.contract(members), ContractNotices.plain)
    #expect(mail.server.security == expected)
    #expect(mail.server.port == port)
  }

  @Test(
    "are rejected if they are invalid",
    arguments: [
      (#""server": "smtp://h", "security": "none", "username": "u", "password": "p""#, "unencrypted"),
      (#""server": "smtps://h", "security": "starttls""#, "TLS from the first byte"),
      (#""server": "smtps://h", "security": "none""#, "TLS from the first byte"),
      (#""server": "smtp://h", "security": "tls""#, "smtps://host:465"),
      (#""server": "smtp://h", "security": "starttsl""#, "Did you mean \"starttls\"?"),
      (#""server": "mail.example.com""#, "is not a mail server"),
      (#""server": "smtp://u:p@h""#, "`username` and `password`"),
      (#""server": "smtp://h:70000""#, "has no port"),
      (#""server": "smtp://h", "cc": ["x@example.com", "y"]"#, "has no @"),
      (#""server": "smtp://h", "cc": "a@ex\u00a0mple.com""#, "not ASCII"),
      (#""server": "smtp://h", "cc": "a@☃.com""#, "not ASCII"),
      (#""server": "smtp://h", "cc": "a@x.test\r\nBcc: b@x.test""#, "control characters"),
      (#""server": "smtp://h", "cc": "a@x.test, b@x.test""#, "is not one address"),
    ]
  )
  func errors(members: String, message: String) {
    #expect { try Self.contract(members).channel() } throws: { "\($0)".contains(message) }
  }

  @Test("with an incomplete login send nothing", arguments: [#""username": "u""#, #""password": "p""#])
  func halfLogin(members: String) throws {
    let channel = try Self.contract(#""server": "smtp://h", \#(members)"#).channel()
    #expect(throws: Uncomposable.self) { try channel.compose(ContractNotices.plain) }
  }

  @Test(
    "accept addresses with names",
    arguments: [
      ("ops@example.com", "To: ops@example.com"),
      ("On call <ops@example.com>", "To: On call <ops@example.com>"),
      (#"\"Call, on\" <ops@example.com>"#, #"To: "Call, on" <ops@example.com>"#),
      (#"Call, \\\"on\\\" <ops@example.com>"#, #"To: "Call, \"on\"" <ops@example.com>"#),
      ("Bereitschaft Süd <ops@example.com>", "To: =?utf-8?B?QmVyZWl0c2NoYWZ0IFPDvGQ=?= <ops@example.com>"),
      ("<ops@example.com>", "To: ops@example.com"),
    ]
  )
  func addresses(text: String, header: String) throws {
    let settings = #"{ "server": "smtp://h", "from": "a@example.com", "to": "\#(text)" }"#
    let mail = try submission(ChannelContract(SMTPChannel.self, settings: settings), ContractNotices.plain)
    #expect(mail.recipients == ["ops@example.com"])
    let lines = String(decoding: mail.message, as: UTF8.self).split(separator: "\r\n")
    #expect(lines.contains { $0 == header })
  }

  @Test(
    "accept international domains, and convert them to the form that every server accepts",
    arguments: [
      ("ops@exämple.com", "ops@xn--exmple-cua.com"), ("ops@EXÄMPLE.com", "ops@xn--exmple-cua.com"),
      ("ops@bücher.example", "ops@xn--bcher-kva.example"), ("ops@例え。テスト", "ops@xn--r8jz45g.xn--zckzah"),
      ("ops@straße.example", "ops@xn--strae-oqa.example"), ("ops@почта.рф", "ops@xn--80a1acny.xn--p1ai"),
      ("ops@실례.테스트", "ops@xn--9n2bp8q.xn--9t4b11yi5a"), ("ops@xn--bcher-kva.example", "ops@xn--bcher-kva.example"),
    ]
  )
  func international(text: String, address: String) throws {
    let settings = #"{ "server": "smtp://h", "from": "\#(text)", "to": "\#(text)" }"#
    let mail = try submission(ChannelContract(SMTPChannel.self, settings: settings), ContractNotices.plain)
    #expect(mail.recipients == [address])
    #expect(mail.sender == address)
    #expect(mail.message.allSatisfy { $0 < 0x80 })
  }
}
