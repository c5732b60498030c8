// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A submitted mail")
struct MailTests {
  @Test("greets the server by the configured name, and refuses one that is no name")
  func greeting() async throws {
    let server = try LoopbackSMTPServer()
    let transport = SystemTransport()
    var mail = mail(to: server)
    mail.server.greetingName = "belfry.example.com"
    #expect(await transport.send(.mail(mail)).mailCode == 250)
    #expect(server.commands.first == "EHLO belfry.example.com")
    mail.server.greetingName = "belfry\r\nMAIL FROM:<x@example.com>"
    #expect(await transport.send(.mail(mail)).failureKind == .malformed)
    await transport.shutdown()
  }

  @Test("arrives with its envelope and exact bytes")
  func arrives() async throws {
    let server = try LoopbackSMTPServer()
    let transport = SystemTransport()
    let message = "Subject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend."
    let reply = await transport.send(.mail(mail(to: server, message: message + "\r\n")))
    #expect(reply == .mail(MailReply(code: 250, text: "2.0.0 Ok: queued as 1-1", accepted: ["oncall@example.com"])))
    let mail = try #require(server.mails.first)
    #expect(mail.sender == "belfry@example.com")
    #expect(mail.recipients == ["oncall@example.com"])
    #expect(String(decoding: mail.message, as: UTF8.self) == message + "\r\n")
    #expect(mail.user == nil)
    #expect(mail.greeting.contains("."), "the greeting is a full name or an address literal")
    await transport.shutdown()
  }

