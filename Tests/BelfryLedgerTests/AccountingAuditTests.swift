// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import GRDB
import Testing

@Suite("Every alert is accounted for")
struct AccountingAuditTests {
  private static let list = HoldID.cooldown(GroupKey("category=disk"))

  private func check(_ ledger: any Ledger, page: Int = 2) async throws -> AccountingAudit {
    var check = AccountingAudit()
    var last: AlertKey?
    while true {
      let facts = try await ledger.facts(after: last, limit: page)
      guard let next = facts.alerts.last?.key else { return check }
      check.take(facts)
      last = next
    }
  }

  /// One alert of each status.
  private func fill(_ environment: TestLedger) async throws {
    let sent = try await environment.ingest([.sample("sent")], lease: .minute)
    _ = try await environment.settle(sent.leased[0], .delivered(Receipt()))
    let dead = try await environment.ingest([.sample("dead")], lease: .minute)
    _ = try await environment.settle(dead.leased[0], .dead(because: .init("gone", "It is gone.")))
    try await environment.ingest([.sample("onitsway")])
    try await environment.ingest([.sample("waiting")], policy: .hold(in: Self.list, for: .seconds(60)))
    try await environment.ingest([.sample("muted")], policy: .silencing(for: .seconds(60)))
    try await environment.ingest([.sample("inhibited")], policy: .inhibiting)
    let unrouted = Rule(path: "unrouted", line: 3)
    try await environment.ingest([.sample("dropped")], policy: .writing { $0.record.dropped = unrouted })
    try await environment.ingest([.sample("over")])
    _ = try await environment.ledger.ingest([.resolved(.sample("over"))], policy: ScriptedPolicy(), lease: nil)
  }

  @Test("if it was sent, waits, is muted, dropped or a dead letter", arguments: Store.allCases)
  func counts(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await fill(environment)
    let check = try await check(environment.ledger)
    #expect(check.offenders == [])
    #expect(check.counts == [.notified: 1, .dead: 1, .waiting: 2, .muted: 2, .dropped: 1, .ended: 1])
    #expect(check.active == 7)
  }

  @Test("but not if something due is minutes late", arguments: Store.allCases)
  func late(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await fill(environment)
    environment.advance(by: .seconds(60) + AccountingAudit.patience)
    #expect(try await check(environment.ledger).offenders == [])
    environment.advance(by: .seconds(1))
    let offenders = try await check(environment.ledger).offenders
    #expect(offenders.map(\.alert.id) == ["muted", "waiting"])
    #expect(offenders.allSatisfy { $0.faults.count == 1 && $0.faults[0].contains("is `belfry run` running?") })
  }

  @Test("but not if nothing confirms its record", arguments: Store.allCases)
  func unproven(store: Store) async throws {
    for (offender, fault) in Offence.all {
      let environment = try await TestLedger(store)
      try await fill(environment)
      try await environment.ingest([.sample("x")], policy: offender)
      let offenders = try await check(environment.ledger).offenders
      #expect(offenders.map(\.alert.id) == ["x"], "\(fault)")
      #expect(offenders.contains { $0.says(fault) }, "\(fault): \(offenders)")
    }
  }

  @Test("but not if the file was changed by hand", arguments: Offence.inTheFile)
  func tampered(sql: String, alert: String, fault: String) async throws {
    let folder = try TemporaryFolder()
    let environment = try await TestLedger(.sqlite, at: folder.path("belfry.db"))
    try await fill(environment)
    let queue = try DatabaseQueue(path: folder.path("belfry.db"))
    try await queue.write { try $0.execute(sql: sql) }
    try queue.close()
    let offenders = try await check(environment.ledger).offenders
    #expect(offenders.map(\.alert.id) == [alert])
    #expect(offenders.contains { $0.says(fault) }, "\(offenders)")
  }
}

extension AccountingAudit.Offender {
  fileprivate func says(_ text: String) -> Bool { faults.contains { (fault: String) in fault.contains(text) } }
}

/// A fault, and the message about it.
enum Offence {
  static let list = HoldID.digest("daily")
  static let missing = DeliveryID("00000000-0000-7000-8000-000000000000")

