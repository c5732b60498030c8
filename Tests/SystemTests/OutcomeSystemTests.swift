// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// The built program in each class of outcome: what it does, and what it reports when asked.
@Suite("The outcomes of deliveries by the built program", .systemTest, .endsIfItHangs)
struct OutcomeSystemTests {
  private static let token = "xoxb-3141592653"

  @Test("retry: the message is sent later, and why states what failed")
  func retry() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.status(503))
    let site = try installation(slack)
    let belfry = try site.start("run")
    try await belfry.line(containing: "sent oncall critical own/db")
    let why = try await site.run("why", "db")
    #expect(why.answer.hasPrefix("sent: oncall"), "\(why)")
    #expect(why.answer.contains("oncall: attempt 1 failed"), "\(why)")
    #expect(why.answer.contains("http_503"), "\(why)")
    try await expectNoDeadLetters(site)
  }

  @Test(
    "ambiguous: Slack is asked whether it arrived; if that is not permitted, why states that it may be there twice",
    arguments: [
      ([], 1, "it had arrived; only the response was lost"),
      (["conversations.open"], 2, "possible duplicate: Slack's history could not be read (missing_scope)"),
    ] as [(Set<String>, Int, String)]
  )
  func ambiguous(refusing: Set<String>, posts: Int, remark: String) async throws {
    let slack = try LoopbackSlack(token: Self.token, refusing: refusing)
    slack.trouble(.answerLost)
    let site = try installation(slack)
    let belfry = try site.start("run")
    try await belfry.line(containing: "sent oncall critical own/db")
    #expect(slack.messages.count == posts)
    let why = try await site.run("why", "db")
    #expect(why.answer.contains("connection_lost"), "\(why)")
    #expect(why.answer.contains(remark), "\(why)")
    try await expectNoDeadLetters(site)
  }

  @Test("payload: it is sent again in its plainest form, which states why")
  func plainest() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("invalid_blocks"))
    let site = try installation(slack)
    let run = try await site.run("run", "--once")
    #expect(run.status == 0, "\(run)")
    #expect(slack.messages.map { $0.text.contains("plain text only") } == [true])
    let why = try await site.run("why", "db")
    #expect(why.answer.contains("invalid_blocks"), "\(why)")
    try await expectNoDeadLetters(site)
  }

  @Test("payload: if refused in its plainest form too it is a dead letter, which is discarded by hand")
  func refused() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("invalid_blocks"), times: 2)
    let site = try installation(slack)
    #expect(try await site.run("run", "--once").status == 1)
    let dead = try await site.run("dead", "list")
    #expect(dead.status == 1, "\(dead)")
    #expect(dead.answer.contains("oncall to U012ABCDEF: critical own/db “Db”: payload: invalid_blocks"), "\(dead)")
    let id = String(dead.answer.prefix { $0 != " " })
    #expect(try await site.run("why", "db").answer.contains("belfry dead show \(id)"))
    #expect(try await site.run("dead", "show", id).answer.contains("what to do: "))
    #expect(try await site.run("dead", "drop", id).status == 0)
    try await expectNoDeadLetters(site)
    #expect(try await site.run("why", "db").answer.hasPrefix("discarded: "))
  }

  @Test("target: a dead letter is retried when the recipient exists")
  func target() async throws {
    let slack = try LoopbackSlack(token: Self.token)
    slack.trouble(.error("channel_not_found"))
    let site = try installation(slack)
    #expect(try await site.run("run", "--once").status == 1)
    let dead = try await site.run("dead", "list")
    #expect(dead.answer.contains("target: channel_not_found"), "\(dead)")
    #expect(try await site.run("dead", "retry", "--all").status == 0)
    #expect(try await site.run("run", "--once").status == 0)
    #expect(slack.messages.count == 1)
    try await expectNoDeadLetters(site)
  }

  @Test("target: the fallback sends it instead, and why follows it there")
  func fallback() async throws {
    let slack = try LoopbackSlack(token: Self.token, recipients: ["U0SOMEONE"])
    let site = try installation(slack, fallback: "journal")
    #expect(try await site.run("run", "--once").status == 0)
    let sent = try site.lines(of: "out.txt").joined(separator: "\n")
    #expect(sent.contains("sent here because oncall failed: channel_not_found"), "\(sent)")
    let why = try await site.run("why", "db")
    #expect(why.answer.contains("oncall: forwarded to journal"), "\(why)")
    #expect(why.answer.contains("journal: delivered"), "\(why)")
    try await expectNoDeadLetters(site)
  }

  @Test("operator: the circuit opens, critical alerts go to the fallback, the rest waits, and the operator is notified")
  func circuit() async throws {
    let slack = try LoopbackSlack(token: "xoxb-another")
    let site = try installation(slack, fallback: "journal", alsoWarning: true)
    let belfry = try site.start("run")
    try await belfry.line(containing: "channel oncall is failing: invalid_auth")
    try await eventually("the critical alert and the alarm are sent by the fallback") {
      let sent = try site.lines(of: "out.txt").joined(separator: "\n")
      return sent.contains("sent here because oncall failed: ") && sent.contains("Channel oncall is failing")
    }
    // Unless the channel is being tried again just then.
    try await eventually("why says what the other one waits for") {
      let why = try await site.run("why", "web").answer
      return why.hasPrefix("waiting until ") && why.contains("channel oncall is failing: invalid_auth")
    }
    let status = try await site.run("status")
    #expect(status.status == 1, "\(status)")
    #expect(status.answer.contains("channel oncall: 1 pending"), "\(status)")
    #expect(status.answer.contains("failing since "), "\(status)")
    try await expectNoDeadLetters(site)
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
  }

  private func installation(
    _ slack: LoopbackSlack,
    fallback: String? = nil,
    alsoWarning: Bool = false
  ) throws -> Installation {
    let other = fallback.map { #", "fallback": "\#($0)""# } ?? ""
    let site = try Installation(
      """
      {
        "channels": {
          "oncall": { "kind": "slack-dm", "token": "${SLACK_BOT_TOKEN}", "user": "U012ABCDEF", "api": "\(slack.api)",
                      "timeout": "60s", "rate": "unlimited"\(other) },
          "journal": { "kind": "file", "path": "out.txt", "format": "text" }
        },
        "routes": [{ "to": "oncall" }],
        "cooldown": "0s",
        "sources": { "own": { "kind": "file", "path": "alerts.json" } },
        "interval": "1s"
      }
      """,
      environment: ["SLACK_BOT_TOKEN": Self.token]
    )
    let more = alsoWarning ? #", { "id": "web", "severity": "warning", "title": "Web" }"# : ""
    try site.write(#"[{ "id": "db", "severity": "critical", "title": "Db" }\#(more)]"#, to: "alerts.json")
    return site
  }

  private func expectNoDeadLetters(_ site: Installation) async throws {
    let dead = try await site.run("dead", "list")
    #expect(dead.status == 0 && dead.answer.hasPrefix("no dead letters"), "\(dead)")
  }
}
