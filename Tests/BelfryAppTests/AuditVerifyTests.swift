// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing
@testable import BelfryApp

@Suite("Verifying that every alert is accounted for")
struct AuditVerifyTests {
  @Test("counts alerts by status")
  func counts() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    let refused = Settlement.Result.dead(because: Verdict.Reason("gone", "It is gone."))
    try await environment.take(.fired(.sample("sent")), .fired(.sample("cert", .info)), .fired(.sample("odd", .odd)))
    try await environment.take(.fired(.sample("dead", .critical)), failing: ["oncall": refused, "journal": refused])
    try await environment.take(.fired(.sample("gone")), .resolved(AlertKey(source: "app", id: "gone")))
    let text = AuditVerifyCommand.text(try await AuditVerifyCommand.check(environment.ledger, at: environment.now))
    #expect(text == "4 alerts accounted for: 1 sent, 1 waiting, 1 undeliverable, 1 dropped by a rule")
    let empty = try await TestEnvironment(WhyTests.rules).adopted()
    let nothing = try await AuditVerifyCommand.check(empty.ledger, at: empty.now)
    #expect(AuditVerifyCommand.text(nothing) == "no active alerts")
  }

  @Test("names an alert that is not, and the fault")
  func offenders() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    try await environment.take(.fired(.sample("sent")))
    try await environment.take(.fired(.sample("like")))
    environment.time.advance(by: .seconds(3600))
    let check = try await AuditVerifyCommand.check(environment.ledger, at: environment.now)
    let list = try #require(try await environment.ledger.record(of: AlertKey(source: "app", id: "like"))?.holds.first)
    #expect(
      AuditVerifyCommand.text(check) == """
        app/like: it waits in \(list), which should have ended at 2027-01-15T08:10:00Z: is `belfry run` running?
        1 alert not accounted for, of 2 active: 1 sent, 1 waiting
        run `belfry why` for each, and notify the right people yourself
        """
    )
    #expect(AuditVerifyCommand.encode(check, trail()).contains(#""good":false,"active":2"#))
  }

  @Test("names a channel on which a delivery waits longer than any retry")
  func stuck() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    let late = Settlement.Result.retry(
      at: environment.now + .seconds(40 * 86_400),
      because: Verdict.Reason("asked", "")
    )
    try await environment.take(.fired(.sample("a")), .fired(.sample("b", .warning, "net")), failing: ["journal": late])
    try await environment.take(.resolved(AlertKey(source: "app", id: "a")))
    let check = try await AuditVerifyCommand.check(environment.ledger, at: environment.now)
    #expect(check.offenders.map(\.alert.id) == ["b"])
    #expect(AuditVerifyCommand.text(check).hasPrefix("channel journal: a delivery waits until 2027-02-24T08:00:00Z"))
  }

  /// The result of checking a log's rows; `change` modifies them first.
  private func trail(_ count: Int = 0, change: (inout [String]) -> Void = { _ in }) -> AuditTrail {
    var chain = RowChain(after: .beginning, isStated: true)
    let rows = (0..<count).map { #"{"seam":"s","id":\#($0)}"# + "\n" }.joined()
    var lines = String(decoding: chain.extend(Array(rows.utf8)), as: UTF8.self).split(separator: "\n").map(String.init)
    change(&lines)
    var check = ChainCheck(written: count > 0 ? chain.end : nil)
    for (index, line) in lines.enumerated() {
      check.take(Array(line.utf8)[...], at: ChainCheck.Place(file: "audit.jsonl", line: index + 1))
    }
    check.finish()
    return AuditTrail(chain: check)
  }

  @Test("reports an intact audit log, and its rows outside the chain")
  func wholeTrail() {
    #expect(trail().text == nil)
    #expect(trail(3).text == "audit log: 3 rows, none changed or missing")
    let old = trail(3) { $0 = ["{}", "{}"] + $0 }
    #expect(old.text == "audit log: 3 rows, none changed or missing, after 2 lines from before the hash chain")
    var lost = trail(1)
    lost.lost = 4
    #expect(lost.text?.hasSuffix("\naudit log: 4 rows could not be written, and the log says so") == true)
  }

  @Test("names every changed row of the audit log, in text and in JSON")
  func brokenTrail() {
    let broken = trail(9) { rows in
      rows[1] = rows[1].replacing(":1,", with: ":7,")
      rows.insert("{}", at: 2)
      rows.removeSubrange(5...6)
      rows.removeLast(2)
    }
    #expect(
      broken.text == """
        audit log: audit.jsonl:2: row 2 or the row before it was changed
        audit log: audit.jsonl:3: this line is not a row of the log: it was added, or changed beyond recognition
        audit log: audit.jsonl:6: rows 5 to 6 are missing
        audit log: rows 8 to 9 are missing
        audit log: it was changed after it was written; see the operator's runbook
        """
    )
    let json = AuditVerifyCommand.encode(AccountingAudit(), broken)
    #expect(json.hasPrefix(#"{"good":false,"#))
    #expect(json.contains(#"{"fault":"rows 5 to 6 are missing","file":"audit.jsonl","line":6}"#))
    #expect(json.contains(#"{"fault":"rows 8 to 9 are missing","file":null}"#))
  }

  @Test(
    "reports what the ledger has lost since the audit log was written, and fails",
    arguments: [
      (LedgerPosition(ledger: "a", commits: 9), nil as String?, 0), (LedgerPosition(ledger: "a", commits: 12), nil, 0),
      (
        LedgerPosition(ledger: "a", commits: 7),
        "ledger: its last 2 commits are missing: the audit log is newer", 2
      ),
      (
        LedgerPosition(ledger: "a", commits: 8), "ledger: its last commit is missing: the audit log is newer",
        1
      ),
      (
        LedgerPosition(ledger: "b", commits: 12),
        "ledger: it does not belong to this audit log: all 9 commits of the original ledger are missing", 9
      ),
      (
        nil, "ledger: it does not belong to this audit log: all 9 commits of the original ledger are missing",
        9
      ),
    ] as [(LedgerPosition?, String?, Int)]
  )
  func lostCommits(now: LedgerPosition?, text: String?, count: Int) {
    var trail = trail(3)
    trail.loss = LedgerPosition(ledger: "a", commits: 9).loss(now: now)
    #expect(trail.isGood == (text == nil))
    if let text { #expect(trail.text?.split(separator: "\n").contains(Substring(text)) == true, "\(trail.text ?? "")") }
    #expect(AuditVerifyCommand.encode(AccountingAudit(), trail).contains(#""lost_commits":\#(count),"#))
  }

  @Test("finds nothing after histories of every kind", arguments: 1...12)
  func histories(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    for step in 0..<120 {
      let failing = environment.configuration.channels.mapValues { _ in result(at: environment.now, &random) }
      if Int.random(in: 0..<3, using: &random) == 0 {
        try await environment.advance(by: .seconds(Int.random(in: 1...900, using: &random)), failing: failing)
        while let due = try await environment.ledger.nextTimer(), due <= environment.now {
          try await environment.advance(by: .zero)
        }
      } else {
        try await environment.take(event(at: environment.now, &random), failing: failing)
      }
      let offenders = try await AuditVerifyCommand.check(environment.ledger, page: 5, at: environment.now).offenders
      #expect(offenders == [], "step \(step)")
      if !offenders.isEmpty { return }
    }
  }

  private func result(at now: Instant, _ random: inout SeededGenerator) -> Settlement.Result {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: .delivered(Receipt())
    case 1: .dead(because: Verdict.Reason("gone", ""))
    default: .retry(at: now + .seconds(60), because: Verdict.Reason("busy", ""))
    }
  }

  private func event(at now: Instant, _ random: inout SeededGenerator) -> Event {
    let number = Int.random(in: 0..<10, using: &random)
    let severity = [.critical, .warning, .info, Severity("notice"), .odd].randomElement(using: &random) ?? .info
    let category = ["disk", "power", "host"][number % 3]
    let alert = Alert.sample("a\(number)", severity, category, labels: ["rack": "r\(number % 2)"])
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<6: return .fired(alert)
    case 6: return .changed(alert)
    case 7, 8: return .resolved(alert.key)
    case 9: return .acknowledged(alert.key, by: "ann", comment: "")
    case 10:
      var matcher = Matcher()
      matcher.category = Patterns([.exact(ExactText(category))])
      let length = Duration.seconds(Int.random(in: 60...7200, using: &random))
      let id = SilenceID("s\(Int.random(in: 0..<3, using: &random))")
      return .silenced(Silence(id: id, matcher: matcher, from: now, until: now + length, author: "ann"))
    default: return .unsilenced(SilenceID("s\(Int.random(in: 0..<3, using: &random))"), by: "ben")
    }
  }
}

extension Severity {
  fileprivate static let odd = Severity("odd")
}
