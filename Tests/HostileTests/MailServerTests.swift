// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

/// A misbehaviour of a mail server, and the result for each of three mails sent to it one after the other.
struct Misbehavior: Sendable, CustomTestStringConvertible {
  let name: String
  /// One verdict for all three, or one for each.
  let expected: [String]
  let logsIn: Bool
  let script: LoopbackSMTPServer.Script

  init(
    _ name: String,
    _ expected: String...,
    logsIn: Bool = false,
    _ change: (inout LoopbackSMTPServer.Script) -> Void
  ) {
    self.name = name
    self.expected = expected
    self.logsIn = logsIn
    var script = LoopbackSMTPServer.Script()
    if logsIn { script.users = ["belfry": "s3cret"] }
    change(&script)
    self.script = script
  }

  var testDescription: String { name }

  static let all =
    answersThatDoNotFit + answersTooMany + linesThatAreOdd + offersThatAreOdd + [
      // A small mail fits completely into the connection's buffer: whether it was read is unknown.
      Misbehavior("it closes after 354", "ambiguous") {
        $0.answers[.data] = "354 go"
        $0.leavesAfter = [.data]
      },
      Misbehavior("it closes after the final dot, without an answer", "ambiguous") { $0.closesAt = [.message] },
      Misbehavior("it closes within the answer to the message", "ambiguous") {
        $0.answers[.message] = "250-2.0.0 queued"
        $0.leavesAfter = [.message]
      },
    ]

  private static let answersThatDoNotFit = [
    Misbehavior("DATA is answered with 250", "retry") { $0.answers[.data] = "250 ok" },
    Misbehavior("DATA is answered with 220", "retry") { $0.answers[.data] = "220 ok" },
    Misbehavior("RCPT is answered with 354", "retry") { $0.answers[.recipient] = "354 go" },
    Misbehavior("MAIL is answered with 354", "retry") { $0.answers[.sender] = "354 go" },
    Misbehavior("the message is answered with 354", "ambiguous") { $0.answers[.message] = "354 go on" },
    Misbehavior("the message is answered with 150", "ambiguous") { $0.answers[.message] = "150 wait" },
    // RFC 5321 §4.3.2 only allows 250, and so does libcurl.
    Misbehavior("the message is answered with 252", "ambiguous") { $0.answers[.message] = "252 perhaps" },
    Misbehavior("the message is answered with 221", "ambiguous") { $0.answers[.message] = "221 bye" },
    Misbehavior("the message is refused after it was taken", "payload") { $0.answers[.message] = "554 5.6.0 no" },
    Misbehavior("the message is put off after it was taken", "retry") { $0.answers[.message] = "451 4.3.0 later" },
    Misbehavior("the greeting is a refusal of another protocol", "retry") {
      $0.answers[.connection] = "HTTP/1.1 400 Bad Request"
      $0.leavesAfter = [.connection]
    },
  ]

  private static let answersTooMany = [
    Misbehavior("the final dot is answered twice", "delivered") { $0.extras[.message] = "250 2.0.0 again\r\n" },
    Misbehavior("the final dot is answered three times", "delivered") {
      $0.extras[.message] = "250 2.0.0 again\r\n250 2.0.0 again\r\n"
    },
    Misbehavior("the final dot is answered with a yes and a no", "delivered") {
      $0.extras[.message] = "554 5.6.0 no\r\n"
    },
    Misbehavior("EHLO is answered twice", "retry") { $0.extras[.hello] = "250 loopback.test\r\n" },
    Misbehavior("MAIL is answered twice", "retry") { $0.extras[.sender] = "250 2.1.0 Ok\r\n" },
    Misbehavior("RCPT is answered twice", "retry") { $0.extras[.recipient] = "250 2.1.5 Ok\r\n" },
    Misbehavior("DATA is answered twice", "ambiguous") { $0.extras[.data] = "354 go\r\n" },
    Misbehavior("it greets twice", "retry") { $0.extras[.connection] = "220 loopback.test\r\n" },
  ]

