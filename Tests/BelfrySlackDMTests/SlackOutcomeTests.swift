// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@testable import BelfrySlackDM

/// The table of outcomes on the channel's page, compared with its verdicts.
@Suite("The Slack channel's table of outcomes")
struct SlackOutcomeTests {
  private static let table = OutcomeRow.table(in: "docs/channels/slack-dm.md")

  @Test("states the channel's verdict for each answer", arguments: table)
  func rows(row: OutcomeRow) throws {
    let channel = SlackDMChannel(name: "c", settings: SlackDMSettings())
    for answer in row.answers {
      let reply = Reply.http(try #require(Self.reply(answer)))
      #expect(channel.interpret(reply).name == row.outcome, "\(answer)")
    }
  }

  @Test("has a row for every error that the channel knows, and one for an unknown error")
  func errors() {
    let named = Set(Self.table.flatMap(\.answers).filter { $0[0] == "ok:false" }.map { $0[1] })
    #expect(SlackAnswer.knownErrors.subtracting(named) == [])
    #expect(named.subtracting(SlackAnswer.knownErrors).count == 1)
  }

  private static func reply(_ answer: OutcomeRow.Answer) -> HTTPReply? {
    switch answer[0] {
    case "ok:true": HTTPReply(status: 200, body: Array(#"{"ok":true,"channel":"D1","ts":"1.2"}"#.utf8))
    case "ok:false": HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"\#(answer[1])"}"#.utf8))
    case "HTTP": Int(answer[1]).map { HTTPReply(status: $0) }
    default: nil
    }
  }
}
