// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

/// An investigator's answer, and an event without an answer, contain foreign text.
@Suite("An investigated text is only data on every channel", .endsIfItHangs)
struct HostileTextTests {
  private static let words =
    "<!channel> <@U123> *bold* <http://x.example|y> <b>html</b> {{title}} $(id) `id`\r\nBcc: evil@example.com\r\n\r\n"
    + ".\r\nSubject: mine\u{0}\u{1B}[31m\u{202E}\u{8}"
  /// The text after cleaning, where several lines are allowed.
  private static let tame =
    "<!channel> <@U123> *bold* <http://x.example|y> <b>html</b> {{title}} $(id) `id`\nBcc: evil@example.com\n\n"
    + ".\nSubject: mine\u{FFFD}\u{FFFD}[31m\u{FFFD}"

  static let channels = [
    "slack": #"{"kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF"}"#,
    "mail":
      #"{"kind": "smtp", "server": "smtp://localhost:587", "from": "belfry@example.com", "to": "ops@example.com"}"#,
    "webhook": #"{"kind": "webhook", "url": "https://hook.example.com/x"}"#,
    "exec": #"{"kind": "exec", "command": "/opt/page"}"#,
    "file": #"{"kind": "file", "path": "out.jsonl"}"#,
  ]

  /// The requests on a channel for one finding.
  private func sent(_ channel: String, answer: String?, title: String? = nil, detail: String) async throws -> Outgoing {
    let reply = answer.map { Reply.process(ProcessReply(.exited(0), output: Array($0.utf8))) }
    let wake =
      #""consecutive": 1, "investigator": {"kind": "exec", "command": "/opt/investigate", "max_output": 1048576}"#
    let environment = try InvestigatorEnvironment(wake, channel: try #require(HostileTextTests.channels[channel])) {
      _ in
      reply ?? .process(ProcessReply(.exited(1)))
    }
    try await environment.during {
      try environment.found("web", title: title, detail: detail)
      await environment.poll()
      _ = try await environment.sentMessages()
    }
    let sent = environment.sent.filter {
      if case .process(let run) = $0 { run.path != "/opt/investigate" } else { true }
    }
    #expect(sent.count == 1)
    let deliveries = try await environment.ledger.recentDeliveries(limit: 9)
    #expect(deliveries.map(\.status) == [.delivered])
    return try #require(sent.last)
  }

  private func json(_ bytes: [UInt8]) throws -> JSONNode {
    let (node, problems) = JSONTree.parse(SourceText(name: "sent", bytes: bytes))
    #expect(problems.isEmpty)
    return try #require(node)
  }

  /// All texts in it, without the members' names.
  private func texts(_ node: JSONNode) -> [String] {
    if let text = node.string { return [text] }
    return (node.elements ?? []).flatMap(texts) + (node.members ?? []).flatMap { texts($0.node) }
  }

  private func isTame(_ text: String) -> Bool {
    !text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" && $0 != "\t" || $0 == "\u{202E}" || $0 == "\u{7F}" }
  }

  @Test(
    "an answer, or an event without one, contains no markup, command, header or mention",
    arguments: channels.keys.sorted(),
    [true, false]
  )
  func hostile(_ channel: String, _ isAnswered: Bool) async throws {
    let words = HostileTextTests.words
    let sent =
      isAnswered
      ? try await sent(channel, answer: words, title: words, detail: "")
      : try await sent(channel, answer: nil, title: words, detail: words)
    switch sent {
    case .http(let exchange) where channel == "slack": try checkSlack(exchange)
    case .http(let exchange):
      let texts = texts(try json(exchange.body))
      #expect(texts.contains { $0.contains(HostileTextTests.tame) }, "\(texts)")
      #expect(texts.allSatisfy(isTame))
      #expect(exchange.fields.allSatisfy { !"\($0)".contains("evil") })
      #expect(exchange.url == "https://hook.example.com/x")
    case .mail(let mail): try checkMail(mail)
    case .process(let run):
      #expect(run.path == "/opt/page" && run.arguments.isEmpty)
      #expect(run.environment.allSatisfy { !"\($0)".contains("evil") })
      let texts = texts(try json(run.input))
      #expect(texts.contains { $0.contains(HostileTextTests.tame) })
      #expect(texts.allSatisfy(isTame))
    case .append(let append):
      #expect(append.bytes.filter { $0 == UInt8(ascii: "\n") }.count == 1 && append.bytes.last == UInt8(ascii: "\n"))
      let texts = texts(try json(append.bytes))
      #expect(texts.contains { $0.contains(HostileTextTests.tame) })
      #expect(texts.allSatisfy(isTame))
    }
  }

  /// Slack interprets `<…>` everywhere, and `*…*` in `mrkdwn`.
  private func checkSlack(_ exchange: HTTPExchange) throws {
    let body = String(decoding: exchange.body, as: UTF8.self)
    let node = try json(exchange.body)
    #expect(node["mrkdwn"]?.value == .bool(false) && node["parse"]?.string == "none")
    #expect(!body.contains(#""type":"mrkdwn""#))
    let texts = texts(node)
    #expect(texts.contains { $0.contains("&lt;!channel&gt; &lt;@U123&gt; *bold* &lt;http://x.example|y&gt;") })
    for text in texts { #expect(!text.contains("<") && isTame(text), "\(text)") }
  }

  private func checkMail(_ mail: MailSubmission) throws {
    #expect(mail.recipients == ["ops@example.com"] && mail.sender == "belfry@example.com")
    let message = String(decoding: mail.message, as: UTF8.self)
    let parts = message.components(separatedBy: "\r\n\r\n")
    let headers = try #require(parts.first).components(separatedBy: "\r\n")
    #expect(headers.filter { $0.lowercased().hasPrefix("subject:") }.count == 1)
    #expect(!headers.contains { $0.lowercased().hasPrefix("bcc") || $0.hasPrefix("Subject: mine") })
    // Soft line breaks are removed.
    let html = message.components(separatedBy: "Content-Type: text/html").last?.replacing("=\r\n", with: "") ?? ""
    #expect(html.contains("&lt;!channel&gt;") && html.contains("&lt;b&gt;html&lt;/b&gt;"))
    for text in ["<b>html", "<!channel", "<http"] { #expect(!html.contains(text)) }
    #expect(!message.contains("\u{1B}") && !message.contains("\u{0}"))
  }

  @Test("a line of a megabyte is cut visibly, and sent", arguments: channels.keys.sorted(), [true, false])
  func long(_ channel: String, _ isAnswered: Bool) async throws {
    let line = String(repeating: "a", count: 1_000_000)
    let sent = try await sent(channel, answer: isAnswered ? line : nil, detail: isAnswered ? "" : line)
    let bytes =
      switch sent {
      case .http(let exchange): exchange.body
      case .mail(let mail): mail.message
      case .process(let run): run.input
      case .append(let append): append.bytes
      }
    #expect(bytes.count < 100_000)
    let text = String(decoding: bytes, as: UTF8.self).replacing("=\r\n", with: "")
    #expect(text.contains("aaaaaaaaaa"))
    #expect(text.contains("…") || text.contains("\\u2026") || text.contains("=E2=80=A6"))
  }
}
