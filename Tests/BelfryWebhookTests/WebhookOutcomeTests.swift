// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import BelfryWebhook
import Testing

/// The table of outcomes on the channel's page, compared with its verdicts.
@Suite("The webhook channel's table of outcomes")
struct WebhookOutcomeTests {
  private static let table = OutcomeRow.table(in: "docs/channels/webhook.md")

  @Test("states the channel's verdict for each answer", arguments: table)
  func rows(row: OutcomeRow) throws {
    let channel = WebhookChannel(name: "c", settings: WebhookSettings())
    for answer in row.answers {
      let status = try #require(Int(answer[1]))
      #expect(channel.interpret(.http(HTTPReply(status: status))).name == row.outcome, "\(answer)")
    }
  }

  @Test("has every HTTP status once")
  func statuses() {
    #expect(Self.table.flatMap(\.answers).compactMap { Int($0[1]) }.sorted() == Array(100...599))
  }
}
