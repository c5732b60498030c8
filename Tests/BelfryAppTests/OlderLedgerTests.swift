// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryEngine
import BelfryLedger
import BelfryOperations
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Foundation
import GRDB
import Testing
@testable import BelfryApp

/// `Golden/version-7.sql` is a file that Belfry wrote when it stored lists of texts and sentences.
///
/// Its alerts were sent, are acknowledged, wait in each kind of hold, are dropped, or ended while they waited.
@Suite("A ledger of version 7")
struct OlderLedgerTests {
  /// Just after the last row was written: 2026-11-30T02:19:36Z.
  private static let start = Instant(seconds: 1_796_005_176)
  private let time = VirtualTime(startingAt: Self.start)
  private let folder: TemporaryFolder
  private var path: String { folder.path("belfry.db") }

  init() throws {
    folder = try TemporaryFolder()
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/version-7.sql")
    let sql = try String(contentsOf: file, encoding: .utf8)
    let queue = try DatabaseQueue(path: folder.path("belfry.db"))
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  private func open() async throws -> SQLiteLedger {
    let time = time
    return try await SQLiteLedger.open(path: path, now: { time.now() })
  }

  /// The `channels.json` that was in force.
  private func configuration(_ ledger: some Ledger) async throws -> BelfryConfiguration.Configuration {
    try Configuration.parse(try #require(try await ledger.configurations(limit: 1).first).text)
  }

  /// What is wrong with the alerts of a ledger.
  private func offenders(_ ledger: some Ledger) async throws -> [AccountingAudit.Offender] {
    var check = AccountingAudit()
    check.take(try await ledger.facts(after: nil, limit: 100))
    return check.offenders
  }

  private func query(_ sql: String) throws -> [Row] {
    let queue = try DatabaseQueue(path: path)
    defer { try? queue.close() }
    return try queue.writeWithoutTransaction { try Row.fetchAll($0, sql: sql) }
  }

  @Test("is brought up to date, and every alert in it is accounted for")
  func standings() async throws {
    let ledger = try await open()
    #expect(try await offenders(ledger) == [])
    let standings = try await ledger.records(after: nil, activeOnly: false, limit: 100)
      .map { "\($0.alert.id) \($0.standing.name)" }
    #expect(
      standings == [
        "api-1 told", "cpu-1 muted", "disk-1 told", "disk-2 waiting", "disk-3 ended", "etl-1 told", "etl-2 waiting",
        "host-1 told", "nightly dropped", "note-1 waiting", "note-2 ended", "web-1 muted",
      ]
    )
    let acknowledged = try await ledger.record(of: AlertKey(source: .command, id: "disk-1"))?.acknowledgement
    #expect(acknowledged?.by == "ann" && acknowledged?.comment == "on it")
    #expect(try await ledger.silences(after: nil, limit: 100).map(\.comment) == ["deploys"])
    try await ledger.close()
    #expect(try query("PRAGMA user_version").map { $0[0] as Int } == [9])
  }

  @Test("is brought up to date once when several processes open it at the same time")
  func once() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<8 { group.addTask { try await open().close() } }
      try await group.waitForAll()
    }
    let ledger = try await open()
    #expect(try await offenders(ledger) == [])
    try await ledger.close()
    #expect(try query("SELECT identifier FROM grdb_migrations").map { $0[0] as String } == ["ledger"])
  }

  @Test("has the tables of a new file afterwards, and the rows of before", arguments: [7, 8])
  func tables(version: Int) async throws {
    let tables = ["alerts", "deliveries", "bodies", "decisions", "attempts", "silences", "lists", "timers", "entries"]
    let counting = tables.map { "SELECT '\($0)', count(*) FROM \($0)" }.joined(separator: " UNION ALL ")
    let counts = { try query(counting).map { "\($0[0] as String) \($0[1] as Int)" } }
    let before = try counts()
    _ = try query("PRAGMA user_version = \(version)")
    try await open().close()
    #expect(try counts() == before)
    let new = folder.path("new.db")
    try await SQLiteLedger.open(path: new, now: { Self.start }).close()
    let listing = "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
    let made = try await DatabaseQueue(path: new).read { try String.fetchAll($0, sql: listing) }
    #expect(try query(listing).map { ($0[0] as String).replacing("\"", with: "") } == made)
    let over = try query("SELECT key, over_at FROM alerts WHERE over_at IS NOT NULL ORDER BY key")
    #expect(over.map { $0[0] as String } == ["cli/disk-3", "cli/note-2"])
    #expect(over.allSatisfy { $0[1] as Int64 > 1_796_005_000_000_000 })
  }

  @Test("keeps the sentence and the rule of each decision")
  func decisions() async throws {
    let rows = try query(
      "SELECT alerts.key, reason, rule, line FROM decisions, alerts WHERE alerts.id = alert ORDER BY alert, number"
    )
    let ledger = try await open()
    var found: [String: [String]] = [:]
    for record in try await ledger.records(after: nil, activeOnly: false, limit: 100) {
      found[record.alert.key.description] = try await ledger.decisions(about: record.alert.key, limit: 100)
        .map { "\($0.decision.reason) (\($0.decision.rule.path), \($0.decision.rule.line))" }
    }
    let stored = Dictionary(grouping: rows) { $0[0] as String }
      .mapValues { $0.map { "\($0[1] as String) (\($0[2] as String), \($0[3] as Int))" } }
    #expect(stored.count == 12 && found == stored)
    try await ledger.close()
  }

  @Test("says by which rule of the file each alert waits, though its rows name none")
  func waits() async throws {
    let ledger = try await open()
    let configuration = try await configuration(ledger)
    var rules: [String: [String]] = [:]
    for record in try await ledger.records(after: nil, activeOnly: true, limit: 100) where !record.waits.isEmpty {
      let story = try await AlertStory.read(record, from: ledger, configuration: configuration, last: 9)
      rules[record.alert.id] = record.holds.map { story.waitRules[$0]?.path ?? "none for \($0)" }
    }
    let silence = try await ledger.silences().first?.id.text ?? ""
    #expect(
      rules == [
        "disk-1": ["channels.late.quiet"], "disk-2": ["channels.late.quiet", "cooldown"],
        "host-1": ["channels.late.quiet"], "etl-2": ["routes[0].group"], "note-1": ["routes[1].digest"],
        "cpu-1": ["inhibit[0]"], "web-1": ["silence \(silence)"],
      ]
    )
    try await ledger.close()
  }

  /// Fires what is due until that time, and has each delivery arrive.
  private func deliveries(_ ledger: some Ledger, _ policy: Policy, until end: Instant) async throws -> [String] {
    let terms = LeaseTerms(count: 99, duration: .seconds(120))
    var sent: [String] = []
    while let due = [try await ledger.nextTimer(), try await ledger.nextDelivery(channels: nil)].compactMap(\.self)
      .min(),
      due <= end
    {
      if due > time.now() { time.advance(by: due - time.now()) }
      _ = try await ledger.fire(only: nil, policy: policy, lease: nil)
      let leased = try await ledger.claim(terms, channels: nil)
      sent += leased.map { Self.text($0.delivery) }.sorted()
      let settlements = leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
      #expect(try await ledger.settle(settlements).allSatisfy(\.self))
      #expect(try await offenders(ledger) == [])
    }
    return sent
  }

  /// As `log: followup disk-2 +1`, with how many earlier messages it follows.
  private static func text(_ delivery: NewDelivery) -> String {
    var text = "\(delivery.channel): \(delivery.content.kind)"
    text += delivery.content.alerts.map { " \($0.id)" }.joined()
    if case .followup(_, let ended) = delivery.content, ended > 0 { text += " +\(ended)" }
    return delivery.follows.isEmpty ? text : text + " after \(delivery.follows.count)"
  }

  @Test(
    "continues after the upgrade: waiting alerts are sent when their hold ends, with a count of those that resolved"
  )
  func goesOn() async throws {
    let ledger = try await open()
    let policy = Policy(rules: try await configuration(ledger).rules)
    try await ledger.adopt(policy: policy)
    let evening = Self.start + .seconds(10 * 3600)
    let held = try await deliveries(ledger, policy, until: evening)
    #expect(
      held == [
        "gone: alert api-1", "log: group etl-2 after 1", "log: followup disk-2 +1",
        "late: followup host-1 disk-1 disk-2 +1",
      ]
    )
    let ended = [Event.resolved(AlertKey(source: .command, id: "host-1"))]
    _ = try await ledger.ingest(ended, policy: policy, lease: nil)
    let afterwards = try await deliveries(ledger, policy, until: evening)
    #expect(
      afterwards == [
        "late: followup cpu-1", "late: resolved host-1 after 1", "log: followup cpu-1", "log: resolved host-1 after 1",
      ]
    )
    let records = try await ledger.records(after: nil, activeOnly: false, limit: 100)
    try await ledger.close()
    let again = try await open()
    #expect(try await again.records(after: nil, activeOnly: false, limit: 100) == records)
    #expect(try await offenders(again) == [])
    try await again.close()
  }
}
