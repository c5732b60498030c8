// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import GRDB
import Testing

@Suite("The state of sources and channels")
struct HealthTests {
  @Test("replaces the earlier state of the sources", arguments: Store.allCases)
  func sources(store: Store) async throws {
    let environment = try await TestLedger(store)
    #expect(try await environment.ledger.sources() == [])
    let well = SourceNote(name: "prom", lastRead: environment.now, active: 12, at: environment.now)
    var ill = SourceNote(name: "app", lastRead: nil, active: 3, at: environment.now)
    ill.trouble = SourceNote.Trouble("no such file: é\u{0}x", since: environment.now - .seconds(360))
    try await environment.ledger.note(sources: [well, ill])
    #expect(try await environment.ledger.sources() == [ill, well])
    try await environment.ledger.note(sources: [well])
    #expect(try await environment.ledger.sources() == [well])
  }

  @Test("includes the results of a channel's deliveries", arguments: Store.allCases)
  func channels(store: Store) async throws {
    let environment = try await TestLedger(store)
    #expect(try await environment.ledger.channelHealth() == [:])
    let start = environment.now
    let leased = try await environment.ingest([.sample("a"), .sample("b"), .sample("c"), .sample("d")], lease: .minute)
      .leased
    environment.advance(by: .seconds(1))
    _ = try await environment.settle(leased[0], .delivered(Receipt()))
    environment.advance(by: .seconds(1))
    let busy = Verdict.Reason("http_503", "The server answered 503.")
    _ = try await environment.settle(leased[1], .retry(at: start + .seconds(90), because: busy))
    environment.advance(by: .seconds(1))
    let gone = Verdict.Reason("gone", "It is gone.")
    _ = try await environment.settle(leased[2], .dead(because: gone))
    var health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 1, .pending: 2, .dead: 1])
    #expect(health.lastDelivered == start + .seconds(1))
    #expect(health.lastFailure == ChannelHealth.Failure(at: start + .seconds(3), because: gone))
    #expect(health.oldestPending == start)
    #expect(health.nextDue == start + .seconds(60))
    #expect(health.lastDue == start + .seconds(90))
    #expect(health.isFailing)
    environment.advance(by: .seconds(1))
    _ = try await environment.settle(leased[3], .delivered(Receipt()))
    health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(!health.isFailing)
    #expect(health.nextDue == start + .seconds(90))
  }

  @Test("is added when an older file is upgraded, with all its data")
  func migrates() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let old = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    _ = try await old.ingest([.fired(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
    try await old.close()
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          DROP TABLE sources; DROP TABLE circuits; DROP TABLE counters; DROP TABLE configurations; DROP TABLE marks;
          ALTER TABLE deliveries DROP COLUMN memory; ALTER TABLE deliveries DROP COLUMN successor;
          ALTER TABLE deliveries DROP COLUMN revived_at; \(OlderVersions.backTo6); PRAGMA user_version = 2
          """
      )
    }
    try queue.close()
    let new = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    #expect(try await new.summary().activeAlerts == 1)
    try await new.note(sources: [SourceNote(name: "app", lastRead: nil, active: 1, at: TestEnvironment.start)])
    #expect(try await new.sources().map(\.name) == ["app"])
    try await new.close()
  }

  @Test("includes the moved timers of alerts, and the unmoved ones of lists")
  func carriesTimersOver() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let due = TestEnvironment.start + .seconds(60)
    let old = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    let odd = "a\u{0}b"
    let policy = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
      outcome.timers = [.alert(.sample(odd)): due, .list(.digest("d")): due + .seconds(1)]
      return outcome
    }
    _ = try await old.ingest([.fired(.sample(odd)), .fired(.sample("a"))], policy: policy, lease: nil)
    try await old.close()
    try await execute(OlderVersions.backTo6, in: path)
    let new = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    let timers = try await new.summary().nextTimers
    #expect(
      timers == [
        .init(key: .alert(.sample(odd)), due: due), .init(key: .list(.digest("d")), due: due + .seconds(1)),
      ]
    )
    try await new.close()
  }

  @Test("includes timers of alerts that an older running Belfry wrote since, from the next start")
  func carriesLaterTimersOver() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let ledger = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    _ = try await ledger.ingest([.fired(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
    try await execute("INSERT INTO timers VALUES ('alert:app/a', \(TestEnvironment.start.microseconds))", in: path)
    try await ledger.adopt(policy: ScriptedPolicy())
    #expect(try await ledger.due(.alert(.sample("a"))) == TestEnvironment.start)
    _ = try await ledger.fire(only: nil, policy: ScriptedPolicy(), lease: nil)
    // It would fire forever if it stayed.
    #expect(try await ledger.nextTimer() == nil)
    try await ledger.close()
  }

  /// Changes the file without the ledger's knowledge.
  private func execute(_ sql: String, in path: String) async throws {
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }
}
