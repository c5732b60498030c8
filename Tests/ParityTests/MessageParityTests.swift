// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import BelfryTesting
import Testing

/// The sent bytes are recorded in `Golden`; `BELFRY_RECORD=1` rewrites them.
@Suite("Kora's messages")
struct MessageParityTests {
  @Test(
    "to Slack, by severity",
    arguments: [
      (Severity.critical, "🔴 [CRITICAL] Kora"), (.warning, "🟡 [WARNING] Kora"), (.info, "🔵 [INFO] Kora"),
    ]
  )
  func slack(severity: Severity, headline: String) async throws {
    let kora = try await Kora(["KORA_COCKPIT_URL": ""])
    let notice = notice(.alert(.kora("a", severity)), on: "slack_dm", of: kora)
    let text = try slackText(notice, kora)
    #expect(
      text == """
        \(headline)
        Title of a

        Detail of a.
        In two lines.

        Source: /costs
        First seen: 3m ago
        """
    )
  }

  @Test(
    "state how long ago an alert was first seen",
    arguments: [
      ("2027-01-15T07:59:18Z", "42s ago"), ("2027-01-15T07:57:00Z", "3m ago"), ("2027-01-15T03:00:00Z", "5h ago"),
      ("2027-01-13T08:00:00Z", "2d ago"), ("2027-01-15T08:00:01Z", "2027-01-15T08:00:01Z"), ("long ago", "long ago"),
      ("", "(unknown)"),
    ]
  )
  func firstSeen(written: String, shown: String) async throws {
    let kora = try await Kora()
    var alert = Alert.kora("a")
    alert.firstSeen = written
    let text = try slackText(notice(.alert(alert), on: "slack_dm", of: kora), kora)
    #expect(text.contains("\nFirst seen: \(shown)\n") || text.hasSuffix("\nFirst seen: \(shown)"))
  }

  @Test("are sent exactly as recorded")
  func golden() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_BURST_THRESHOLD": "2"])
    try await kora.cycle(.kora("a", .critical))
    try await kora.cycle(.kora("a", .critical), .kora("b", .info, "service_unhealthy"))
    let many = ["c", "d", "e"].map { Alert.kora($0, $0 == "d" ? .critical : .warning, "category_\($0)") }
    try await kora.cycle([.kora("a", .critical), .kora("b", .info, "service_unhealthy")] + many)
    try check(kora, ["alert.slack.json", "alert.eml", "burst.slack.json"])
  }

  @Test("of the digest are exactly as recorded")
  func digest() async throws {
    let kora = try await Kora(["KORA_ALERT_NOTIFY_MODE": "digest"])
    try await kora.cycle(.kora("b", .info), .kora("c"), .kora("a", .info, "service_unhealthy"), .kora("d"))
    try await kora.pass(.seconds(86_400))
    try check(kora, ["digest.eml"])
  }

  private func check(_ kora: Kora, _ names: [String]) throws {
    let bodies = kora.transport.carried.compactMap { outgoing -> [UInt8]? in
      switch outgoing {
      case .append, .process: nil
      case .http(let exchange): exchange.body + [UInt8(ascii: "\n")]
      case .mail(let mail): mail.message
      }
    }
    #expect(bodies.count == names.count)
    for (name, body) in zip(names, bodies) { try Golden().check(body, as: name) }
  }

  private func notice(_ content: Notice.Content, on channel: ChannelName, of kora: Kora) -> Notice {
    Notice(
      delivery: DeliveryID("0198c0de-0000-7000-8000-000000000000"),
      channel: channel,
      content: content,
      sentAt: TestEnvironment.start,
      product: kora.configuration.product,
      cockpit: kora.configuration.cockpit
    )
  }

  private func slackText(_ notice: Notice, _ kora: Kora) throws -> String {
    let channel = try #require(kora.configuration.channels[notice.channel]?.channel)
    guard case .http(let exchange) = try channel.compose(notice) else { return "" }
    return exchange.slackText
  }
}

@Suite("Kora's Slack client")
struct SlackParityTests {
  @Test("posts to the user's ID with the token, and gives up after ten seconds")
  func request() async throws {
    let kora = try await Kora()
    try await kora.cycle(.kora("a"))
    guard case .http(let exchange) = kora.transport.carried.first else { return #expect(Bool(false)) }
    #expect(exchange.url == "https://slack.com/api/chat.postMessage")
    #expect(exchange.limits.total == .seconds(10))
    let body = try #require(JSONTree.parse(SourceText(name: "body", bytes: exchange.body)).node)
    #expect(body["channel"]?.string == "U0JOSHUA")
    #expect(!"\(exchange)".contains("xoxb-kora"))
  }

  @Test(
    "retries after the time that Slack asks for, or its own wait, and not after a refusal",
    arguments: [
      (429, ["retry-after": "7"], "", Verdict.retry(after: .seconds(7), because: .init("http_429", ""))),
      (500, [:], "", .retry(after: nil, because: .init("http_500", ""))),
      (
        200, [:], #"{"ok":false,"error":"channel_not_found"}"#,
        .rejected(.target, because: .init("channel_not_found", ""))
      ),
      (404, [:], "", .rejected(.target, because: .init("http_404", ""))),
    ] as [(Int, [String: String], String, Verdict)]
  )
  func answers(status: Int, fields: [String: String], body: String, expected: Verdict) async throws {
    let kora = try await Kora()
    let channel = try #require(kora.configuration.channels["slack_dm"]?.channel)
    let reply = HTTPReply(
      status: status,
      fields: fields.map { (name: $0.key, value: $0.value) },
      body: Array(body.utf8)
    )
    #expect(channel.interpret(.http(reply)).withoutText == expected)
  }
}

extension Verdict {
  fileprivate var withoutText: Verdict {
    switch self {
    case .delivered: self
    case .partial(let receipt, let reason, let retry): .partial(receipt, because: Reason(reason.code, ""), retry: retry)
    case .retry(let after, let reason): .retry(after: after, because: Reason(reason.code, ""))
    case .ambiguous(let reason): .ambiguous(because: Reason(reason.code, ""))
    case .rejected(let rejection, let reason): .rejected(rejection, because: Reason(reason.code, ""))
    }
  }
}
