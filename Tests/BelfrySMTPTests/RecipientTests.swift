// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

@Suite("The recipients of a mail")
struct RecipientTests {
  private static let contract = ChannelContract(
    SMTPChannel.self,
    settings: #"""
      { "server": "smtp://mail.example.com", "from": "belfry@example.com",
        "to": ["a@example.com", "b@example.com"], "cc": "c@example.com" }
      """#
  )
  private static let gone = refusal("b@example.com", 550, "5.1.1 No such user")
  private static let busy = refusal("c@example.com", 450, "4.2.1 Greylisted")

  private static func refusal(_ recipient: String, _ code: Int, _ text: String) -> MailReply.Refusal {
    MailReply.Refusal(recipient: recipient, code: code, text: text)
  }

  private func judge(
    _ code: Int = 250,
    _ text: String = "2.0.0 Ok",
    accepted: [String] = ["a@example.com"],
    refused: [MailReply.Refusal],
    progress: Receipt? = nil
  ) throws -> Verdict {
    let reply = MailReply(
      code: code,
      text: text,
      accepted: accepted,
      refused: refused,
      messageID: "<m@x>",
      progress: progress
    )
    return try Self.contract.channel().interpret(.mail(reply))
  }

  @Test("are named if they were refused for good, while the others got it")
  func refused() throws {
    guard case .partial(let receipt, let reason, retry: false) = try judge(refused: [Self.gone]) else {
      Issue.record("not delivered to the others")
      return
    }
    #expect(receipt == Receipt(["message-id": "<m@x>", "answer": "2.0.0 Ok", "refused": "b@example.com 550 5.1.1"]))
    #expect(reason.code == "smtp_550_5.1.1")
    #expect(reason.text.contains("Refused: b@example.com 550 5.1.1."))
  }

  @Test("are tried again alone if they were refused temporarily, with the same mail")
  func again() throws {
    guard case .partial(let receipt, let reason, retry: true) = try judge(refused: [Self.gone, Self.busy]) else {
      Issue.record("nobody is to be tried again")
      return
    }
    #expect(receipt["waiting"] == "c@example.com")
    #expect(receipt["refused"] == "b@example.com 550 5.1.1")
    #expect(reason.code == "smtp_450_4.2.1")
    var notice = ContractNotices.plain
    let first = try submission(Self.contract, notice)
    notice.progress = receipt
    let second = try submission(Self.contract, notice)
    #expect(first.recipients == ["a@example.com", "b@example.com", "c@example.com"])
    #expect(second.recipients == ["c@example.com"])
    #expect(second.message == first.message)
    #expect(second.progress == receipt)
  }

  @Test("that were refused before are still named when the rest gets it")
  func remembered() throws {
    let progress = Receipt(["refused": "b@example.com 550 5.1.1", "waiting": "c@example.com"])
    let verdict = try judge(accepted: ["c@example.com"], refused: [], progress: progress)
    guard case .partial(let receipt, let reason, retry: false) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(receipt["refused"] == "b@example.com 550 5.1.1")
    #expect(receipt["waiting"] == nil)
    #expect(reason.code == "smtp_refused")
  }

  @Test("are not mentioned if all get it in the end")
  func allInTheEnd() throws {
    let verdict = try judge(accepted: ["c@example.com"], refused: [], progress: Receipt(["waiting": "c@example.com"]))
    #expect(verdict == .delivered(Receipt(["message-id": "<m@x>", "answer": "2.0.0 Ok"])))
  }

  @Test("of the rest are judged as such, never as if nobody had it", arguments: [(550, false), (450, true)])
  func restRefused(code: Int, retry: Bool) throws {
    let rest = Self.refusal("c@example.com", code, "")
    let progress = Receipt(["waiting": "c@example.com"])
    let verdict = try judge(code, "", accepted: [], refused: [rest], progress: progress)
    guard case .partial(let receipt, _, let again) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(again == retry)
    #expect(receipt[retry ? "waiting" : "refused"] == (retry ? "c@example.com" : "c@example.com 550"))
  }

  @Test(
    "beyond the server's limit are tried next, but not a full mailbox",
    arguments: [
      (452, "4.5.3 Too many recipients", true), (552, "Too many recipients", true), (552, "5.5.3 Too many", true),
      (552, "5.2.2 Mailbox full", false), (550, "", false), (451, "", true),
    ]
  )
  func tooMany(code: Int, text: String, retry: Bool) throws {
    let verdict = try judge(refused: [Self.refusal("c@example.com", code, text)])
    guard case .partial(_, _, let again) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(again == retry)
  }

  @Test("that were all refused fail together, temporarily if one of them was")
  func allRefused() throws {
    #expect(try judge(554, "", accepted: [], refused: [Self.gone, Self.busy]).name == "retry")
    #expect(try judge(554, "", accepted: [], refused: [Self.gone]).name == "target")
  }

  @Test("may be accepted although the message is then refused")
  func messageRefused() throws {
    #expect(try judge(451, "4.3.0 Later", refused: [Self.gone]).name == "retry")
    #expect(try judge(554, "5.6.0 Bad", refused: [Self.busy]).name == "payload")
  }

  @Test("removed from the file get nothing")
  func noLongerNamed() throws {
    var notice = ContractNotices.plain
    notice.progress = Receipt(["waiting": "x@example.com"])
    #expect(throws: Uncomposable.self) { try Self.contract.channel().compose(notice) }
  }
}
