// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryTransport

@Suite("Following a mail server's answers")
struct SubmissionDialogueTests {
  private func read(
    _ lines: [String],
    to recipients: [String] = ["a@b.c"],
    startsTLS: Bool = false,
    logsIn: Bool = false,
    isNewConnection: Bool = true
  ) -> SubmissionDialogue {
    var dialogue = SubmissionDialogue(recipients: recipients, startsTLS: startsTLS, logsIn: logsIn)
    for line in lines { dialogue.take(Array("\(line)\r\n".utf8), isNewConnection: isNewConnection) }
    return dialogue
  }

  @Test("handles a new connection with TLS and a login")
  func everything() {
    let lines = [
      "220 hi", "250-me", "250-STARTTLS", "250 AUTH PLAIN", "220 go", "250-me", "250 AUTH LOGIN", "334 VXNlcm5hbWU6",
      "334 x",
      "235 in", "250 sender", "250 recipient", "354 go", "250 2.0.0 queued",
    ]
    #expect(
      read(lines, startsTLS: true, logsIn: true).reply
        == MailReply(code: 250, text: "2.0.0 queued", accepted: ["a@b.c"])
    )
  }

  @Test("forgets capabilities listed before TLS")
  func forgetsOffers() {
    let lines = ["220 hi", "250-me", "250-STARTTLS", "250 AUTH PLAIN", "220 go", "250 me"]
    #expect(read(lines, startsTLS: true, logsIn: true).stage == .sender)
  }

  @Test("expects HELO after a refused EHLO")
  func hello() {
    #expect(read(["220 hi", "502 no", "250 me", "250 sender"]).stage == .recipient(0))
  }

  @Test("leaves the mail's outcome open if an answer is lost", arguments: 0...8)
  func open(_ count: Int) {
    let lines = ["220 hi", "250 me", "250 sender", "550 a", "250 b", "550 c", "354-go", "354 on"]
    let dialogue = read(Array(lines.prefix(count)), to: ["a@b.c", "b@b.c", "c@b.c"])
    #expect(dialogue.reply == nil)
    #expect(dialogue.refused.count == (count > 5 ? 2 : count > 3 ? 1 : 0))
  }

  @Test("returns the server's shutdown while it receives recipients")
  func goesAway() {
    let dialogue = read(["220 hi", "250 me", "250 sender", "250 a", "421 bye"], to: ["a@b.c", "b@b.c", "c@b.c"])
    #expect(dialogue.reply?.code == 421)
  }

  @Test("skips lines that are not answers", arguments: ["", "2", "abc def", "é", "-", "   "])
  func garbage(_ line: String) {
    let dialogue = read([line])
    #expect(dialogue.stage == .start)
    #expect(dialogue.reply == nil)
  }

  @Test("is out of step after an answer that DATA cannot have", arguments: ["250 ok", "220 hi", "334 x", "150 go"])
  func outOfStep(_ answer: String) {
    let dialogue = read(["220 hi", "250 me", "250 sender", "250 recipient", answer])
    #expect(dialogue.stage == .end(.outOfStep))
    #expect(dialogue.reply == nil)
    #expect(dialogue.isBeforeMessage)
  }

  @Test("finds an extra answer on a kept connection at DATA, even if recipients are refused")
  func oneAnswerTooMany() {
    let stale = ["250 stale", "250 sender", "250 a"]
    #expect(read(stale, isNewConnection: false).stage == .end(.outOfStep))
    let refused = read(stale + ["550 b"], to: ["a@b.c", "b@b.c"], isNewConnection: false)
    #expect(refused.stage == .end(.refusal))
    #expect(refused.isBeforeMessage)
  }

  @Test("reads a success as a greeting on a new connection, and as the answer to MAIL on a kept one")
  func greeting() {
    #expect(read(["250 hi"]).stage == .hello)
    #expect(read(["250 hi"], isNewConnection: false).stage == .recipient(0))
  }

  @Test(
    "ends an answer at the same line as libcurl",
    arguments: [
      ("250 me\r\n", true), ("250\r\n", true), ("250-me\r\n", false), ("250_me\r\n", false), ("250me\n", false),
    ]
  )
  func lastLine(_ line: String, _ isLast: Bool) {
    #expect(MailLine.isLast(Array(line.utf8)) == isLast)
  }

  @Test(
    "sees a login only where libcurl does",
    arguments: [
      ("AUTH PLAIN LOGIN", true), ("AUTH  CRAM-MD5 LOGIN", true), ("AUTH XOAUTH2", true), ("auth plain login", false),
      ("AUTH plain", false), ("Auth PLAIN", false), ("AUTH=PLAIN", false), ("AUTH\tPLAIN", false), ("AUTH", false),
      ("AUTH GSSAPI", false),
    ]
  )
  func login(_ line: String, _ isOffered: Bool) {
    var offer = MailOffer()
    offer.take(line)
    #expect(offer.hasLogin == isOffered)
    #expect(offer.unreadLogin == (isOffered ? nil : line))
  }

  @Test("ignores capabilities listed with a refused EHLO, or after HELO")
  func refusedHello() {
    let dialogue = read(["220 hi", "502-AUTH PLAIN", "502 no", "250 AUTH PLAIN"], logsIn: true)
    #expect(dialogue.stage == .sender)
    #expect(!dialogue.offer.hasLogin)
  }
}