  @Test("shares one connection with many others")
  func reusesTheConnection() async throws {
    let server = try LoopbackSMTPServer()
    let transport = SystemTransport(longestIdle: .seconds(86_400))
    for _ in 0..<30 { #expect(await transport.send(.mail(mail(to: server))).mailCode == 250) }
    #expect(server.mails.count == 30)
    #expect(server.accepted == 1)
    await transport.shutdown()
  }

  @Test("in a batch uses no more connections than allowed")
  func carriesManyAtOnce() async throws {
    let server = try LoopbackSMTPServer()
    let transport = SystemTransport(connectionsPerMailServer: 4)
    let replies = await transport.send(Array(repeating: .mail(mail(to: server)), count: 100))
    #expect(replies.map(\.mailCode) == Array(repeating: 250, count: 100))
    #expect(server.mails.count == 100)
    #expect(server.accepted <= 4)
    await transport.shutdown()
  }

  @Test(
    "logs in by each mechanism, also with difficult characters",
    arguments: [["PLAIN"], ["LOGIN"], ["LOGIN", "PLAIN"]]
  )
  func logsIn(_ mechanisms: [String]) async throws {
    var script = LoopbackSMTPServer.Script()
    script.users = ["bélfry@example.com": #"p:ä s;"w%rd"#]
    script.mechanisms = mechanisms
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let credentials = MailServer.Credentials(username: "bélfry@example.com", password: Secret(#"p:ä s;"w%rd"#))
    let reply = await transport.send(.mail(mail(to: server, credentials: credentials)))
    #expect(reply.mailCode == 250)
    #expect(server.mails.first?.user == "bélfry@example.com")
    await transport.shutdown()
  }

  @Test("with a wrong password has the server's answer")
  func wrongPassword() async throws {
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "right"]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let credentials = MailServer.Credentials(username: "belfry", password: Secret("wrong"))
    let reply = await transport.send(.mail(mail(to: server, credentials: credentials)))
    #expect(reply == .mail(MailReply(code: 535, text: "5.7.8 Authentication credentials invalid")))
    await transport.shutdown()
  }

  @Test("is not sent if no login is possible, and the password is not sent")
  func noMechanism() async throws {
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "s3cret"]
    script.mechanisms = ["GSSAPI"]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let credentials = MailServer.Credentials(username: "belfry", password: Secret("s3cret"))
    let failure = try await failure(of: .mail(mail(to: server, credentials: credentials)), on: transport)
    #expect(failure.kind == .login)
    #expect(!failure.message.contains("s3cret"))
    await transport.shutdown()
  }

  @Test("is not sent if STARTTLS is required and not offered")
  func startTLSNotOffered() async throws {
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "s3cret"]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let credentials = MailServer.Credentials(username: "belfry", password: Secret("s3cret"))
    let submission = mail(to: server, security: .startTLS, credentials: credentials)
    #expect(try await failure(of: .mail(submission), on: transport).kind == .tls)
    #expect(server.mails.isEmpty)
    await transport.shutdown()
  }

  @Test("with a refused recipient reports it, and the others get it", arguments: [0, 1, 2])
  func refusedRecipient(_ index: Int) async throws {
    let recipients = ["a@example.com", "b@example.com", "c@example.com"]
    var script = LoopbackSMTPServer.Script()
    script.refusedRecipients = [recipients[index]: "550-5.1.1 No such user,\r\n550 5.1.1 sorry"]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport(longestIdle: .seconds(86_400))
    // Twice: the second time on a connection that has already greeted.
    for number in 1...2 {
      let reply = await transport.send(.mail(mail(to: server, recipients: recipients)))
      let refusal = MailReply.Refusal(recipient: recipients[index], code: 550, text: "5.1.1 No such user, 5.1.1 sorry")
      let others = recipients.filter { $0 != recipients[index] }
      let text = "2.0.0 Ok: queued as 1-\(number)"
      #expect(reply == .mail(MailReply(code: 250, text: text, accepted: others, refused: [refusal])))
    }
    #expect(server.mails.map(\.recipients) == Array(repeating: recipients.filter { $0 != recipients[index] }, count: 2))
    await transport.shutdown()
  }

  @Test("with a non-ASCII address is only sent to a server that offers SMTPUTF8", arguments: [true, false])
  func international(isOffered: Bool) async throws {
    var script = LoopbackSMTPServer.Script()
    script.offersUTF8 = isOffered
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport(longestIdle: .seconds(86_400))
    // In the second round there is a kept connection, on which the server lists nothing again.
    for round in 1...2 {
      #expect(await transport.send(.mail(mail(to: server))).mailCode == 250)
      let reply = await transport.send(.mail(mail(to: server, recipients: ["jösé@example.com"])))
      #expect(reply.mailCode == (isOffered ? 250 : 553))
      #expect(server.mails.count == (isOffered ? 2 * round : round))
    }
    #expect(server.commands.contains { $0.hasPrefix("MAIL FROM:") && $0.contains("SMTPUTF8") } == isOffered)
    #expect(server.commands.contains { $0.contains("jösé") } == isOffered)
    await transport.shutdown()
  }

  @Test("has the last refusal as its answer if every recipient is refused")
  func allRefused() async throws {
    var script = LoopbackSMTPServer.Script()
    script.refusedRecipients = ["a@example.com": "550 5.1.1 No", "b@example.com": "452 4.2.2 Full"]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let reply = await transport.send(.mail(mail(to: server, recipients: ["a@example.com", "b@example.com"])))
    let refused = [
      MailReply.Refusal(recipient: "a@example.com", code: 550, text: "5.1.1 No"),
      MailReply.Refusal(recipient: "b@example.com", code: 452, text: "4.2.2 Full"),
    ]
    #expect(reply == .mail(MailReply(code: 452, text: "4.2.2 Full", refused: refused)))
    #expect(server.mails.isEmpty)
    await transport.shutdown()
  }
}

func mail(
  to server: LoopbackSMTPServer,
  security: MailServer.Security = .none,
  credentials: MailServer.Credentials? = nil,
  recipients: [String] = ["oncall@example.com"],
  message: String = "Subject: hello\r\n\r\nworld\r\n",
  limits: ExchangeLimits = .patient
) -> MailSubmission {
  MailSubmission(
    server: MailServer(host: "127.0.0.1", port: server.port, security: security, credentials: credentials),
    sender: "belfry@example.com",
    recipients: recipients,
    message: Array(message.utf8),
    limits: limits
  )
}

extension Reply {
  var mailCode: Int? { if case .mail(let reply) = self { reply.code } else { nil } }
}
