// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySMTP
import BelfryTesting
import Testing

/// The table of outcomes on the channel's page, compared with its verdicts.
@Suite("The mail channel's table of outcomes")
struct MailOutcomeTests {
  private static let table = OutcomeRow.table(in: "docs/channels/smtp.md", codes: ["SMTP", "RCPT"])

  @Test("states the channel's verdict for each answer", arguments: table)
  func rows(row: OutcomeRow) throws {
    let channel = SMTPChannel(name: "c", settings: SMTPSettings())
    for answer in row.answers {
      let reply = Reply.mail(try #require(Self.reply(answer)))
      #expect(channel.interpret(reply).name == row.outcome, "\(answer)")
    }
  }

  @Test("has a row for each class")
  func classes() {
    #expect(
      Set(Self.table.map(\.outcome))
        == ["delivered", "partial", "retry", "ambiguous", "operator", "target", "payload"]
    )
  }

  /// The reply for `SMTP 550 5.1.1`, or for `RCPT 550 5.1.1`: one recipient is refused, and another accepted.
  private static func reply(_ answer: OutcomeRow.Answer) -> MailReply? {
    guard let code = answer.count > 1 ? Int(answer[1]) : nil else { return nil }
    let text = (answer.dropFirst(2) + ["It said so"]).joined(separator: " ")
    switch answer[0] {
    case "SMTP": return MailReply(code: code, text: text)
    case "RCPT":
      let refusal = MailReply.Refusal(recipient: "b@example.com", code: code, text: text)
      return MailReply(code: 250, text: "Ok", accepted: ["a@example.com"], refused: [refusal])
    default: return nil
    }
  }
}
