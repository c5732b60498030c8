// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// `kill -9` at any moment, several times in a row, with a start after each.
@Suite(
  "Killed and restarted",
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1")
)
struct KillTests {
  @Test(
    "Belfry writes everything to the file, in complete lines, and nothing twice except what was in flight",
    .endsIfItHangs,
    arguments: [1, 2, 3] as [UInt64]
  )
  func file(seed: UInt64) async throws {
    let run = try KilledRun(alerts: 1_000, channel: #"{ "kind": "file", "path": "out.jsonl" }"#) {
      $0.size(of: "out.jsonl") / 2_400
    }
    var random = SeededGenerator(seed: seed)
    var inFlight = 0
    try await run.kill(at: Moment.sequence(using: &random)) {
      inFlight += run.notices.distinct - (try await run.delivered)
      // Rows that the killed process did not write are no alarm.
      let trail = try await run.verifyAudit()
      #expect(trail.isEmpty || trail.contains(#""audit":{"good":true,"#), "\(trail)")
    }
    let end = try await run.finish()
    #expect(end.status == 0, "\(end)")

    let notices = run.notices
    print("seed \(seed): \(inFlight) in flight at the kills, \(notices.repeated) of 1,000 notices came again")
    let (torn, lost) = (notices.torn, run.alerts.subtracting(notices.alerts))
    #expect(torn == 0, "lines that are not whole")
    #expect(lost.isEmpty)
    let (distinct, repeated) = (notices.distinct, notices.repeated)
    #expect(distinct == 1_000, "an alert got a second delivery")
    #expect(repeated <= inFlight)
    #expect(run.tornAuditRows == 0)
    let trail = try await run.verifyAudit()
    #expect(trail.contains(#""audit":{"good":true,"#), "\(trail)")
    let attempts = trail.firstMatch(of: /"attempts":([0-9]+)/).flatMap { Int($0.1) }
    #expect(attempts ?? 0 >= 1_000, "every message that was sent has its row: \(trail)")
  }

  @Test(
    "Belfry sends every message to Slack, and nothing twice except what was in flight",
    .endsIfItHangs,
    arguments: [4, 5] as [UInt64]
  )
  func slack(seed: UInt64) async throws {
    let slack = try LoopbackSlack(token: "xoxb-1")
    slack.trouble(.slow(.milliseconds(20)), times: 10_000)
    let channel = #"""
      { "kind": "slack-dm", "token": "${TOKEN}", "user": "U012ABCDEF", "api": "\#(slack.api)", "rate": "unlimited" }
      """#
    let run = try KilledRun(alerts: 200, channel: channel) { _ in slack.messages.count }
    var random = SeededGenerator(seed: seed)
    let moments = Moment.sequence(using: &random)
    try await run.kill(at: moments)
    let end = try await run.finish()
    #expect(end.status == 0, "\(end)")

    let notices = Notices(messages: slack.messages)
    print("seed \(seed): \(notices.repeated) of 200 messages came again after \(moments.count) kills")
    let lost = run.alerts.subtracting(notices.alerts)
    #expect(lost.isEmpty)
    let (distinct, repeated) = (notices.distinct, notices.repeated)
    #expect(distinct == 200, "an alert got a second delivery")
    #expect(repeated <= moments.count * KilledRun.inFlight)
  }
}
