// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A failing mail")
struct MailFailureTests {
  @Test(
    "has the server's answer as its result, at every stage",
    arguments: [
      (LoopbackSMTPServer.Stage.connection, "554 5.3.2 Not here", 554, "5.3.2 Not here"),
      (.connection, "421 4.3.2 Going down", 421, "4.3.2 Going down"),
      (.hello, "550 5.7.1 Who are you", 550, "5.7.1 Who are you"),
      (.login, "454 4.7.0 Try later", 454, "4.7.0 Try later"),
      (.sender, "451 4.3.0 Later", 451, "4.3.0 Later"),
      (.sender, "550 5.7.1 You may not\r\n", 550, "5.7.1 You may not"),
      (.recipient, "450 4.2.1 Greylisted", 450, "4.2.1 Greylisted"),
      (.data, "451 4.3.5 Queue is full", 451, "4.3.5 Queue is full"),
      (.message, "554-5.7.1 Rejected\r\n554 5.7.1 as spam", 554, "5.7.1 Rejected 5.7.1 as spam"),
      (.message, "452 4.3.1 No space", 452, "4.3.1 No space"),
      (.message, "421 4.3.2 Going down", 421, "4.3.2 Going down"),
    ]
  )
  func answerOfAStage(_ stage: LoopbackSMTPServer.Stage, _ line: String, _ code: Int, _ text: String) async throws {
    var script = LoopbackSMTPServer.Script()
    script.users = ["belfry": "right"]
    script.answers = [stage: line]
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let credentials = MailServer.Credentials(username: "belfry", password: Secret("right"))
    guard case .mail(let reply) = await transport.send(.mail(mail(to: server, credentials: credentials))) else {
      Issue.record("no answer")
      return
    }
    #expect(reply.code == code)
    #expect(reply.text == text)
    #expect(reply.refused.map(\.recipient) == (stage == .recipient ? ["oncall@example.com"] : []))
    await transport.shutdown()
  }

  @Test("whose connection is lost after the final dot may have been delivered", arguments: [false, true])
  func lostAfterTheDot(_ isSilent: Bool) async throws {
    var script = LoopbackSMTPServer.Script()
    if isSilent { script.silentAt = [.message] } else { script.closesAt = [.message] }
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let kind = isSilent ? TransportFailure.Kind.timedOutAfterSending : .connectionLost
    let failure = try await failure(kind, on: transport) { .mail(mail(to: server, limits: isSilent ? $0 : .patient)) }
    #expect(failure.kind == kind)
    #expect(failure.message.contains("127.0.0.1 port \(server.port)"))
    #expect(server.mails.count == 1)
    await transport.shutdown()
  }

  @Test(
    "whose connection is lost before the final dot cannot have been delivered",
    arguments: [LoopbackSMTPServer.Stage.connection, .hello, .sender, .recipient, .data],
    [false, true]
  )
  func lostBeforeTheDot(_ stage: LoopbackSMTPServer.Stage, _ isSilent: Bool) async throws {
    var script = LoopbackSMTPServer.Script()
    if isSilent { script.silentAt = [stage] } else { script.closesAt = [stage] }
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    let kind = isSilent && stage != .connection ? TransportFailure.Kind.timedOutBeforeSending : .notConnected
    let failure = try await failure(kind, on: transport) { .mail(mail(to: server, limits: isSilent ? $0 : .patient)) }
    #expect(failure.kind == kind)
    await transport.shutdown()
  }

  @Test("is not one whose kept connection the server had closed")
  func staleConnection() async throws {
    var script = LoopbackSMTPServer.Script()
    script.mailsPerConnection = 1
    let server = try LoopbackSMTPServer(script)
    let transport = SystemTransport()
    for _ in 1...5 { #expect(await transport.send(.mail(mail(to: server))).mailCode == 250) }
    #expect(server.mails.count == 5)
    await transport.shutdown()
  }

  @Test("at a server that stops answering delays no other", .endsIfItHangs)
  func silentServerHoldsUpNoOther() async throws {
    var script = LoopbackSMTPServer.Script()
    script.silentAt = [.message]
    let silent = try LoopbackSMTPServer(script)
    let well = try LoopbackSMTPServer()
    let web = try LoopbackHTTPServer { _ in .reply(200) }
    let transport = SystemTransport()
    let stuck = Task {
      await transport.send(.mail(mail(to: silent, limits: ExchangeLimits(total: .seconds(600)))))
    }
    await silent.received()
    #expect(await transport.send(.mail(mail(to: well))).mailCode == 250)
    #expect(await transport.send(.http(HTTPExchange(url: web.url)).patient).failureKind == nil)
    stuck.cancel()
    #expect(await stuck.value.failureKind == .cancelled)
    await transport.shutdown()
  }

  @Test("at a server that stops answering does not delay a shutdown", .endsIfItHangs)
  func shutdownDoesNotWait() async throws {
    var script = LoopbackSMTPServer.Script()
    script.silentAt = [.message]
    let silent = try LoopbackSMTPServer(script)
    // It does not answer QUIT either.
    let mute = try LoopbackListener { connection in
      for answer in ["220 mute", "250 mute", "250 Ok", "250 Ok", "354 Go on"] {
        connection.write(answer + "\r\n")
        guard connection.readLine() != nil else { return }
      }
      while let line = connection.readLine(), line != "." {}
      connection.write("250 Ok\r\n")
      connection.waitUntilClosed()
    }
    let transport = SystemTransport()
    let server = MailServer(host: "127.0.0.1", port: mute.port, security: .none)
    let toMute = MailSubmission(server: server, sender: "a@b.c", recipients: ["d@e.f"], message: Array("x\r\n".utf8))
    #expect(await transport.send(.mail(toMute).patient).mailCode == 250)
    async let stuck = transport.send(.mail(mail(to: silent, limits: ExchangeLimits(total: .seconds(600)))))
    await silent.received()
    await transport.shutdown()
    #expect(await stuck.failureKind == .cancelled)
  }

  @Test(
    "is refused if it would break the dialogue's framing",
    arguments: [
      ("a@b.c>\r\nRCPT TO:<x@y.z", ["d@e.f"], "x\r\n"),
      ("a@b.c", ["d@e.f\r\nDATA"], "x\r\n"),
      ("a@b.c", ["d@e.f> <x@y.z"], "x\r\n"),
      ("a@b.c", ["d@e.f", ""], "x\r\n"),
      ("a@b.c", [], "x\r\n"),
      ("a@b.c", ["d@e.f"], "x\n.\nMAIL FROM:<x@y.z>\r\n"),
      ("a@b.c", ["d@e.f"], "x\r.\r"),
      ("a@b.c", ["d@e.f"], "x\0\r\n"),
    ]
  )
  func malformed(_ sender: String, _ recipients: [String], _ message: String) async throws {
    let server = try LoopbackSMTPServer()
    let transport = SystemTransport()
    var submission = mail(to: server, recipients: recipients, message: message)
    submission.sender = sender
    #expect(try await failure(of: .mail(submission), on: transport).kind == .malformed)
    #expect(server.accepted == 0)
    await transport.shutdown()
  }
}
