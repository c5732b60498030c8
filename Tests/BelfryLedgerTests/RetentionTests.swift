// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing
@testable import BelfryLedger

@Suite("What is over and older than \"keep\"")
struct RetentionTests {
  private static let keep = Duration.seconds(90 * 86_400)
  private static let longAgo = Duration.seconds(100 * 86_400)
  private static let failed = Verdict.Reason("gone", "no such channel")

  /// What happened to an alert before the time in question, and whether it is still there afterwards.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var isKept: Bool
    var happen: @Sendable (TestLedger, LeasedDelivery) async throws -> Void

    init(
      _ name: String,
      isKept: Bool,
      _ happen: @escaping @Sendable (TestLedger, LeasedDelivery) async throws -> Void
    ) {
      testDescription = name
      self.isKept = isKept
      self.happen = happen
    }
  }

  private static func resolve(_ environment: TestLedger, _ policy: ScriptedPolicy = ScriptedPolicy()) async throws {
    _ = try await environment.ledger.ingest([.resolved(.sample("a"))], policy: policy, lease: nil)
  }

  static let cases = [
    Case("it was sent and ended", isKept: false) { environment, leased in
      _ = try await environment.settle(leased, .delivered(Receipt()))
      try await resolve(environment)
    },
    Case("it was sent and is active", isKept: true) { environment, leased in
      _ = try await environment.settle(leased, .delivered(Receipt()))
    },
    Case("its message is still pending", isKept: true) { environment, _ in
      try await resolve(environment)
    },
    Case("its message is a dead letter", isKept: true) { environment, leased in
      _ = try await environment.settle(leased, .dead(because: failed))
      try await resolve(environment)
    },
    Case("its dead letter was discarded", isKept: false) { environment, leased in
      _ = try await environment.settle(leased, .dead(because: failed))
      _ = try await environment.ledger.mend([leased.delivery.id], by: .drop)
      try await resolve(environment)
    },
    Case("its message went to a fallback and arrived there", isKept: false) { environment, leased in
      let successor = leased.successor(on: "mail", at: environment.now)
      _ = try await environment.settle(leased, .forwarded(successor, because: failed, wasAttempted: true))
      for next in try await environment.claim() { _ = try await environment.settle(next, .delivered(Receipt())) }
      try await resolve(environment)
    },
    Case("its message went to a fallback and is pending there", isKept: true) { environment, leased in
      let successor = leased.successor(on: "mail", at: environment.now)
      _ = try await environment.settle(leased, .forwarded(successor, because: failed, wasAttempted: true))
      try await resolve(environment)
    },
    Case("it ended while it waits in a digest", isKept: true) { environment, leased in
      _ = try await environment.settle(leased, .delivered(Receipt()))
      let waiting = ScriptedPolicy { events, state, now in
        var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
        guard var record = state[alert: .sample("a")] else { return outcome }
        record.waits = [Wait(.digest("daily"))]
        state.set(record)
        outcome.joined = [.init(list: .digest("daily"), alert: .sample("a"))]
        outcome.timers[.list(.digest("daily"))] = now + .seconds(200 * 86_400)
        return outcome
      }
      try await resolve(environment, waiting)
    },
    Case("it ended and its own timer is set", isKept: true) { environment, leased in
      _ = try await environment.settle(leased, .delivered(Receipt()))
      let timed = ScriptedPolicy { events, state, now in
        var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
        outcome.timers[.alert(.sample("a"))] = now + .seconds(200 * 86_400)
        return outcome
      }
      try await resolve(environment, timed)
    },
  ]

  @Test("is removed with all that belongs to it, and nothing else is", arguments: Store.allCases, cases)
  func alerts(store: Store, example: Case) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    try await example.happen(environment, leased)
    let before = try await environment.ledger.size().rows
    #expect(try await environment.ledger.pruneAll(before: environment.now - Self.keep, limit: 1).isEmpty)
    environment.advance(by: Self.longAgo)
    let health = try await environment.ledger.channelHealth()
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep, limit: 1)
    let after = try await environment.ledger.size().rows
    let record = try await environment.ledger.record(of: .sample("a"))
    if example.isKept {
      #expect(record != nil)
      #expect(after == before)
    } else {
      #expect(record == nil)
      #expect(try await environment.ledger.decisions(about: .sample("a"), limit: 9).isEmpty)
      #expect(try await environment.ledger.attempts(at: leased.delivery.id).isEmpty)
      #expect(after.values.allSatisfy { $0 == 0 }, "\(after)")
      #expect(removed.alerts == 1 && removed.decisions > 0 && removed.deliveries > 0)
    }
    #expect(try await environment.ledger.channelHealth() == health)
    #expect(try await environment.ledger.recount() == [])
    #expect(try await offenders(environment) == [])
  }

  /// What the accounting finds about the alerts.
  private func offenders(_ environment: TestLedger) async throws -> [AccountingAudit.Offender] {
    var check = AccountingAudit()
    check.take(try await environment.ledger.facts(after: nil, limit: 1_000))
    return check.offenders
  }

  /// Fires an alert, has its message arrive, and resolves it.
  private func live(_ alert: Alert, in environment: TestLedger) async throws {
    for leased in try await environment.ingest([alert], lease: .minute).leased {
      _ = try await environment.settle(leased, .delivered(Receipt()))
    }
    _ = try await environment.ledger.ingest([.resolved(alert.key)], policy: ScriptedPolicy(), lease: nil)
  }

  @Test("makes an alert that fires again new", arguments: Store.allCases)
  func firesAgain(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await live(.sample("a"), in: environment)
    environment.advance(by: Self.longAgo)
    _ = try await environment.ledger.pruneAll(before: environment.now - Self.keep)
    try await live(.sample("a"), in: environment)
    let record = try #require(try await environment.ledger.record(of: .sample("a")))
    #expect(record.firedAt == environment.now)
    #expect(try await environment.ledger.decisions(about: .sample("a"), limit: 9).count == 2)
    #expect(try await environment.ledger.hours(since: TestEnvironment.start).map(\.fired) == [1, 1])
  }

  @Test("is removed from the history of an alert that keeps firing, and the alert says when", arguments: Store.allCases)
  func episodes(store: Store) async throws {
    let environment = try await TestLedger(store)
    for _ in 0..<3 {
      for leased in try await environment.ingest([.sample("a")], policy: Self.episodes, lease: .minute).leased {
        _ = try await environment.settle(leased, .delivered(Receipt()))
      }
      _ = try await environment.ledger.ingest([.resolved(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
      environment.advance(by: .seconds(60 * 86_400))
    }
    let background = {
      let records = [try #require(try await environment.ledger.record(of: .sample("a")))]
      return try await environment.ledger.background(of: records, decisions: [.sample("a"): 9], notifications: 9)
    }
    #expect(try await background().pruned == [:])
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep, limit: 2)
    #expect(removed.alerts == 0 && removed.decisions == 4 && removed.deliveries == 2)
    let after = try await background()
    #expect(after.pruned == [.sample("a"): environment.now])
    #expect(after.decisions[.sample("a")]?.count == 2 && after.deliveries.count == 1)
  }

  @Test(
    "includes silences, but not one by which nobody is notified of an active alert",
    arguments: Store.allCases,
    [false, true]
  )
  func silences(store: Store, isDropping: Bool) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy.writing { draft in
      let silence = Silence.sample("k7fm", from: draft.now, until: draft.now + .seconds(60))
      draft.outcome.silences = [silence, .sample("later", from: draft.now, until: draft.now + .seconds(365 * 86_400))]
      if isDropping { draft.record.dropped = .silence(silence.id) }
    }
    try await environment.ingest([.sample("a")], policy: policy)
    environment.advance(by: Self.longAgo)
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep)
    #expect(removed.silences == (isDropping ? 0 : 1))
    let left = try await environment.ledger.silences(after: nil, limit: 9).map(\.id.text)
    #expect(left == (isDropping ? ["later", "k7fm"] : ["later"]))
  }

  /// What a hold remembers, what keeps it, and whether it stays.
  static let heldStates: [(state: HoldState, hasTimer: Bool, hasAlert: Bool, isKept: Bool)] = {
    var (resting, firing) = (GroupState(), GroupState())
    resting.restsUntil = TestEnvironment.start
    firing.firing = 1
    var burst = BurstState()
    burst.until = TestEnvironment.start
    return [
      (.burst(burst), false, false, false), (.burst(burst), true, false, true), (.burst(burst), false, true, true),
      (.group(resting), false, false, false), (.group(firing), false, false, true),
      (.expectation(ExpectationState(arrivedAt: TestEnvironment.start)), false, false, true),
    ]
  }()

  @Test(
    "includes what a hold remembers, unless a timer, an alert or its own state keeps it",
    arguments: Store.allCases,
    heldStates
  )
  func holds(
    store: Store,
    example: (state: HoldState, hasTimer: Bool, hasAlert: Bool, isKept: Bool)
  ) async throws {
    let environment = try await TestLedger(store)
    let hold = HoldID.burst(GroupKey("x"))
    let policy = ScriptedPolicy { events, state, now in
      state.set(example.state, for: hold)
      return ScriptedPolicy.writing { draft in
        if example.hasTimer { draft.outcome.timers[.list(hold)] = now + .seconds(365 * 86_400) }
        guard example.hasAlert else { return }
        draft.record.waits = [Wait(hold)]
        draft.outcome.joined = [.init(list: hold, alert: .sample("a"))]
      }.decide(events, &state, now)
    }
    try await environment.ingest([.sample("a")], policy: policy)
    #expect(try await environment.ledger.pruneAll(before: environment.now - Self.keep, limit: 1).holds == 0)
    environment.advance(by: Self.longAgo)
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep, limit: 1)
    #expect(removed.holds == (example.isKept ? 0 : 1))
    #expect(try await environment.ledger.entry(hold) == (example.isKept ? example.state : nil))
  }

  @Test(
    "includes when an alert last arrived: the policy is asked for it once the file no longer expects the alert",
    arguments: Store.allCases,
    [true, false]
  )
  func expectation(store: Store, isExpected: Bool) async throws {
    let environment = try await TestLedger(store)
    let hold = HoldID.expectation(ExactText("a"))
    let policy = ScriptedPolicy { events, state, now in
      state.set(.expectation(ExpectationState(arrivedAt: now, isActive: true)), for: hold)
      return ScriptedPolicy.notify(events, on: ["pager"], &state, now)
    }
    try await environment.ingest([.sample("a")], policy: policy)
    let due = environment.now + .seconds(86_400)
    try await environment.ledger.adopt(policy: ScriptedPolicy(standing: isExpected ? [.list(hold): due] : [:]))
    #expect(try await environment.ledger.due(.list(hold)) == (isExpected ? due : environment.now))
  }

  @Test("keeps the last 100 configurations", arguments: Store.allCases)
  func configurations(store: Store) async throws {
    let environment = try await TestLedger(store)
    for number in 1...103 {
      #expect(try await environment.ledger.keep(configuration: "{\"note\":\"\(number)\"}", because: "start") == number)
    }
    #expect(try await environment.ledger.configurations(limit: 1_000).map(\.number) == (4...103).reversed())
  }

  @Test(
    "is removed from a file in batches of bounded size, and each leaves a consistent ledger",
    arguments: [1, 3, 50]
  )
  func batches(limit: Int) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    var environment = try await TestLedger(.sqlite, at: path)
    for number in 0..<12 { try await live(.sample("a\(number)"), in: environment) }
    environment.advance(by: Self.longAgo)
    for number in 0..<3 { try await live(.sample("b\(number)"), in: environment) }
    let audited = try await environment.ledger.unauditedAttempts(limit: 100).map(\.attempt)
    try await environment.ledger.noteAudited(audited)
    let health = try await environment.ledger.channelHealth()
    let now = environment.now
    var cursor: PruneCursor? = PruneCursor(before: now - Self.keep)
    while let next = cursor {
      let step = try await environment.ledger.prune(next, limit: limit)
      cursor = step.next
      let rows = step.removed
      #expect(max(rows.alerts, rows.deliveries, rows.audits) <= limit && rows.decisions <= limit)
      #expect(try await offenders(environment) == [])
      // As after a crash: nothing of the pass is remembered but what the file holds.
      try await environment.ledger.close()
      environment = try await TestLedger(.sqlite, at: path)
      environment.advance(by: now - environment.now)
      #expect(try await environment.ledger.channelHealth() == health)
      #expect(try await environment.ledger.recount() == [])
    }
    let rows = try await environment.ledger.size().rows
    #expect(rows == [.alerts: 3, .decisions: 6, .deliveries: 3, .attempts: 0, .silences: 0])
    #expect(try await environment.ledger.auditedNumbers() == RangeSet(13..<16))
    #expect(try await environment.ledger.size().prunedBefore == now - Self.keep)
    try await environment.ledger.close()
  }

  @Test(
    "keeps the number of an attempt whose audit row can still be written",
    arguments: Store.allCases,
    [true, false]
  )
  func unwritten(store: Store, isActive: Bool) async throws {
    let environment = try await TestLedger(store)
    for leased in try await environment.ingest([.sample("a")], lease: .minute).leased {
      _ = try await environment.settle(leased, .delivered(Receipt()))
    }
    if !isActive {
      _ = try await environment.ledger.ingest([.resolved(.sample("a"))], policy: ScriptedPolicy(), lease: nil)
    }
    environment.advance(by: Self.longAgo)
    try await live(.sample("b"), in: environment)
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep)
    // Without its message, no row can be made for it, and later numbers would be kept for ever.
    #expect(removed.audits == (isActive ? 0 : 1))
    #expect(try await environment.ledger.unauditedAttempts(limit: 9).map(\.number) == (isActive ? [1, 2] : [2]))
  }

  @Test("gives its pages back where many are free", arguments: [Store.sqlite, .sqliteInMemory])
  func space(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alerts = (0..<3_000).map { Alert.sample("a\($0)", detail: String(repeating: "x", count: 2_000)) }
    let leased = try await environment.ingest(alerts, lease: LeaseTerms(count: 5_000, duration: .seconds(60))).leased
    let settlements = leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
    _ = try await environment.ledger.settle(settlements)
    let ends = alerts.map { Event.resolved($0.key) }
    _ = try await environment.ledger.ingest(ends, policy: ScriptedPolicy(), lease: nil)
    let full = try await environment.ledger.size()
    environment.advance(by: Self.longAgo)
    let removed = try await environment.ledger.pruneAll(before: environment.now - Self.keep)
    #expect(removed.alerts == 3_000 && removed.pages > 1_000)
    let size = try await environment.ledger.size()
    #expect(size.bytes < full.bytes / 2 && size.freeBytes < size.bytes)
  }

  /// A file with free pages, and whether they can be given back in steps.
  private func loosened(_ path: String, isInSteps: Bool) async throws -> TestLedger {
    if !isInSteps {
      // As an older Belfry created it.
      let queue = try DatabaseQueue(path: path)
      try await queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA application_id = \(SQLiteSchema.applicationID); CREATE TABLE x (y)")
        try db.execute(sql: "DROP TABLE x")
      }
      try queue.close()
    }
    let environment = try await TestLedger(.sqlite, at: path)
    let alerts = (0..<400).map { Alert.sample("a\($0)", detail: String(repeating: "x", count: 2_000)) }
    let leased = try await environment.ingest(alerts, lease: LeaseTerms(count: 5_000, duration: .seconds(60))).leased
    let settlements = leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
    _ = try await environment.ledger.settle(settlements)
    let ends = alerts.map { Event.resolved($0.key) }
    _ = try await environment.ledger.ingest(ends, policy: ScriptedPolicy(), lease: nil)
    environment.advance(by: Self.longAgo)
    _ = try await environment.ledger.pruneAll(before: environment.now - Self.keep)
    return environment
  }

  @Test("gives all free pages back when it is compacted, in steps or all at once", arguments: [true, false])
  func compacts(isInSteps: Bool) async throws {
    let folder = try TemporaryFolder()
    let environment = try await loosened(folder.path("belfry.db"), isInSteps: isInSteps)
    let before = try await environment.ledger.size()
    #expect(before.freeBytes > before.bytes / 2)
    var steps = 0
    while try await environment.ledger.compact() > 0 { steps += 1 }
    #expect(isInSteps ? steps > 1 : steps == 1)
    let after = try await environment.ledger.size()
    #expect(after.freeBytes == 0 && after.bytes <= before.bytes - before.freeBytes + 65_536)
    try await live(.sample("b"), in: environment)
    #expect(try await environment.ledger.recount() == [])
    try await environment.ledger.close()
  }

  @Test("is compacted beside a running notifier only in steps", arguments: [true, false])
  func compactsBesideTheNotifier(isInSteps: Bool) async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let environment = try await loosened(path, isInSteps: isInSteps)
    let notifier = try await TestLedger(.sqlite, at: path, as: .notifier)
    if isInSteps {
      #expect(try await environment.ledger.compact() > 0)
    } else {
      let error = await #expect(throws: LedgerError.self) { try await environment.ledger.compact() }
      #expect(error?.code == .inUse && error?.remedy.contains("belfry compact") == true)
    }
    try await live(.sample("b"), in: notifier)
    try await notifier.ledger.close()
    try await environment.ledger.close()
  }

  @Test("leaves the file as large as it was after the first weeks, however long it goes on")
  func soak() async throws {
    let environment = try await TestLedger(.sqlite)
    var sizes: [Int] = []
    for day in 0..<30 {
      // Every other alert has fired before.
      let alerts = (0..<60).map { Alert.sample($0 % 2 == 0 ? "daily-\($0)" : "day-\(day)-\($0)") }
      let terms = LeaseTerms(count: 1_000, duration: .seconds(60))
      let leased = try await environment.ingest(alerts, policy: Self.episodes, lease: terms).leased
      let settlements = leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
      _ = try await environment.ledger.settle(settlements)
      let ends = alerts.map { Event.resolved($0.key) }
      _ = try await environment.ledger.ingest(ends, policy: ScriptedPolicy(), lease: nil)
      let attempts = try await environment.ledger.unauditedAttempts(limit: 1_000).map(\.attempt)
      try await environment.ledger.noteAudited(attempts)
      environment.advance(by: .seconds(86_400))
      _ = try await environment.ledger.pruneAll(before: environment.now - .seconds(7 * 86_400))
      sizes.append(try await environment.ledger.size().bytes)
    }
    #expect(sizes[29] <= sizes[14] + sizes[14] / 20, "\(sizes)")
    let rows = try await environment.ledger.size().rows
    #expect(rows[.deliveries] == 7 * 60 && rows[.decisions] == 2 * 7 * 60 && rows[.alerts] == 30 + 7 * 30)
    #expect(try await environment.ledger.auditedNumbers().ranges.count == 1)
    #expect(try await environment.ledger.recount() == [])
    #expect(try await offenders(environment) == [])
  }

  /// Sends firing alerts; each time, the record begins with that.
  private static let episodes = ScriptedPolicy { events, state, now in
    for alert in events.compactMap(\.alert) { state.set(AlertRecord(alert: alert, firedAt: now)) }
    return ScriptedPolicy.notify(events, on: ["pager"], &state, now)
  }
}
