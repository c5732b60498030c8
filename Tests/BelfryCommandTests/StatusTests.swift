// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryDaemon
import BelfryLedger
import BelfryTesting
import Testing

@testable import BelfryCommand

@Suite("How everything stands")
struct StatusTests {
  private static let rules = WhyTests.rules.replacing(
    "\"unrouted\": \"drop\"",
    with: """
      "unrouted": "drop", "sources": {
        "app": { "kind": "file", "path": "alerts.json" },
        "prom": { "kind": "prometheus", "url": "http://localhost:9090", "every": "30s" },
        "new": { "kind": "file", "path": "new.json" }
      }
      """
  )

  private func report(_ desk: Desk) async throws -> StatusReport {
    try await StatusReport.read(desk.ledger, desk.configuration)
  }

  @Test("is told for a person, what needs one first")
  func text() async throws {
    let desk = try await Desk(StatusTests.rules)
    let dead = Settlement.Result.dead(because: Verdict.Reason("account_inactive", "The bot was removed."))
    let retry = Settlement.Result.retry(at: desk.now + .seconds(300), because: Verdict.Reason("busy", "It is busy."))
    try await desk.take(.fired(.sample("db", .critical)), failing: ["oncall": dead])
    try await desk.take(.fired(.sample("net", .critical, "net")), failing: ["oncall": retry])
    for id in ["first", "like", "alike"] { try await desk.take(.fired(.sample(id))) }
    try await desk.take(.fired(.sample("cert", .info, "cert")), .fired(.sample("odd", Severity("odd"))))
    var matcher = Matcher()
    matcher.category = Patterns([.exact("deploy")])
    var silence = Silence(id: SilenceID("k7fm"), matcher: matcher, from: desk.now, until: desk.now, author: "ann")
    silence.until = desk.now + .seconds(7200)
    silence.comment = "v2"
    try await desk.take(.silenced(silence))
    try await desk.take(.fired(.sample("deploy", .warning, "deploy")))
    try await desk.take(.fired(.sample("backup", .warning, source: "cli")))
    desk.time.advance(by: .seconds(120))
    var ill = SourceNote(name: "app", lastRead: desk.now - .seconds(400), active: 8, at: desk.now - .seconds(20))
    ill.trouble = SourceNote.Trouble("alerts.json: No such file or directory", since: desk.now - .seconds(380))
    let well = SourceNote(name: "prom", lastRead: desk.now - .seconds(20), active: 12, at: desk.now - .seconds(20))
    try await desk.ledger.note(sources: [ill, well])
    let report = try await report(desk)
    #expect(report.isBadNews(at: desk.now))
    try Golden().check(Array((report.lines(desk.clock).joined(separator: "\n") + "\n").utf8), as: "status.txt")
    try Golden().check(Array((report.json(at: desk.now) + "\n").utf8), as: "status.json")
  }

  @Test("is good when nothing is wrong, also before anything was seen")
  func good() async throws {
    let desk = try await Desk(WhyTests.rules)
    #expect(try await report(desk).isBadNews(at: desk.now) == false)
    #expect(try await report(desk).lines(desk.clock).first == "0 active alerts")
    try await desk.take(.fired(.sample("a")))
    #expect(try await report(desk).isBadNews(at: desk.now) == false)
    #expect(try await report(desk).lines(desk.clock).first == "1 active alert: 1 told")
  }

  @Test("says that the notifier does not run when nothing was looked at for minutes")
  func unwatched() async throws {
    let desk = try await Desk(StatusTests.rules)
    let note = SourceNote(name: "prom", lastRead: desk.now, active: 2, at: desk.now)
    try await desk.ledger.note(sources: [note])
    desk.time.advance(by: .seconds(210))
    #expect(try await report(desk).isBadNews(at: desk.now) == false)
    desk.time.advance(by: .seconds(1))
    let report = try await report(desk)
    #expect(report.isBadNews(at: desk.now))
    #expect(
      report.lines(desk.clock).contains(
        "source prom: not looked at since 2027-01-15T09:00:00+01:00 (3m ago): is `belfry run` running? "
          + "its 2 active alerts stay in force"
      )
    )
  }
}
