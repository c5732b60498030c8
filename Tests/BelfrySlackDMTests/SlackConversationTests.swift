// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySlackDM
import BelfryTesting
import BelfryTransport
import Testing

@Suite("A conversation on Slack")
struct SlackConversationTests {
  private let transport = SystemTransport()

  /// Sends a notice like the dispatcher.
  private func send(_ notice: Notice, _ slack: LoopbackSlack) async throws -> Verdict {
    let settings = #"{ "token": "xoxb-1", "user": "U1", "api": "\#(slack.api)" }"#
    let channel = try ChannelContract(SlackDMChannel.self, settings: settings).channel()
    var replies = [await transport.send(try channel.compose(notice).patient)]
    while true {
      switch channel.step(notice, after: replies) {
      case .settle(let verdict): return verdict
      case .ask(let outgoing): replies.append(await transport.send(outgoing.patient))
      }
    }
  }

  private func notice(_ content: Notice.Content, _ number: Int, after earlier: Receipt? = nil) -> Notice {
    Notice(
      delivery: DeliveryID("0199c5a0-0000-7000-8000-00000000000\(number)"),
      channel: "oncall",
      content: content,
      sentAt: Instant(seconds: 1_795_424_707),
      earlier: earlier.map { [$0] } ?? []
    )
  }

  private func alert(_ id: String, _ severity: Severity = .warning) -> Alert {
    Alert(id: id, severity: severity, title: "Trouble with \(id)")
  }

  private func begin(_ content: Notice.Content, on slack: LoopbackSlack) async throws -> Receipt {
    guard case .delivered(let receipt) = try await send(notice(content, 1), slack) else { throw NotDelivered() }
    return receipt
  }

  private struct NotDelivered: Error {}

  @Test("edits a resolved alert's message in green and replies in its thread")
  func resolved() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let first = try await begin(.alert(alert("db")), on: slack)
    _ = try await send(notice(.resolved(alert("db")), 2, after: first), slack)
    try #require(slack.messages.count == 2)
    #expect(slack.messages[0].edits == 1)
    #expect(slack.messages[0].text.contains("[RESOLVED]"))
    #expect(String(decoding: slack.messages[0].body, as: UTF8.self).contains(##""color":"#2eb67d""##))
    #expect(slack.messages[1].thread == slack.messages[0].ts)
  }

  @Test(
    "replies in the thread if the edit is refused; if the thread is gone too, sends a new message",
    arguments: ["edit_window_closed", "cant_update_message", "message_not_found"]
  )
  func refusedEdit(code: String) async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let first = try await begin(.alert(alert("db")), on: slack)
    slack.trouble(.error(code))
    _ = try await send(notice(.resolved(alert("db")), 2, after: first), slack)
    #expect(slack.messages.map(\.edits) == [0, 0])
    #expect(slack.messages.last?.thread == slack.messages.first?.ts)

    let gone = Receipt(["channel": "D1", "ts": "1.1"])
    #expect(try await send(notice(.resolved(alert("db")), 3, after: gone), slack).name == "delivered")
    #expect(slack.messages.last?.thread == nil)
    #expect(slack.messages.count == 3)
  }

  @Test("has one message for a growing group, which keeps its earlier content")
  func group() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let first = try await begin(.group(name: "eu", [alert("a")], firing: 1), on: slack)
    var grown = notice(.group(name: "eu", [alert("b")], firing: 2), 2, after: first)
    grown.alreadySent = [alert("a")]
    _ = try await send(grown, slack)
    #expect(slack.messages.count == 1)
    #expect(slack.messages[0].text.contains("Trouble with a"))
    #expect(slack.messages[0].text.contains("Trouble with b"))
  }

  @Test("replies in the thread for a higher severity than the group had, because Slack does not notify of edits")
  func worse() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let first = try await begin(.group(name: "eu", [alert("a")], firing: 1), on: slack)
    var grown = notice(.group(name: "eu", [alert("b", .critical)], firing: 2), 2, after: first)
    grown.alreadySent = [alert("a")]
    _ = try await send(grown, slack)
    #expect(slack.messages.count == 2)
    #expect(slack.messages[1].thread == slack.messages[0].ts)
  }

  @Test("finds a message whose answer was lost in the history, and does not send it again")
  func found() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    slack.trouble(.answerLost)
    var notice = notice(.alert(alert("db")), 1)
    #expect(try await send(notice, slack).name == "ambiguous")
    notice.isInDoubt = true
    guard case .delivered(let receipt) = try await send(notice, slack) else { throw NotDelivered() }
    #expect(slack.messages.count == 1)
    #expect(receipt["ts"] == slack.messages[0].ts)
    #expect(receipt["channel"] == "D1")
  }

  @Test("sends a message that is not in the history")
  func notFound() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    _ = try await begin(.alert(alert("other")), on: slack)
    var notice = notice(.alert(alert("db")), 2)
    notice.isInDoubt = true
    #expect(try await send(notice, slack).name == "delivered")
    #expect(slack.messages.count == 2)
  }

  @Test(
    "sends again without the scope to read the history, and the receipt states that",
    arguments: ["conversations.open", "conversations.history"]
  )
  func noScope(method: String) async throws {
    let slack = try LoopbackSlack(token: "xoxb-1", refusing: [method])
    var notice = notice(.alert(alert("db")), 1)
    notice.isInDoubt = true
    guard case .delivered(let receipt) = try await send(notice, slack) else { throw NotDelivered() }
    #expect(receipt["unasked"]?.contains("missing_scope") == true)
    #expect(slack.messages.count == 1)
  }

  @Test("stays in doubt as long as Slack cannot be asked")
  func limited() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    slack.trouble(.rateLimited(retryAfter: 9))
    var notice = notice(.alert(alert("db")), 1)
    notice.isInDoubt = true
    #expect(try await send(notice, slack).name == "ambiguous")
    #expect(slack.messages.isEmpty)
  }

  @Test("searches the thread for a reply whose answer was lost")
  func thread() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let first = try await begin(.alert(alert("db")), on: slack)
    var end = notice(.resolved(alert("db")), 2, after: first)
    _ = try await send(end, slack)
    end.isInDoubt = true
    #expect(try await send(end, slack).name == "delivered")
    #expect(slack.messages.count == 2)
  }

  @Test("sends a refused message without blocks, and states that")
  func plain() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    var notice = notice(.alert(alert("db")), 1)
    notice.refusal = Verdict.Reason("invalid_blocks", "Slack answered invalid_blocks.")
    _ = try await send(notice, slack)
    let message = try #require(slack.messages.first)
    #expect(!String(decoding: message.body, as: UTF8.self).contains("\"blocks\""))
    #expect(message.text.contains("plain text only, because the formatted message was refused: invalid_blocks"))
  }
}
