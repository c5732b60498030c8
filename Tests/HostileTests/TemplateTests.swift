// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// A thousand hostile alerts through each template of the page about templates, and through each kind of channel.
@Suite("A template with hostile alerts")
struct TemplateTests {
  /// What would be a mention, markup, a header field or a placeholder if it were not escaped.
  private static let pieces = [
    "<!channel>", "<!here|x>", "<@U123>", "<#C123>", "@everyone", "<https://evil.example.com|click>", "*b* _i_ `c` ~s~",
    "```", "<script>alert(1)</script>", "</p></html>", "<img src=x onerror=alert(1)>",
    "<a href=\"https://evil.example.com\">",
    "\r\nBcc: evil@example.net\r\n", "\nX-Injected: 1\n\n", "\r\n.\r\n", "--belfry-1", "&lt;b&gt;", "\" ' \\",
    "{{ title }}",
    "{% if %}", "${TOKEN}", "\u{0}\u{7}\u{1B}[2J", "\u{202E}", "=?utf-8?B?eA==?=", "[x](https://evil.example.com)",
    "é漢🔥",
  ]

  private static let channels = """
    {"channels": {
       "mail": {"kind": "smtp", "server": "smtp://mail.example.com", "from": "a@example.com", "to": "b@example.com"},
       "slack": {"kind": "slack-dm", "token": "${SLACK_TOKEN}", "user": "C012ABCDEF"},
       "hook": {"kind": "webhook", "url": "https://hooks.example.com/"},
       "file": {"kind": "file", "path": "var/a.jsonl"},
       "program": {"kind": "exec", "command": ["/bin/true"]}},
     "routes": [{"to": ["mail", "slack", "hook", "file", "program"]}]}
    """

  private let configuration: Configuration

  init() throws {
    configuration = try Configuration.parse(Self.channels, environment: ["SLACK_TOKEN": "xoxb-1"])
  }

