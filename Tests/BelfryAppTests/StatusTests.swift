// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryAudit
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing
@testable import BelfryApp

@Suite("The status")
struct StatusTests {
  private static let rules = WhyTests.rules.replacing(
    "\"unrouted\": \"drop\"",
    with: """
      "unrouted": "drop", "wake": { "to": "journal" }, "sources": {
        "app": { "kind": "file", "path": "alerts.json" },
        "prom": { "kind": "prometheus", "url": "http://localhost:9090", "every": "30s" },
        "new": { "kind": "file", "path": "new.json" }
      }
      """
  )

  private func report(_ environment: TestEnvironment) async throws -> StatusReport {
    try await StatusReport.read(environment.ledger, environment.configuration)
  }

  @Test("is written for people, most urgent first")
  func text() async throws {
    let environment = try await TestEnvironment(StatusTests.rules).adopted()
    let dead = Settlement.Result.dead(because: Verdict.Reason("account_inactive", "The bot was removed."))
    let retry = Settlement.Result.retry(
      at: environment.now + .seconds(300),
      because: Verdict.Reason("busy", "It is busy.")
    )
    try await environment.take(.fired(.sample("db", .critical)), failing: ["oncall": dead])
    try await environment.take(.fired(.sample("net", .critical, "net")), failing: ["oncall": retry])
    for id in ["first", "like", "alike"] { try await environment.take(.fired(.sample(id))) }
    try await environment.take(.fired(.sample("cert", .info, "cert")), .fired(.sample("odd", Severity("odd"))))
    var matcher = Matcher()
    matcher.category = Patterns([.exact("deploy")])
    var silence = Silence(
      id: SilenceID("k7fm"),
      matcher: matcher,
      from: environment.now,
      until: environment.now,
      author: "ann"
    )
    silence.until = environment.now + .seconds(7200)
    silence.comment = "v2"
    try await environment.take(.silenced(silence))
    try await environment.take(.fired(.sample("deploy", .warning, "deploy")))
    try await environment.take(.fired(.sample("backup", .warning, source: "cli")))
    environment.time.advance(by: .seconds(120))
    var ill = SourceNote(
      name: "app",
      lastRead: environment.now - .seconds(400),
      active: 8,
      at: environment.now - .seconds(20)
    )
    ill.trouble = SourceNote.Trouble("alerts.json: No such file or directory", since: environment.now - .seconds(380))
    let well = SourceNote(
      name: "prom",
      lastRead: environment.now - .seconds(20),
      active: 12,
      at: environment.now - .seconds(20)
    )
    try await environment.ledger.note(sources: [ill, well])
    try await environment.ledger.note(marks: [
      "wake.position": "1:2:3", "wake.open.0199c5a0-0000-7000-8000-000000000001": StatusTests.event,
      "wake.last": StatusTests.outcome,
    ])
    let report = try await report(environment)
    #expect(report.isBadNews(at: environment.now))
    try Golden().check(Array((report.lines(environment.clock).joined(separator: "\n") + "\n").utf8), as: "status.txt")
    try Golden().check(Array((report.json(at: environment.now) + "\n").utf8), as: "status.json")
  }

  private static let event = """
    [{"event": "probe", "at": "2027-01-15T08:01:00Z", "subject": "web", "severity": "critical", "category": "down",
      "title": "web is unhealthy", "detail": "", "snapshot_details": {}}]
    """
  private static let outcome = """
    {"at": "2027-01-15T08:01:30Z", "session": "alert:disk:critical", "subject": "db", "severity": "critical", "events": 1,
     "channel": "journal", "status": "fallback", "error": "exit_3"}
    """

  @Test("states how far the audit log is read for investigations")
  func wake() async throws {
    let folder = try TemporaryFolder()
    let log = folder.url.appending(path: "audit.jsonl")
    let json = StatusTests.rules.replacing("\"unrouted\"", with: "\"audit\": \"\(log.path)\", \"unrouted\"")
    let environment = try await TestEnvironment(json).adopted()
    func line() async throws -> String? {
      try await report(environment).lines(environment.clock).first { $0.hasPrefix("wake: ") }
    }
    #expect(
      try await line() == "wake: the audit log has not been read yet; `belfry run` reads it; nothing investigated yet"
    )
    try Data("one\n".utf8).write(to: log)
    let mark = try #require(try await AuditReader.atEnd(of: log.path).mark)
    try await environment.ledger.note(marks: ["wake.position": mark.description])
    #expect(try await line() == "wake: audit log read to the end; nothing investigated yet")
    try FileManager.default.moveItem(at: log, to: folder.url.appending(path: "audit.2027-01-14.jsonl"))
    try Data("three\n".utf8).write(to: log)
    let old = folder.path("audit.2027-01-14.jsonl")
    #expect(
      try await line()
        == "wake: audit log read except for the last 6 bytes at byte 4 of \(old); nothing investigated yet"
    )
    try FileManager.default.removeItem(atPath: old)
    #expect(try await line() == "wake: audit log read except for the last 6 bytes; nothing investigated yet")
  }

  @Test("is good if nothing is wrong, also before anything was seen")
  func good() async throws {
    let environment = try await TestEnvironment(WhyTests.rules).adopted()
    #expect(try await report(environment).isBadNews(at: environment.now) == false)
    #expect(try await report(environment).lines(environment.clock).first == "0 active alerts")
    try await environment.take(.fired(.sample("a")))
    #expect(try await report(environment).isBadNews(at: environment.now) == false)
    #expect(try await report(environment).lines(environment.clock).first == "1 active: 1 sent")
  }

  @Test("states that the notifier is not running if nothing was read for minutes")
  func unwatched() async throws {
    let environment = try await TestEnvironment(StatusTests.rules).adopted()
    let note = SourceNote(name: "prom", lastRead: environment.now, active: 2, at: environment.now)
    try await environment.ledger.note(sources: [note])
    environment.time.advance(by: .seconds(210))
    #expect(try await report(environment).isBadNews(at: environment.now) == false)
    environment.time.advance(by: .seconds(1))
    let report = try await report(environment)
    #expect(report.isBadNews(at: environment.now))
    #expect(
      report.lines(environment.clock).contains(
        "source prom: not read since 2027-01-15T09:00:00+01:00 (3m ago); is `belfry run` running? "
          + "2 alerts stay active"
      )
    )
  }
}
