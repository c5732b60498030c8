// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Testing

@Suite("The loopback Slack")
struct LoopbackSlackTests {
  private func post(
    _ body: String,
    to slack: LoopbackSlack,
    method: String = "POST",
    path: String = "/chat.postMessage",
    authorization: String? = "Bearer xoxb-1",
    type: String? = "application/json; charset=utf-8"
  ) async -> Reply {
    let transport = SystemTransport()
    var exchange = HTTPExchange(method: method, url: slack.api + path, body: Array(body.utf8), limits: .patient)
    if let authorization { exchange.fields.append(HTTPField("Authorization", authorization)) }
    if let type { exchange.fields.append(HTTPField("Content-Type", type)) }
    let reply = await transport.send(.http(exchange))
    await transport.shutdown()
    return reply
  }

  @Test("posts a valid message, and names its conversation in the answer")
  func good() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let body = #"{"channel":"U012AB","text":"é \"quoted\"","blocks":[{"type":"divider"}]}"#
    let reply = await post(body, to: slack)
    let ts = "1700000000.000000"
    #expect(
      reply.text == #"{"ok":true,"channel":"D012AB","ts":"\#(ts)","#
        + #""message":{"type":"message","text":"é \"quoted\"","ts":"\#(ts)"}}"#
    )
    #expect(slack.messages.map(\.recipient) == ["U012AB"])
    #expect(slack.messages.map(\.body) == [Array(body.utf8)])
  }

  private static func block(_ text: Int, type: String = "section", kind: String = "plain_text") -> String {
    #"{"type":"\#(type)","text":{"type":"\#(kind)","text":"\#(String(repeating: "x", count: text))"}}"#
  }

  private static func message(_ blocks: [String]) -> String {
    #"{"channel":"U1","text":"t","blocks":[\#(blocks.joined(separator: ","))]}"#
  }

  private static func context(_ count: Int) -> String {
    let elements = Array(repeating: #"{"type":"mrkdwn","text":"x"}"#, count: count).joined(separator: ",")
    return #"{"type":"context","elements":[\#(elements)]}"#
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: String
    let error: String?

    init(_ what: String, _ body: String, _ error: String?) {
      testDescription = what
      self.body = body
      self.error = error
    }
  }

  @Test(
    "refuses an invalid body with Slack's error",
    arguments: [
      Case("broken JSON", #"{"channel":"U1","text":"t""#, "invalid_json"),
      Case("a list", #"["channel"]"#, "json_not_object"),
      Case("no channel", #"{"text":"t"}"#, "channel_not_found"),
      Case("a name for a channel", #"{"channel":"someone","text":"t"}"#, "channel_not_found"),
      Case("a channel it does not know", #"{"channel":"U9","text":"t"}"#, "channel_not_found"),
      Case("no text", #"{"channel":"U1"}"#, "no_text"),
      Case("no text and no block", #"{"channel":"U1","blocks":[]}"#, "no_text"),
      Case("blocks that are no list", #"{"channel":"U1","text":"t","blocks":{}}"#, "invalid_blocks_format"),
      Case("all limits kept", message([block(150, type: "header"), block(3000), context(10)]), nil),
      Case("a header too long", message([block(151, type: "header")]), "invalid_blocks"),
      Case("a header in mrkdwn", message([block(5, type: "header", kind: "mrkdwn")]), "invalid_blocks"),
      Case("a section too long", message([block(3001)]), "invalid_blocks"),
      Case("an empty section", message([block(0)]), "invalid_blocks"),
      Case("too many elements", message([context(11)]), "invalid_blocks"),
      Case("no element", message([context(0)]), "invalid_blocks"),
      Case("a section without a text", message([#"{"type":"section"}"#]), "invalid_blocks"),
      Case("an unknown block", message([#"{"type":"nonsense"}"#]), "invalid_blocks"),
      Case("50 blocks", message(Array(repeating: #"{"type":"divider"}"#, count: 50)), nil),
      Case("51 blocks", message(Array(repeating: #"{"type":"divider"}"#, count: 51)), "invalid_blocks"),
      Case("all blocks together short enough", message(Array(repeating: block(3000), count: 4)), nil),
      Case("all blocks together too long", message(Array(repeating: block(2700), count: 5)), "msg_blocks_too_long"),
    ]
  )
  func refusedBody(_ example: Case) async throws {
    let slack = try LoopbackSlack(token: "xoxb-1", recipients: ["U1"])
    let text = await post(example.body, to: slack).text
    if let error = example.error {
      #expect(text == #"{"ok":false,"error":"\#(error)"}"#)
      #expect(slack.messages.isEmpty)
    } else {
      #expect(text?.hasPrefix(#"{"ok":true,"#) == true)
    }
  }

  @Test("refuses an invalid request with Slack's error")
  func refusedRequest() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let body = #"{"channel":"U1","text":"t"}"#
    func expect(_ error: String, _ reply: Reply) { #expect(reply.text == #"{"ok":false,"error":"\#(error)"}"#) }
    expect("not_authed", await post(body, to: slack, authorization: nil))
    expect("not_authed", await post(body, to: slack, authorization: "xoxb-1"))
    expect("invalid_auth", await post(body, to: slack, authorization: "Bearer xoxb-2"))
    expect("missing_post_type", await post(body, to: slack, type: nil))
    expect("invalid_post_type", await post(body, to: slack, type: "text/plain; charset=utf-8"))
    expect("invalid_charset", await post(body, to: slack, type: "application/json"))
    expect("invalid_post_type", await post(body, to: slack, method: "PUT"))
    expect("unknown_method", await post(body, to: slack, path: "/chat.postmessage"))
    #expect(slack.messages.isEmpty)
  }

  @Test("cuts a text that is too long, with a warning")
  func longText() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let reply = await post(#"{"channel":"U1","text":"\#(String(repeating: "x", count: 40_001))"}"#, to: slack)
    #expect(reply.text?.contains(#""warnings":["message_truncated"]"#) == true)
    #expect(slack.messages.first?.text.count == 40_000)
  }

  @Test("fails in the requested order, and then recovers")
  func troubles() async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    let body = #"{"channel":"U1","text":"t"}"#
    slack.trouble(.rateLimited(retryAfter: 7), times: 2)
    slack.trouble(.status(503))
    slack.trouble(.error("fatal_error"))
    slack.trouble(.closed)
    for _ in 1...2 {
      guard case .http(let answer) = await post(body, to: slack) else { throw Unexpected() }
      #expect(answer.status == 429)
      #expect(answer["retry-after"] == "7")
    }
    guard case .http(let unavailable) = await post(body, to: slack) else { throw Unexpected() }
    #expect(unavailable.status == 503)
    #expect(await post(body, to: slack).text == #"{"ok":false,"error":"fatal_error"}"#)
    #expect(await post(body, to: slack).failureKind == .connectionLost)
    #expect(slack.messages.isEmpty)
    slack.trouble(.answerLost)
    #expect(await post(body, to: slack).failureKind == .connectionLost)
    #expect(slack.messages.count == 1)
    slack.trouble(.silent)
    let silent = Task { await post(body, to: slack) }
    while slack.messages.count < 2 { await Task.yield() }
    silent.cancel()
    #expect(await silent.value.failureKind == .cancelled)
    slack.trouble(.slow(.milliseconds(50)))
    #expect(await post(body, to: slack).failureKind == nil)
    #expect(await post(body, to: slack).failureKind == nil)
    #expect(slack.messages.count == 4)
  }
}

extension Reply {
  fileprivate var text: String? {
    if case .http(let answer) = self { String(decoding: answer.body, as: UTF8.self) } else { nil }
  }
}
