// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfrySlackDM
import BelfryTesting
import Testing

@Suite("The Slack DM channel")
struct SlackDMChannelTests {
  private static let settings = #"{ "token": "xoxb-t0p-s3cret", "user": "U012ABCDEF" }"#
  private static let posted = HTTPReply(status: 200, body: Array(#"{"ok":true,"channel":"D024","ts":"1.5"}"#.utf8))
  private static let contract = ChannelContract(
    SlackDMChannel.self,
    settings: settings,
    success: .http(posted)
  )

  @Test("keeps the channel contract")
  func contract() async throws {
    try await Self.contract.verify()
  }

  @Test("sends the recorded requests", arguments: SampleNotices.all.map(\.name))
  func golden(name: String) throws {
    let notice = try #require(SampleNotices.all.first { $0.name == name }).notice
    let exchange = try exchange(notice)
    let head = ["\(exchange.method) \(exchange.url)"] + exchange.fields.map { "\($0.name): \($0.value)" }
    try Golden().check(Array((head.joined(separator: "\n") + "\n\n").utf8) + exchange.body, as: "\(name).http")
  }

  @Test("keeps Slack's limits, whatever an alert contains")
  func limits() throws {
    for (name, notice) in ContractNotices.all {
      let body = try body(notice)
      let blocks = body.blocks
      #expect((notice.refusal == nil ? 1...50 : 0...0).contains(blocks.count), "\(name)")
      #expect((1...4000).contains(body["text"]?.string?.utf16.count ?? 0), "\(name)")
      let texts = blocks.flatMap { block in block.texts.map { (type: block["type"]?.string ?? "", text: $0) } }
      #expect(texts.reduce(0) { $0 + $1.text.utf16.count } <= 12_000, "\(name)")
      for (type, text) in texts {
        #expect((1...(type == "header" ? 150 : 3000)).contains(text.utf16.count), "\(name): \(type)")
      }
    }
  }

  @Test("makes no mention, link or partial entity from an alert")
  func neutral() throws {
    for (name, notice) in ContractNotices.all {
      let body = try body(notice)
      let texts = body.blocks.flatMap(\.plainTexts) + [body["text"]?.string ?? ""]
      for text in texts {
        #expect(!text.contains("<") && !text.contains(">"), "\(name)")
        let loose = ["&amp;", "&lt;", "&gt;"].reduce(text) { $0.replacing($1, with: "") }
        #expect(!loose.contains("&"), "\(name)")
      }
    }
  }

  @Test(
    "lets no title break out of an acknowledgement link, or into one",
    arguments: [
      "x|> <https://evil.example.com|y>", "a|b>c", "<!channel>", "*b* _i_ `c` :fire:", "&lt;",
      "https://evil.example.com/",
    ]
  )
  func acknowledging(title: String) throws {
    let first = Alert(source: "app", id: "1", severity: .critical, title: title)
    let second = Alert(source: "app", id: "2", severity: .critical, title: title)
    for alerts in [[first], [first, second]] {
      var notice = ContractNotices.plain
      notice.content = alerts.count == 1 ? .alert(first) : .burst(alerts)
      notice.acknowledging = Notice.Acknowledging(home: "https://belfry.example.com")
      for alert in alerts { notice.acknowledging?.links[alert.key] = "https://belfry.example.com/ack/\(alert.id)" }
      let blocks = try body(notice)["blocks"]?.elements ?? []
      let texts = blocks.flatMap { ($0["fields"]?.elements ?? []) + [$0["text"]].compactMap(\.self) }
      let links = texts.filter { $0["type"]?.string == "mrkdwn" }
      #expect(
        links.compactMap { $0["text"]?.string }
          == alerts.map { "<https://belfry.example.com/ack/\($0.id)|Acknowledge>" }
      )
      #expect(!blocks.contains { $0["type"]?.string == "actions" })
    }
  }

  @Test("states how much was cut")
  func cuts() throws {
    let alerts = (0..<10_000).map { Alert(id: "\($0)", severity: .warning, title: "Alert number \($0)") }
    var notice = ContractNotices.plain
    notice.content = .burst(alerts)
    let fallback = try #require(try body(notice)["text"]?.string)
    let sent = alerts.count { fallback.contains("Alert number \($0.id)\n") }
    #expect(sent > 50)
    #expect(fallback.contains("… and \((10_000 - sent).grouped) more alerts"))

    let long = String(repeating: "&", count: 20_000)
    notice.content = .alert(Alert(id: "1", severity: .info, title: "Long", detail: long))
    let detail = try #require(try body(notice)["text"]?.string?.split(separator: "\n").first { $0.hasPrefix("&amp;") })
    let kept = detail.split(separator: "…")[0].count / 5
    #expect(detail.hasSuffix("… \((20_000 - kept).grouped) more characters"))
  }

  @Test("links to the source only if that is a web address")
  func links() throws {
    func link(_ link: String, cockpit: String) throws -> String? {
      var notice = ContractNotices.plain
      notice.content = .alert(Alert(id: "1", severity: .info, title: "T", link: link))
      notice.cockpit = cockpit
      return (try body(notice)["blocks"]?.elements ?? []).flatMap(\.texts).first { $0.hasPrefix("<") }
    }
    #expect(try link("/a?b=1&c=2", cockpit: "https://c.test") == "<https://c.test/a?b=1&amp;c=2|Open in Belfry>")
    let odd = "<https://x.test/%3C!channel%3E%7Cy|Details>"
    #expect(try link("https://x.test/<!channel>|y", cockpit: "") == odd)
    #expect(try link("/a", cockpit: "") == nil)
    #expect(try link("javascript:alert(1)", cockpit: "") == nil)
  }

  @Test("stores the conversation, the timestamp and a warning as its receipt")
  func receipt() throws {
    let answer = #"{"ok":true,"channel":"D024","ts":"1.5","response_metadata":{"warnings":["message_truncated"]}}"#
    let reply = HTTPReply(status: 200, body: Array(answer.utf8))
    let expected = Receipt(["channel": "D024", "ts": "1.5", "warning": "message_truncated"])
    #expect(try Self.contract.channel().interpret(.http(reply)) == .delivered(expected))
  }

  @Test(
    "judges Slack's answers",
    arguments: [
      (200, #"{"ok":true,"channel":"D1","ts":"1"}"#, "delivered"),
      (200, #"{"ok":false,"error":"ratelimited"}"#, "retry"),
      (200, #"{"ok":false,"error":"internal_error"}"#, "retry"),
      (200, #"{"ok":false,"error":"fatal_error"}"#, "ambiguous"),
      (200, #"{"ok":false,"error":"invalid_auth"}"#, "operator"),
      (200, #"{"ok":false,"error":"missing_scope"}"#, "operator"),
      (200, #"{"ok":false,"error":"channel_not_found"}"#, "target"),
      (200, #"{"ok":false,"error":"cannot_dm_bot"}"#, "target"),
      (200, #"{"ok":false,"error":"msg_blocks_too_long"}"#, "payload"),
      (200, #"{"ok":false,"error":"something_new"}"#, "retry"),
      (200, #"{"ok":false}"#, "retry"),
      (200, "<html>", "ambiguous"),
      (200, "", "ambiguous"),
      (302, "", "operator"),
      (403, #"{"ok":false,"error":"invalid_auth"}"#, "operator"),
      (404, "", "target"),
      (429, #"{"ok":false,"error":"ratelimited"}"#, "retry"),
      (503, #"{"ok":true}"#, "retry"),
    ]
  )
  func verdicts(status: Int, body: String, expected: String) throws {
    let reply = HTTPReply(status: status, body: Array(body.utf8))
    #expect(try Self.contract.channel().interpret(.http(reply)).name == expected)
  }

  @Test("names an unknown error, but lets nothing else of an answer into a log")
  func codes() throws {
    let channel = try Self.contract.channel()
    func code(_ error: String) -> Verdict.Reason? {
      let reply = HTTPReply(status: 200, body: Array(#"{"ok":false,"error":"\#(error)"}"#.utf8))
      guard case .retry(_, let reason) = channel.interpret(.http(reply)) else { return nil }
      return reason
    }
    #expect(code("something_new")?.code == "something_new")
    #expect(code("token xoxb-1 is bad")?.description.contains("xoxb") == false)
  }

  @Test(
    "rejects invalid settings",
    arguments: [
      (#"{ "token": "t", "user": "joshua" }"#, "is not a Slack id"),
      (#"{ "token": "t", "user": "u012abcdef" }"#, "is not a Slack id"),
      (#"{ "token": "", "user": "U012ABCDEF" }"#, "it is empty"),
      (#"{ "token": "t", "user": "U012ABCDEF", "api": "http://slack.example.com/api" }"#, "unencrypted"),
      (#"{ "token": "t", "user": "U012ABCDEF", "api": "slack.example.com" }"#, "not an absolute"),
      (#"{ "token": "t", "user": "U012ABCDEF", "users": [] }"#, "Did you mean \"user\"?"),
    ]
  )
  func settings(json: String, message: String) {
    #expect { try ChannelContract(SlackDMChannel.self, settings: json).channel() } throws: {
      "\($0)".contains(message)
    }
  }

  @Test("accepts a server on this machine without TLS")
  func loopback() throws {
    let settings = #"{ "token": "t", "user": "U012ABCDEF", "api": "http://127.0.0.1:8080/api/", "ca": "ca.pem" }"#
    let channel = try ChannelContract(SlackDMChannel.self, settings: settings).channel()
    guard case .http(let exchange) = try channel.compose(ContractNotices.plain) else { return }
    #expect(exchange.url == "http://127.0.0.1:8080/api/chat.postMessage")
    #expect(exchange.certificateAuthority == "/srv/belfry/ca.pem")
  }

  private func exchange(_ notice: Notice) throws -> HTTPExchange {
    guard case .http(let exchange) = try Self.contract.channel().compose(notice) else {
      throw BrokenContract(breaches: ["not an HTTP exchange"])
    }
    return exchange
  }

  private func body(_ notice: Notice) throws -> JSONNode {
    try #require(JSONTree.parse(SourceText(name: "body", bytes: try exchange(notice).body)).node)
  }
}

extension JSONNode {
  /// The blocks of a message, or those beside the coloured bar of an edit.
  fileprivate var blocks: [JSONNode] {
    (self["blocks"]?.elements ?? []) + (self["attachments"]?.elements ?? []).flatMap { $0["blocks"]?.elements ?? [] }
  }

  /// The text objects inside a block.
  private var objects: [JSONNode] {
    [self["text"]].compactMap { $0 } + (self["fields"]?.elements ?? []) + (self["elements"]?.elements ?? [])
  }

  fileprivate var texts: [String] { objects.compactMap { $0["text"]?.string } }

  fileprivate var plainTexts: [String] {
    objects.filter { $0["type"]?.string == "plain_text" }.compactMap { $0["text"]?.string }
  }
}