  /// The data that a policy with a bug would have written.
  static let all: [(ScriptedPolicy, String)] = [
    (.writing { _ in }, "not sent, is not waiting or muted, and was not dropped"),
    (.writing { $0.record.waits = [Wait(list)] }, "it waits in digest:daily, which does not contain it"),
    (.writing { $0.record.waits = [Wait(list)] }, "it waits in digest:daily, which has no end"),
    (.writing { $0.join(list) }, "digest:daily contains it, but it does not wait there"),
    (.writing { $0.wait(in: .inhibition(GroupKey("i"))) }, "it waits in inhibition:i, which has no end"),
    (
      .writing { $0.wait(in: .silence(SilenceID("none")), for: .seconds(60)) },
      "it is silenced by none, which does not exist"
    ),
    (
      .writing { draft in
        draft.wait(in: .silence(SilenceID("t9wd")), for: .seconds(60))
        let now = draft.now
        draft.outcome.silences = [.sample("t9wd", from: now + .seconds(30), until: now + .seconds(60))]
      },
      "it is silenced by t9wd, which is not in force"
    ),
    (
      .writing { $0.record.noteNotified(by: missing, on: "pager", route: "r", covering: [], at: $0.now) },
      "which does not exist"
    ),
    (
      .writing { $0.record.dropped = .silence(SilenceID("none")) },
      "it was dropped by the silence none, which does not exist"
    ),
  ]

  static let inTheFile: [(sql: String, alert: String, fault: String)] = [
    ("DELETE FROM deliveries WHERE status = 1", "sent", "which does not exist"),
    ("UPDATE deliveries SET channel = 'mail' WHERE status = 1", "sent", "which belongs to mail"),
    ("DELETE FROM lists WHERE list LIKE 'cooldown:%'", "waiting", "which does not contain it"),
    ("DELETE FROM timers WHERE key LIKE 'cooldown:%'", "waiting", "which has no end"),
    ("DELETE FROM silences", "muted", "which does not exist"),
    ("DELETE FROM entries WHERE key LIKE 'inhibition:%'", "inhibited", "which has no end"),
    ("UPDATE alerts SET standing = 0 WHERE key = 'app/sent'", "sent", "it is active, but recorded as resolved"),
    ("UPDATE alerts SET standing = 1 WHERE key = 'app/over'", "over", "it is resolved, but recorded as active"),
    (
      "UPDATE alerts SET body = NULL WHERE key = 'app/waiting'", "waiting",
      "it is in cooldown:category=disk, but has no record"
    ),
    (
      "UPDATE deliveries SET visible_at = visible_at + 864000000000 WHERE status = 0", "onitsway",
      "longer than any retry"
    ),
    (
      """
      UPDATE bodies SET body = (SELECT body FROM bodies JOIN deliveries ON id = delivery WHERE status = 2)
      WHERE delivery = (SELECT id FROM deliveries WHERE status = 1)
      """, "sent", "which does not contain it"
    ),
  ]
}

extension Silence {
  static func sample(_ id: String, from: Instant, until: Instant) -> Silence {
    Silence(id: SilenceID(id), matcher: Matcher(), from: from, until: until, author: "ann")
  }
}

/// The data that a policy writes about one alert.
struct Draft {
  var outcome = PolicyOutcome()
  var record: AlertRecord
  let now: Instant

  mutating func join(_ list: HoldID) { outcome.joined.append(.init(list: list, alert: record.alert.key)) }

  mutating func wait(in list: HoldID, for wait: Duration? = nil) {
    join(list)
    record.waits.append(Wait(list))
    if let wait { outcome.timers[.list(list)] = now + wait }
  }
}

extension ScriptedPolicy {
  /// Writes about one firing alert what `change` sets.
  static func writing(_ change: @escaping @Sendable (inout Draft) -> Void) -> ScriptedPolicy {
    ScriptedPolicy { events, state, now in
      guard let alert = events.first?.alert else { return PolicyOutcome() }
      var draft = Draft(record: AlertRecord(alert: alert, firedAt: now), now: now)
      change(&draft)
      state.set(draft.record)
      return draft.outcome
    }
  }

  static func silencing(for wait: Duration) -> ScriptedPolicy {
    .writing { draft in
      draft.wait(in: .silence(SilenceID("k7fm")), for: wait)
      draft.outcome.silences = [.sample("k7fm", from: draft.now, until: draft.now + wait)]
    }
  }

  static let inhibiting = ScriptedPolicy { events, state, now in
    let list = HoldID.inhibition(GroupKey("power"))
    state.set(.inhibition(InhibitionState(count: 1)), for: list)
    return ScriptedPolicy.writing { $0.wait(in: list) }.decide(events, &state, now)
  }
}
