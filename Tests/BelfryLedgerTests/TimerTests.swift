// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Synchronization
import Testing

@Suite("Firing timers")
struct TimerTests {
  let list = HoldID.cooldown(GroupKey("category=disk"))

  @Test("fires a due timer once, with the waiting alerts in the order in which they joined", arguments: Store.allCases)
  func firesDue(store: Store) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy.hold(in: list, for: .seconds(30))
    try await environment.ingest([.sample("z"), .sample("m")], policy: policy)
    try await environment.ingest([.sample("a"), .sample("z")], policy: policy)
    #expect(try await environment.ledger.waiting(in: list).map(\.alert.id) == ["z", "m", "a"])
    environment.advance(by: .seconds(29))
    #expect(try await environment.ledger.fire(only: nil, policy: policy, lease: .minute).leased.isEmpty)
    environment.advance(by: .seconds(1))
    let fired = try await environment.ledger.fire(only: nil, policy: policy, lease: .minute)
    #expect(fired.leased.map(\.alerts) == [["z", "m", "a"]])
    #expect(fired.decisions.map(\.decision.alert.id) == ["z", "m", "a"])
    #expect(try await environment.ledger.waiting(in: list).isEmpty)
    #expect(try await environment.ledger.record(of: .sample("m"))?.holds == [])
    #expect(try await environment.ledger.decisions(about: .sample("m"), limit: 9).count == 2)
    #expect(try await environment.ledger.fire(only: nil, policy: policy, lease: .minute).decisions.isEmpty)
    #expect(try await environment.nextDue() == environment.now + .seconds(60))
  }

  @Test("fires each timer once if two processes fire at once", arguments: Store.allCases)
  func firesOnce(store: Store) async throws {
    let environment = try await TestLedger(store)
    for name in ["a", "b", "c", "d"] {
      try await environment.ingest([.sample(name)], policy: .hold(in: .digest(name), for: .seconds(1)))
    }
    environment.advance(by: .seconds(1))
    let keys: [TimerKey] = ["a", "b", "c", "d"].map { .list(.digest($0)) }
    let sent = try await withThrowingTaskGroup(of: [String].self) { group in
      for index in 0..<16 {
        group.addTask {
          let only = index % 2 == 0 ? nil : keys
          return try await environment.ledger.fire(only: only, policy: ScriptedPolicy(), lease: .minute).leased.flatMap(
            \.alerts
          )
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(sent.sorted() == ["a", "b", "c", "d"])
  }

  @Test("fires a named timer early, and no other", arguments: Store.allCases)
  func firesEarly(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await environment.ingest([.sample("a")], policy: .hold(in: .digest("a"), for: .seconds(50)))
    try await environment.ingest([.sample("b")], policy: .hold(in: .digest("b"), for: .seconds(0)))
    let only: [TimerKey] = [.list(.digest("a")), .list(.digest("unknown")), .alert(.sample("a"))]
    let fired = try await environment.ledger.fire(only: only, policy: ScriptedPolicy(), lease: .minute)
    #expect(fired.leased.map(\.alerts) == [["a"]])
    #expect(try await environment.ledger.waiting(in: .digest("b")).map(\.alert.id) == ["b"])
    #expect(try await environment.ledger.summary().nextTimers.map(\.key) == [.list(.digest("b"))])
  }

  @Test("fires alerts' own timers and those of lists in the order in which they are due", arguments: Store.allCases)
  func firesInOrder(store: Store) async throws {
    let environment = try await TestLedger(store)
    let start = environment.now
    let policy = ScriptedPolicy { events, state, _ in
      var outcome = ScriptedPolicy.notify(events, on: [], &state, start)
      outcome.timers[.alert(.sample("a"))] = start + .seconds(3)
      // Only the timer of this alert is known.
      outcome.timers[.alert(.sample("unknown"))] = start + .seconds(1)
      outcome.timers[.alert(.sample("moved"))] = start + .seconds(9)
      outcome.timers[.list(.digest("d"))] = start + .seconds(3)
      outcome.timers[.list(.digest("first"))] = start
      return outcome
    }
    try await environment.ingest([.sample("a"), .sample("moved")], policy: policy)
    let moving = ScriptedPolicy { _, _, _ in
      var outcome = PolicyOutcome()
      outcome.timers[.alert(.sample("moved"))] = start + .seconds(2)
      outcome.timers.updateValue(nil, forKey: .list(.digest("first")))
      return outcome
    }
    try await environment.ingest([.sample("moved")], policy: moving)
    let expected: [TimerKey] = [
      .alert(.sample("unknown")), .alert(.sample("moved")), .alert(.sample("a")), .list(.digest("d")),
    ]
    #expect(try await environment.ledger.summary().nextTimers.map(\.key) == expected)
    #expect(try await environment.ledger.due(.alert(.sample("moved"))) == start + .seconds(2))
    #expect(try await environment.ledger.nextTimer() == start + .seconds(1))
    environment.advance(by: .seconds(3))
    let asked = Mutex<[TimerKey]>([])
    let noting = ScriptedPolicy(fire: { timer, _, _, _ in
      asked.withLock { $0.append(timer) }
      return PolicyOutcome()
    })
    _ = try await environment.ledger.fire(only: nil, policy: noting, lease: nil)
    #expect(asked.withLock(\.self) == expected)
    #expect(try await environment.ledger.nextTimer() == nil)
    #expect(try await environment.ledger.due(.alert(.sample("moved"))) == nil)
  }

  @Test("keeps an alert's own timer when other parts of the alert change", arguments: Store.allCases)
  func staysSet(store: Store) async throws {
    let environment = try await TestLedger(store)
    let due = environment.now + .seconds(60)
    let setting = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: [], &state, now)
      outcome.timers[.alert(.sample("a"))] = due
      return outcome
    }
    try await environment.ingest([.sample("a")], policy: setting)
    try await environment.ingest([.sample("a", .critical)], lease: .minute)
    try await environment.ingest([.sample("a")], policy: .hold(in: list, for: .seconds(1)))
    environment.advance(by: .seconds(1))
    _ = try await environment.ledger.fire(only: nil, policy: ScriptedPolicy(), lease: .minute)
    #expect(try await environment.ledger.summary().nextTimers == [.init(key: .alert(.sample("a")), due: due)])
    // A fired timer does not return with what is written about the alert in the same batch.
    let only: [TimerKey] = [.alert(.sample("a"))]
    let notifying = ScriptedPolicy(fire: { _, _, state, now in
      ScriptedPolicy.notify([.fired(.sample("a"))], on: ["pager"], &state, now)
    })
    let fired = try await environment.ledger.fire(only: only, policy: notifying, lease: .minute)
    #expect(fired.leased.map(\.alerts) == [["a"]])
    #expect(try await environment.ledger.nextTimer() == nil)
  }

  @Test("asks about an expiry with its alert's record", arguments: Store.allCases)
  func firesExpiries(store: Store) async throws {
    let environment = try await TestLedger(store)
    let key = AlertKey(source: "app", id: "/odd/\u{301}id")
    var alert = Alert.sample("x")
    alert.id = key.id
    try await environment.ingest(
      [alert],
      policy: ScriptedPolicy { events, state, now in
        var outcome = ScriptedPolicy.notify(events, on: [], &state, now)
        outcome.timers[.alert(key)] = now
        return outcome
      }
    )
    let policy = ScriptedPolicy(fire: { timer, waiting, state, now in
      #expect(timer == .alert(key))
      #expect(waiting.isEmpty)
      return ScriptedPolicy.notify([.resolved(key)], on: [], &state, now)
    })
    #expect(try await environment.ledger.fire(only: nil, policy: policy, lease: nil).decisions.count == 1)
    #expect(try await environment.ledger.record(of: key)?.isActive == false)
  }

  @Test("keeps a timer that its own firing sets again", arguments: Store.allCases)
  func setsAgain(store: Store) async throws {
    let environment = try await TestLedger(store)
    let timer = TimerKey.list(list)
    try await environment.ingest([.sample("a")], policy: .hold(in: list, for: .zero))
    let policy = ScriptedPolicy(fire: { timer, waiting, state, now in
      var outcome = ScriptedPolicy.followUp(timer, waiting, &state, now)
      outcome.timers[timer] = now + .seconds(86_400)
      return outcome
    })
    _ = try await environment.ledger.fire(only: nil, policy: policy, lease: nil)
    #expect(
      try await environment.ledger.summary().nextTimers == [.init(key: timer, due: environment.now + .seconds(86_400))]
    )
    let removing = ScriptedPolicy { _, _, _ in
      var outcome = PolicyOutcome()
      outcome.timers.updateValue(nil, forKey: timer)
      return outcome
    }
    try await environment.ingest([.sample("a")], policy: removing)
    #expect(try await environment.ledger.summary().nextTimers.isEmpty)
  }

  @Test("leaves many timers unchanged if one of them fails", arguments: Store.allCases)
  func firesAllOrNothing(store: Store) async throws {
    let environment = try await TestLedger(store)
    let used = try #require(try await environment.ingest([.sample("sent")], lease: .minute).leased.first?.delivery.id)
    for name in ["a", "b"] {
      try await environment.ingest([.sample(name)], policy: .hold(in: .digest(name), for: .seconds(1)))
    }
    let before = try await environment.ledger.summary()
    let record = try await environment.ledger.record(of: .sample("a"))
    environment.advance(by: .seconds(1))
    let policy = ScriptedPolicy(fire: { timer, waiting, state, now in
      var outcome = ScriptedPolicy.followUp(timer, waiting, &state, now)
      state.set(CooldownState(["pager": CooldownWindow(until: now, severity: .info)]), for: GroupKey("w"))
      if timer == .list(.digest("b")) { outcome.deliveries[0].id = used }
      return outcome
    })
    await #expect(throws: LedgerError.self) {
      try await environment.ledger.fire(only: nil, policy: policy, lease: .minute)
    }
    #expect(try await environment.ledger.summary() == before)
    #expect(try await environment.ledger.record(of: .sample("a")) == record)
    #expect(try await environment.ledger.waiting(in: .digest("a")).map(\.alert.id) == ["a"])
    #expect(try await environment.ledger.decisions(about: .sample("a"), limit: 9).count == 1)
    let fired = try await environment.ledger.fire(only: nil, policy: ScriptedPolicy(), lease: .minute)
    #expect(fired.leased.map(\.alerts) == [["a"], ["b"]])
  }

  @Test("puts an alert that leaves a list, or joins it again, where its record says", arguments: Store.allCases)
  func followsMemberships(store: Store) async throws {
    let environment = try await TestLedger(store)
    let list = list
    let other = HoldID.digest("daily")
    try await environment.ingest(["a", "b", "c", "d"].map { .sample($0) }, policy: .hold(in: list, for: .seconds(9)))
    let policy = ScriptedPolicy { _, state, _ in
      var outcome = PolicyOutcome()
      for (id, waits) in [("a", [other]), ("b", [list]), ("e", [])] {
        var record = state[alert: .sample(id)] ?? AlertRecord(alert: .sample(id), firedAt: TestEnvironment.start)
        record.waits = waits.map { Wait($0) }
        state.set(record)
      }
      // `a` moves; `b` leaves and joins again, at the end; `e` joins and leaves within the batch.
      outcome.left = ["a", "b", "e"].map { .init(list: list, alert: .sample($0)) }
      outcome.joined = ["b", "e"].map { .init(list: list, alert: .sample($0)) }
      outcome.joined.append(.init(list: other, alert: .sample("a")))
      return outcome
    }
    try await environment.ingest(["a", "b", "e"].map { .sample($0) }, policy: policy)
    #expect(try await environment.ledger.waiting(in: list).map(\.alert.id) == ["c", "d", "b"])
    #expect(try await environment.ledger.waiting(in: other).map(\.alert.id) == ["a"])
    for id in ["a", "b", "c", "d", "e"] {
      let waits = try await environment.ledger.record(of: .sample(id))?.holds ?? []
      for list in [list, other] {
        let isListed = try await environment.ledger.waiting(in: list).contains { $0.alert.id == id }
        #expect(isListed == waits.contains(list), "\(id) in \(list)")
      }
    }
    #expect(
      try await environment.ledger.summary().waiting == [
        ExactText(list.description): 3, ExactText(other.description): 1,
      ]
    )
  }

  @Test("creates the timers of an adopted policy, and keeps earlier ones", arguments: Store.allCases)
  func adopts(store: Store) async throws {
    let environment = try await TestLedger(store)
    let daily = TimerKey.list(.digest("daily"))
    let weekly = TimerKey.list(.digest("weekly"))
    let start = environment.now
    try await environment.ledger.adopt(
      policy: ScriptedPolicy(standing: [daily: start + .seconds(10), weekly: start + .seconds(99)])
    )
    try await environment.ledger.adopt(
      policy: ScriptedPolicy(standing: [daily: start + .seconds(20), weekly: start + .seconds(50)])
    )
    #expect(
      try await environment.ledger.summary().nextTimers == [
        .init(key: daily, due: start + .seconds(10)), .init(key: weekly, due: start + .seconds(50)),
      ]
    )
  }

  @Test("makes alerts of a removed digest due now, and continues cooldowns", arguments: Store.allCases)
  func adoptsOrphans(store: Store) async throws {
    let environment = try await TestLedger(store)
    let daily = TimerKey.list(.digest("daily"))
    let standing = [daily: environment.now + .seconds(500), .list(.digest("empty")): environment.now + .seconds(600)]
    try await environment.ledger.adopt(policy: ScriptedPolicy(standing: standing))
    try await environment.ingest([.sample("a")], policy: .hold(in: .digest("daily"), for: .seconds(700)))
    try await environment.ingest([.sample("b")], policy: .hold(in: list, for: .seconds(800)))
    environment.advance(by: .seconds(5))
    try await environment.ledger.adopt(policy: ScriptedPolicy())
    #expect(
      try await environment.ledger.summary().nextTimers == [
        .init(key: daily, due: environment.now), .init(key: .list(list), due: environment.now + .seconds(795)),
      ]
    )
    let fired = try await environment.ledger.fire(only: nil, policy: ScriptedPolicy(), lease: .minute)
    #expect(fired.leased.map(\.alerts) == [["a"]])
  }
}