  private static func text(_ generator: inout SeededGenerator) -> String {
    (0..<Int.random(in: 1...4, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
  }

  private static func alert(_ id: Int, _ generator: inout SeededGenerator) -> Alert {
    let names = ["alertname", "severity", "cluster", "team", "instance", text(&generator)]
    return Alert(
      source: "prometheus",
      id: "\(id) \(text(&generator))",
      severity: [.critical, .warning, Severity(text(&generator))].randomElement(using: &generator) ?? .info,
      category: text(&generator),
      title: text(&generator),
      detail: text(&generator),
      labels: Labels(names.map { Labels.Label(name: $0, value: text(&generator)) }),
      link: text(&generator),
      firstSeen: "2026-11-23T05:23:00Z",
      annotations: [
        "summary": text(&generator), "description": text(&generator), "runbook_url": text(&generator),
        "dashboard_url": "https://grafana.example.com/\(text(&generator))", text(&generator): text(&generator),
      ],
      sourceLink: text(&generator)
    )
  }

  @Test("makes no markup, mention or header", arguments: TemplatePattern.all.map(\.name))
  func hostile(name: String) throws {
    let template = try #require(TemplatePattern.all.first { $0.name == name }?.read().template)
    var generator = SeededGenerator(seed: 16)
    for round in 0..<10 {
      let alerts = (0..<100).map { Self.alert(round * 100 + $0, &generator) }
      let kind = NoticeSample.allCases[round % NoticeSample.allCases.count]
      // Each round on every other channel, so that all alerts go through the template and 500 to each channel.
      for (index, (channel, harmless)) in try harmless(kind, template).enumerated() where (index + round) % 2 == 0 {
        var notice = kind.notice(of: alerts, on: channel.name)
        notice.custom = template.text(for: notice)
        switch try channel.channel.compose(notice) {
        case .mail(let mail): try check(mail, like: harmless)
        case .http(let exchange) where channel.name == "slack": try checkSlack(exchange.body)
        case .http(let exchange): try checkObject(exchange.body, like: harmless)
        case .append(let append): try checkObject(append.bytes, like: harmless)
        case .process(let run): try checkObject(run.input, like: harmless)
        }
      }
    }
  }

  /// What each channel makes of harmless alerts.
  private func harmless(
    _ kind: NoticeSample,
    _ template: MessageTemplate
  ) throws -> [(channel: ConfiguredChannel, outgoing: Outgoing)] {
    try configuration.channels.values.sorted { $0.name < $1.name }.map { channel in
      var notice = kind.notice(on: channel.name)
      notice.custom = template.text(for: notice)
      return (channel, try channel.channel.compose(notice))
    }
  }

  /// JSON with the members of the harmless message.
  private func checkObject(_ bytes: [UInt8], like harmless: Outgoing) throws {
    let expected: [UInt8]
    switch harmless {
    case .http(let exchange): expected = exchange.body
    case .append(let append): expected = append.bytes
    case .process(let run): expected = run.input
    case .mail: return
    }
    let names = try [bytes, expected].map { try #require(JSONNode(json: $0)?.members).map(\.name) }
    #expect(names[0] == names[1])
  }

  /// Only Belfry's own texts are markup in Slack: all others are escaped, or plain text.
  private func checkSlack(_ body: [UInt8]) throws {
    let message = try #require(JSONNode(json: body))
    var marked = [message["text"]?.string].compactMap(\.self)
    func collect(_ node: JSONNode) {
      if node["type"]?.string == "mrkdwn", let text = node["text"]?.string { marked.append(text) }
      for child in (node.elements ?? []) + (node.members ?? []).map(\.node) { collect(child) }
    }
    collect(message)
    #expect(!marked.isEmpty)
    for text in marked {
      // A link that Belfry writes: its address contains nothing that ends it, and its host is not one of a text.
      let rest = text.replacing(/<https?:\/\/(?!evil)[^<>|\s]*(\|[^<>|]*)?>/, with: "")
      #expect(!rest.contains("<") && !rest.contains(">"), "\(rest)")
    }
  }

  private func check(_ mail: MailSubmission, like harmless: Outgoing) throws {
    guard case .mail(let other) = harmless else { return }
    #expect(mail.recipients == other.recipients && mail.sender == other.sender)
    let (message, benign) = (Self.text(of: mail), Self.text(of: other))
    #expect(Self.fields(message).isSubset(of: Self.fields(benign)))
    let tags = Self.tags(message)
    #expect(!tags.isEmpty)
    for tag in tags {
      let link = tag.wholeMatch(of: /<a href="(https?:\/\/[^"<>]*)"( style="[^"<>]*")?>/)
      #expect(link != nil || Self.tags(benign).contains(tag) || Self.known.contains(tag), "\(tag)")
    }
  }

  /// Tags of Belfry that not every message has.
  private static let known: Set<String> = ["<li>", "</li>", "<ul>", "</ul>", "</a>", "<br>"]

  /// The message with its parts decoded.
  private static func text(of mail: MailSubmission) -> String {
    let bytes = Array(mail.message)
    var decoded: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard bytes[index] == UInt8(ascii: "="), index + 2 < bytes.count else {
        decoded.append(bytes[index])
        index += 1
        continue
      }
      if bytes[index + 1] != 13,
        let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
      {
        decoded.append(byte)
      }
      index += 3
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// The names of the header fields.
  private static func fields(_ message: String) -> Set<String> {
    let header = message.components(separatedBy: "\r\n\r\n")[0].components(separatedBy: "\r\n")
    return Set(header.filter { $0.first?.isWhitespace == false }.map { String($0.prefix { $0 != ":" }) })
  }

  /// The tags of the HTML part; the colours of severities are left out.
  private static func tags(_ message: String) -> Set<String> {
    guard let start = message.range(of: "Content-Type: text/html") else { return [] }
    let found = message[start.upperBound...].matches(of: /<[\/!a-zA-Z][^>]*>/).map { String($0.output) }
    return Set(found.map { $0.replacing(/#[0-9a-f]{6}/, with: "#") })
  }
}
