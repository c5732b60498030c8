// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryTesting
import Testing

@testable import BelfryCommand

@Suite("Verifying that every alert is accounted for")
struct AuditVerifyTests {
  @Test("counts them by how they stand")
  func counts() async throws {
    let desk = try await Desk(WhyTests.rules)
    let refused = Settlement.Result.dead(because: Verdict.Reason("gone", "It is gone."))
    try await desk.take(.fired(.sample("told")), .fired(.sample("cert", .info)), .fired(.sample("odd", .odd)))
    try await desk.take(.fired(.sample("dead", .critical)), failing: ["oncall": refused, "journal": refused])
    try await desk.take(.fired(.sample("gone")), .resolved(AlertKey(source: "app", id: "gone")))
    let text = AuditVerifyCommand.text(try await AuditVerifyCommand.check(desk.ledger, at: desk.now))
    #expect(text == "4 alerts accounted for: 1 told, 1 waiting, 1 among the dead letters, 1 dropped by a rule")
    let empty = try await Desk(WhyTests.rules)
    let nothing = try await AuditVerifyCommand.check(empty.ledger, at: empty.now)
    #expect(AuditVerifyCommand.text(nothing) == "no alert is active")
  }

  @Test("names what is not, and what is wrong with it")
  func offenders() async throws {
    let desk = try await Desk(WhyTests.rules)
    try await desk.take(.fired(.sample("told")))
    try await desk.take(.fired(.sample("like")))
    desk.time.advance(by: .seconds(3600))
    let check = try await AuditVerifyCommand.check(desk.ledger, at: desk.now)
    let list = try #require(try await desk.ledger.record(of: AlertKey(source: "app", id: "like"))?.waits.first)
    #expect(
      AuditVerifyCommand.text(check) == """
        app/like: it waits in \(list), which was to end at 2027-01-15T08:10:00Z: is `belfry run` running?
        1 alert not accounted for, of 2 active: 1 told, 1 waiting
        ask `belfry why` about each, and see that those are told who must know
        """
    )
    #expect(AuditVerifyCommand.encode(check).contains(#""good":false,"active":2"#))
  }

  @Test("names a channel on which something waits for longer than anything is tried")
  func stuck() async throws {
    let desk = try await Desk(WhyTests.rules)
    let late = Settlement.Result.retry(at: desk.now + .seconds(40 * 86_400), because: Verdict.Reason("asked", ""))
    try await desk.take(.fired(.sample("a")), .fired(.sample("b", .warning, "net")), failing: ["journal": late])
    try await desk.take(.resolved(AlertKey(source: "app", id: "a")))
    let check = try await AuditVerifyCommand.check(desk.ledger, at: desk.now)
    #expect(check.offenders.map(\.alert.id) == ["b"])
    #expect(AuditVerifyCommand.text(check).hasPrefix("channel journal: a delivery waits until 2027-02-24T08:00:00Z"))
  }

  @Test("finds nothing after histories of every kind", arguments: 1...12)
  func histories(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let desk = try await Desk(WhyTests.rules)
    for step in 0..<120 {
      let failing = desk.configuration.channels.mapValues { _ in result(at: desk.now, &random) }
      if Int.random(in: 0..<3, using: &random) == 0 {
        try await desk.advance(by: .seconds(Int.random(in: 1...900, using: &random)), failing: failing)
        while let due = try await desk.ledger.nextTimer(), due <= desk.now { try await desk.advance(by: .zero) }
      } else {
        try await desk.take(event(at: desk.now, &random), failing: failing)
      }
      let offenders = try await AuditVerifyCommand.check(desk.ledger, page: 5, at: desk.now).offenders
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
      matcher.category = Patterns([.exact(category)])
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
