// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The built program with Slack, healthy and failing.
@Suite("Slack, used by the built program", .systemTest, .endsIfItHangs)
struct SlackTests {
  private static let token = "xoxb-2718281828-do-not-show"
  private static let alerts =
    #"[{"id": "db", "severity": "critical", "title": "Die Datenbank — 磁盘已满 — antwortet nicht"}]"#

  /// Slack's failures before it accepts the message, and Belfry's expected reaction.
  struct Trouble: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let troubles: [LoopbackSlack.Trouble]
    /// The audited result of each attempt.
    let outcomes: [String]
    /// The channel's time limit: the longest possible, unless it is to be reached.
    let timeout: String

    init(_ name: String, _ troubles: [LoopbackSlack.Trouble], _ outcomes: [String], timeout: String = "60s") {
      testDescription = name
      self.troubles = troubles
      self.outcomes = outcomes
      self.timeout = timeout
    }
  }

  private static let passing = [
    Trouble("none", [], ["ok"]),
    Trouble("a rate limit", [.rateLimited(retryAfter: 2)], ["http_429", "ok"]),
    Trouble("a server that fails", [.status(503), .status(500)], ["http_503", "http_500", "ok"]),
    Trouble("a slow answer", [.slow(.milliseconds(300))], ["ok"]),
    Trouble("no answer", [.silent], ["timed_out_after_sending", "ok"], timeout: "10s"),
    Trouble("an answer that is lost", [.answerLost], ["connection_lost", "ok"]),
    Trouble("a closed door", [.closed], ["connection_lost", "ok"]),
  ]

  @Test("only delays the message by temporary failures", arguments: passing)
  func delayed(by trouble: Trouble) async throws {
    let slack = try LoopbackSlack(token: Self.token)
    for trouble in trouble.troubles { slack.trouble(trouble) }
    let site = try installation(slack, timeout: trouble.timeout)

    let belfry = try site.start("run")
    let line = try await belfry.line(containing: "sent oncall critical own/db")
    belfry.terminate()
    #expect(try await belfry.exit() == 0, "\(belfry.output)")

    let attempts = trouble.outcomes.count
    #expect(attempts == 1 ? line.hasSuffix("”") : line.contains("” on attempt \(attempts)"), "\(line)")
    #expect(belfry.output.components(separatedBy: "retry oncall").count == attempts)
    #expect(try await site.audit().map(\.outcome) == trouble.outcomes)
    let (status, exit) = try await site.status()
    #expect(status.deliveries == ["oncall": .init(delivered: 1)])
    #expect(exit == 0)
    // However often it was tried, Slack has it once: before it is sent again, Belfry searches for it.
    let posted = try slack.messages.map { try JSONDecoder().decode(Posted.self, from: Data($0.body)) }
    #expect(posted.count == 1)
    #expect(posted.allSatisfy { $0.channel == "U012ABCDEF" && $0.text.contains("Die Datenbank — 磁盘已满") })
    try expectNoToken(in: site, belfry.output)
  }

  @Test("with a corrected token gets everything that waited after the pause, including the alert about the channel")
  func mended() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("invalid_auth"))
    let site = try installation(slack)
    let belfry = try site.start("run")
    try await belfry.line(containing: "channel oncall is failing: invalid_auth")
    try await belfry.line(containing: "channel oncall works again")
    try await eventually("both are sent") { try await site.status().status.deliveries["oncall"]?.delivered == 2 }
    #expect(slack.messages.contains { $0.text.contains("Die Datenbank — 磁盘已满") })
    #expect(slack.messages.contains { $0.text.contains("Channel oncall is failing") })
    #expect(try await site.audit().map(\.outcome) == ["invalid_auth", "ok", "ok"])
    #expect(try await site.status().exit == 0)
    try expectNoToken(in: site, belfry.output)
  }

  @Test("has its rate limit respected for as long as it says")
  func retryAfter() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.rateLimited(retryAfter: 3))
    let site = try installation(slack)
    let belfry = try site.start("run")
    try await belfry.line(containing: "sent oncall")
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    let times = try await site.audit().map { try style.parse($0.emittedAt) }
    try #require(times.count == 2)
    #expect(times[1].timeIntervalSince(times[0]) >= 2.9)
  }

  @Test("with an unreachable recipient leads to a dead letter, which everything reports")
  func unreachable() async throws {
    let slack = try LoopbackSlack(token: Self.token, recipients: ["U0SOMEONE"])
    let site = try installation(slack)
    let run = try await site.run("run", "--once")
    #expect(run.status == 1)
    #expect(run.output.contains("DEAD LETTER oncall critical own/db"), "\(run)")
    #expect(run.output.contains("channel_not_found"), "\(run)")
    #expect(run.output.contains("Check `user`"), "says what to do: \(run)")
    #expect(try await site.audit().map(\.outcome) == ["channel_not_found"])
    let (status, exit) = try await site.status()
    #expect(status.deliveries == ["oncall": .init(dead: 1)])
    #expect(exit == 1)
    try expectNoToken(in: site, run.output)
  }

  @Test("with a refused token keeps the message until the operator fixes it")
  func wrongToken() async throws {
    let slack = try LoopbackSlack(token: "xoxb-another")
    let site = try installation(slack)
    let run = try await site.run("run", "--once")
    #expect(run.status == 1)
    #expect(run.output.contains("retry oncall critical own/db"), "\(run)")
    #expect(run.output.contains("invalid_auth"), "\(run)")
    #expect(run.output.contains("Check `token`"), "says what to do: \(run)")
    // The alert, and the alarm about the channel, which no other channel is there to send.
    #expect(run.output.contains("done: 0 delivered, 2 still pending, 0 dead letters"), "\(run)")
    #expect(try await site.audit().map(\.outcome) == ["invalid_auth"])
    let (status, exit) = try await site.status()
    #expect(status.deliveries == ["oncall": .init(pending: 2)])
    #expect(exit == 1)
    #expect(slack.messages.isEmpty)
    try expectNoToken(in: site, run.output)
  }

  @Test(
    "gets a test whose result is reported",
    arguments: [
      (nil, 0, "oncall: ok"), (.rateLimited(retryAfter: 1), 1, "oncall: failed: http_429"),
      (.status(502), 1, "oncall: failed: http_502"), (.error("invalid_auth"), 1, "oncall: failed: invalid_auth"),
      (.error("channel_not_found"), 1, "oncall: failed: channel_not_found"),
      (.slow(.milliseconds(300)), 0, "oncall: ok"),
      (.silent, 1, "oncall: failed: timed_out_after_sending"),
    ] as [(LoopbackSlack.Trouble?, Int32, String)]
  )
  func test(trouble: LoopbackSlack.Trouble?, status: Int32, line: String) async throws {
    let slack = try LoopbackSlack(token: Self.token)
    if let trouble { slack.trouble(trouble) }
    let site = try installation(slack, timeout: trouble == .silent ? "5s" : "60s")
    let test = try await site.run("test")
    #expect(test.status == status)
    #expect(test.output.hasPrefix(line), "\(test)")
    #expect(slack.requests.count == 1)
    #expect(try await site.audit().map(\.details.status) == [status == 0 ? "ok" : "failed"])
    try expectNoToken(in: site, test.output)
  }

  private func installation(_ slack: LoopbackSlack, timeout: String = "60s") throws -> Installation {
    let site = try Installation(
      """
      {
        "version": 1,
        "channels": {
          "oncall": {
            "kind": "slack-dm", "token": "${SLACK_BOT_TOKEN}", "user": "U012ABCDEF", "api": "\(slack.api)",
            "timeout": "\(timeout)"
          }
        },
        "routes": [{ "to": "oncall" }],
        "sources": { "own": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """,
      environment: ["SLACK_BOT_TOKEN": Self.token]
    )
    try site.write(Self.alerts, to: "alerts.json")
    return site
  }

  /// Checks that neither the output nor any file contains the token.
  private func expectNoToken(in site: Installation, _ output: String) throws {
    #expect(try site.files(containing: "notification.dispatched") == ["var/audit.jsonl"], "the files are read")
    #expect(try site.files(containing: Self.token) == [])
    #expect(!output.contains(Self.token))
  }
}

/// The checked parts of a posted message.
private struct Posted: Decodable {
  struct Metadata: Decodable {
    struct Payload: Decodable { let delivery_id: String }
    let event_payload: Payload
  }

  let channel: String
  let text: String
  let metadata: Metadata
}