  private static let linesThatAreOdd = [
    Misbehavior("every byte comes on its own", "delivered") { $0.dribbles = true },
    Misbehavior("answers hold no text", "delivered") {
      $0.answers = [.sender: "250", .recipient: "250", .data: "354", .message: "250"]
    },
    Misbehavior("answers have lines that are none", "delivered") {
      $0.answers[.message] = "x\r\n2\r\n-250 no\r\n+25 no\r\n250-2.0.0\r\n250_no\r\n250 2.0.0 queued"
    },
    Misbehavior("an answer holds NUL, escapes and bytes beyond ASCII", "delivered") {
      $0.answers[.message] = "250 2.0.0 \u{0}\u{1B}[31m\u{FFFD}é"
    },
    Misbehavior("an answer has a thousand lines", "delivered") {
      $0.answers[.message] = String(repeating: "250-2.0.0 queued\r\n", count: 1_000) + "250 2.0.0 queued"
    },
  ]

  private static let offersThatAreOdd = [
    Misbehavior("AUTH is offered in lower case", "operator", logsIn: true) {
      $0.answers[.hello] = "250-loopback.test\r\n250 auth plain login"
    },
    Misbehavior("the mechanisms are offered in lower case", "operator", logsIn: true) {
      $0.answers[.hello] = "250-loopback.test\r\n250 AUTH plain login"
    },
    Misbehavior("AUTH is offered as old servers did", "operator", logsIn: true) {
      $0.answers[.hello] = "250-loopback.test\r\n250 AUTH=PLAIN LOGIN"
    },
    Misbehavior("no login is offered", "operator", logsIn: true) { $0.answers[.hello] = "250 loopback.test" },
    Misbehavior("only a login that is not known is offered", "operator", logsIn: true) {
      $0.answers[.hello] = "250-loopback.test\r\n250 AUTH GSSAPI NTLM"
    },
    Misbehavior("the login is accepted with a code that is none", "operator", logsIn: true) {
      $0.answers[.login] = "354 welcome"
    },
  ]
}

@Suite("A misbehaving mail server")
struct MailServerTests {
  @Test(
    "never makes a mail count as delivered that it did not accept",
    .endsIfItHangs,
    arguments: Misbehavior.all
  )
  func verdicts(_ misbehavior: Misbehavior) async throws {
    let server = try LoopbackSMTPServer(misbehavior.script)
    let transport = SystemTransport()
    var verdicts: [String] = []
    for number in 1...3 {
      let channel = try channel(port: server.port, logsIn: misbehavior.logsIn)
      var notice = ContractNotices.plain
      notice.delivery = DeliveryID("0199c5a0-0000-7000-8000-00000000000\(number)")
      let verdict = channel.interpret(await transport.send(try channel.compose(notice).patient))
      verdicts.append(verdict.name)
      guard case .delivered(let receipt) = verdict else { continue }
      let id = try #require(receipt["message-id"])
      let isThere = server.mails.contains { $0.isAccepted && String(decoding: $0.message, as: UTF8.self).contains(id) }
      #expect(isThere, "\(id)")
    }
    let expected = misbehavior.expected
    #expect(verdicts == (expected.count == 1 ? [String](repeating: expected[0], count: 3) : expected))
    if misbehavior.logsIn { #expect(server.mails.isEmpty && !server.commands.contains { $0.hasPrefix("MAIL") }) }
    await transport.shutdown()
  }

  @Test("is quoted to the operator if it offers TLS in lower case")
  func lowerCaseTLS() async throws {
    var script = LoopbackSMTPServer.Script()
    script.answers[.hello] = "250-loopback.test\r\n250 starttls"
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let channel = try channel(port: server.port, logsIn: false, security: "starttls")
    let verdict = channel.interpret(await transport.send(try channel.compose(ContractNotices.plain).patient))
    #expect(verdict.name == "operator")
    #expect(verdict.failure?.text.contains("\"starttls\"") == true)
    await transport.shutdown()
  }

  private func channel(port: Int, logsIn: Bool, security: String = "none") throws -> SMTPChannel {
    let login = logsIn ? #""username": "belfry", "password": "s3cret","# : ""
    return try ChannelContract(
      SMTPChannel.self,
      settings: #"""
        { "server": "smtp://127.0.0.1:\#(port)", "security": "\#(security)", \#(login)
          "from": "belfry@example.com", "to": "oncall@example.com" }
        """#
    ).channel()
  }
}
