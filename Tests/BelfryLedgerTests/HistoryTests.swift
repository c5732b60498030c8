// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Silences in the ledger")
struct SilencePageTests {
  /// A ledger with one silence ended at each of these seconds, and one that is in force.
  private func filled(_ store: Store, ends: [Int]) async throws -> TestLedger {
    let bench = try await TestLedger(store)
    let start = bench.now
    let silences = ends.enumerated().map { index, end in
      Silence.sample("s\(index)", from: start, until: start + .seconds(end))
    }
    let policy = ScriptedPolicy.writing { draft in
      draft.outcome.silences = silences + [.sample("now", from: start, until: start + .seconds(100_000))]
    }
    try await bench.ingest([.sample("a")], policy: policy)
    bench.advance(by: .seconds(1_000))
    return bench
  }

  @Test("that are over are not read with the current ones", arguments: Store.allCases)
  func current(store: Store) async throws {
    let bench = try await filled(store, ends: Array(1...20))
    #expect(try await bench.ledger.silences().map(\.id.text) == ["now"])
  }

  @Test("are found by their IDs, over or not", arguments: Store.allCases)
  func named(store: Store) async throws {
    let bench = try await filled(store, ends: [10, 20, 30])
    let found = try await bench.ledger.silences([SilenceID("s1"), SilenceID("now"), SilenceID("none")])
    #expect(Set(found.keys.map(\.text)) == ["s1", "now"])
    #expect(found[SilenceID("s1")]?.until == TestEnvironment.start + .seconds(20))
  }

  @Test(
    "are listed by page, the latest end first, each once",
    arguments: Store.allCases,
    [[10, 30, 20], [5, 5, 5, 5], [7, 7, 9, 8, 7, 9], []]
  )
  func pages(store: Store, ends: [Int]) async throws {
    let bench = try await filled(store, ends: ends)
    var pages: [[Silence]] = []
    repeat {
      pages.append(try await bench.ledger.silences(after: pages.last?.last, limit: 2))
      try #require(pages.count < 10)
    } while pages.last?.count == 2
    let found = pages.flatMap(\.self)
    #expect(Set(found.map(\.id)).count == ends.count + 1)
    #expect(found.map(\.end) == found.map(\.end).sorted(by: >))
    #expect(found.first?.id.text == "now")
  }
}

@Suite("Alerts and investigations in the ledger")
struct HistoryQueryTests {
  @Test("name the sources of all alerts, and the keys of some", arguments: Store.allCases)
  func sources(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alerts = [
      Alert.sample("a"), .sample("z/b"), .sample("x", source: "app-2"), .sample("0", source: "app0"),
      .sample("y", source: "zoo"),
    ]
    try await environment.ingest(alerts)
    _ = try await environment.ledger.ingest(
      [.resolved(alerts[4].key), .resolved(alerts[0].key)],
      policy: ScriptedPolicy(),
      lease: nil
    )
    #expect(try await environment.ledger.alertSources().map(\.name).sorted() == ["app", "app-2", "app0", "zoo"])
    let active = try await environment.ledger.alertKeys(activeOnly: true, limit: 9)
    #expect(active.map(\.description) == ["app-2/x", "app/z/b", "app0/0"])
    #expect(try await environment.ledger.alertKeys(activeOnly: false, limit: 2).count == 2)
  }

  @Test("are recorded once for each message, and the last ones are found by their subjects", arguments: Store.allCases)
  func investigations(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alert = Alert.sample("a")
    func one(_ subject: RecordedInvestigation.Subject, _ seconds: Int, error: String? = nil) -> RecordedInvestigation {
      RecordedInvestigation(
        at: environment.now + .seconds(seconds),
        subject: subject,
        channel: "mine",
        delivery: DeliveryID("d\(seconds)"),
        error: error
      )
    }
    let about = [
      one(.alert(alert.key), 1), one(.unknownAlert("a"), 2, error: "timeout"), one(.probe("app", category: "disk"), 3),
    ]
    let others = [
      one(.alert(AlertKey(source: "old", id: "a")), 4), one(.probe("app", category: "net"), 5),
      one(.unknownAlert("b"), 6),
    ]
    try await environment.ledger.note(investigations: about + others)
    // Again, as after a crash: nothing changes.
    try await environment.ledger.note(investigations: about)
    #expect(try await environment.ledger.investigations(of: alert.investigated, limit: 9) == about)
    #expect(try await environment.ledger.investigations(of: alert.investigated, limit: 2) == Array(about.suffix(2)))
    environment.advance(by: .seconds(4))
    let removed = try await environment.ledger.pruneAll(before: environment.now, limit: 2)
    #expect(removed.investigations == 3)
    #expect(try await environment.ledger.investigations(of: alert.investigated, limit: 9) == [])
    #expect(try await environment.ledger.investigations(of: others.map(\.subject), limit: 9) == others)
  }

  @Test("list the messages that arrived whole, in the order of settling, each once", arguments: Store.allCases)
  func delivered(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alerts = ["a", "b", "c", "d", "e"].map { Alert.sample($0) }
    let leased = try await environment.ingest(alerts, lease: .minute).leased
    let reason = Verdict.Reason("busy", "later")
    #expect(try await environment.ledger.lastAttempt() == 0)
    _ = try await environment.settle(leased[2], .delivered(Receipt()))
    _ = try await environment.settle(leased[0], .retry(at: environment.now, because: reason))
    _ = try await environment.settle(leased[1], .dead(because: reason))
    _ = try await environment.settle(leased[3], .partial(Receipt(), because: reason, retryAt: nil))
    _ = try await environment.settle(leased[4], .released)
    let first = try await environment.ledger.delivered(after: 0, limit: 3)
    #expect(first.last == 3 && first.deliveries.map(\.record.delivery.id) == [leased[2].delivery.id])
    for again in try await environment.claim() { _ = try await environment.settle(again, .delivered(Receipt())) }
    let rest = try await environment.ledger.delivered(after: first.last, limit: 100)
    #expect(rest.deliveries.flatMap { $0.record.delivery.content.alerts.map(\.id) }.sorted() == ["a", "e"])
    #expect(rest.last == 6)
    #expect(try await environment.ledger.delivered(after: rest.last, limit: 9) == DeliveredPage(last: 6))
    #expect(try await environment.ledger.lastAttempt() == 6)
    let audited = try await environment.ledger.unauditedAttempts(limit: 100).map(\.attempt)
    try await environment.ledger.noteAudited(audited)
    environment.advance(by: .seconds(60))
    _ = try await environment.ledger.pruneAll(before: environment.now)
    // The next number is not one that was used before.
    #expect(try await environment.ledger.lastAttempt() == 6)
  }
}
