// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Ingesting events")
struct IngestTests {
  @Test("writes the policy's outcome of a batch in one transaction", arguments: Store.allCases)
  func writesEverything(store: Store) async throws {
    let environment = try await TestLedger(store)
    let digest = HoldID.digest("daily")
    let policy = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager", "mail"], &state, now)
      state.set(
        CooldownState(["pager": CooldownWindow(until: now + .seconds(300), severity: .warning)]),
        for: GroupKey("category=disk")
      )
      outcome.joined += events.compactMap(\.key).map { .init(list: digest, alert: $0) }
      outcome.timers[.list(digest)] = now + .seconds(3600)
      return outcome
    }
    let ingested = try await environment.ingest([.sample("a")], policy: policy)

    #expect(ingested.queued == 2)
    #expect(ingested.leased.isEmpty)
    let record = try #require(try await environment.ledger.record(of: .sample("a")))
    #expect(record.alert == .sample("a"))
    #expect(record.isActive)
    #expect(record.firedAt == environment.now)
    #expect(record.notified.map(\.channel) == ["pager", "mail"])
    #expect(try await environment.ledger.waiting(in: digest) == [record])
    #expect(try await environment.ledger.decisions(about: .sample("a"), limit: 10) == ingested.decisions)
    #expect(ingested.decisions.map(\.at) == [environment.now])
    let summary = try await environment.ledger.summary()
    #expect(summary.activeAlerts == 1)
    #expect(summary.waiting == ["digest:daily": 1])
    #expect(summary.deliveries == ["pager": [.pending: 1], "mail": [.pending: 1]])
    #expect(summary.nextTimers == [.init(key: .list(digest), due: environment.now + .seconds(3600))])
    #expect(summary.oldestPending == environment.now)
  }

  @Test("loads the records and entries of earlier batches", arguments: Store.allCases)
  func loadsState(store: Store) async throws {
    let environment = try await TestLedger(store)
    let key = GroupKey("category=disk")
    var policy = ScriptedPolicy { events, state, now in
      for case .fired(let alert) in events { state.set(AlertRecord(alert: alert, firedAt: now)) }
      let ended = (state[cooldown: key]?["pager"]?.ended ?? 0) + 1
      state.set(CooldownState(["pager": CooldownWindow(until: now, severity: .info, ended: ended)]), for: key)
      return PolicyOutcome()
    }
    try await environment.ingest([.sample("a"), .sample("b")], policy: policy)
    let first = try await environment.ledger.record(of: .sample("a"))

    policy.decide = { events, state, _ in
      var outcome = PolicyOutcome()
      outcome.decisions = [
        Decision(
          alert: .sample("a"),
          severity: .info,
          outcome: .suppress,
          cause: Decision.Cause(
            .text("\(state.knownAlerts.sorted()) \(state[cooldown: key]?["pager"]?.ended ?? 0)")
          ),
          rule: Rule(path: "", line: 0)
        )
      ]
      #expect(state[alert: .sample("a")] == first)
      return outcome
    }
    let ingested = try await environment.ingest(
      [.sample("a"), .sample("c"), .sample("b"), .sample("a")],
      policy: policy
    )
    #expect(ingested.decisions.map(\.decision.reason) == ["[app/a, app/b] 1"])
  }

  @Test("removes a window that the policy removes", arguments: Store.allCases)
  func removesWindows(store: Store) async throws {
    let environment = try await TestLedger(store)
    let key = GroupKey("category=disk")
    var policy = ScriptedPolicy { _, state, now in
      state.set(CooldownState(["pager": CooldownWindow(until: now, severity: .info)]), for: key)
      return PolicyOutcome()
    }
    try await environment.ingest([.sample("a")], policy: policy)
    policy.decide = { _, state, _ in
      #expect(state[cooldown: key] != nil)
      state.set(nil as CooldownState?, for: key)
      return PolicyOutcome()
    }
    try await environment.ingest([.sample("a")], policy: policy)
    policy.decide = { _, state, _ in
      #expect(state[cooldown: key] == nil)
      return PolicyOutcome()
    }
    try await environment.ingest([.sample("a")], policy: policy)
  }

  @Test("rejects a batch with a used ID, and writes nothing of it", arguments: Store.allCases)
  func refusesDuplicates(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try await environment.ingest([.sample("a")], lease: .minute)
    let used = try #require(first.leased.first?.delivery.id)
    let list = HoldID.digest("daily")
    let policy = ScriptedPolicy { events, state, now in
      var outcome = ScriptedPolicy.notify(events, on: ["pager"], &state, now)
      outcome.deliveries[1].id = used
      outcome.joined = events.compactMap(\.key).map { .init(list: list, alert: $0) }
      outcome.timers[.list(list)] = now
      state.set(CooldownState(["pager": CooldownWindow(until: now, severity: .info)]), for: GroupKey("w"))
      return outcome
    }
    let before = try await environment.ledger.summary()
    await #expect { try await environment.ingest([.sample("b"), .sample("c")], policy: policy) } throws: {
      ($0 as? LedgerError)?.code == .duplicateDelivery
    }
    #expect(try await environment.ledger.summary() == before)
    #expect(try await environment.ledger.record(of: .sample("b")) == nil)
    #expect(try await environment.ledger.decisions(about: .sample("b"), limit: 10).isEmpty)
    #expect(try await environment.ledger.waiting(in: list).isEmpty)
    #expect(try await environment.nextDue() == environment.now + .seconds(60))
  }

  @Test("lists active alerts without those of one source, and with all others", arguments: Store.allCases)
  func listsBesides(store: Store) async throws {
    let environment = try await TestLedger(store)
    let keys = ["ap", "app", "app-1", "app.x", "app0", "appa", "b"].map { AlertKey(source: SourceName($0), id: "a/b") }
    let events = keys.map { key in
      Event.fired(Alert(source: key.source, id: key.id, severity: .info, category: "c", title: "T"))
    }
    _ = try await environment.ledger.ingest(events, policy: ScriptedPolicy(), lease: nil)
    let besides = try await environment.ledger.activeAlerts(besides: "app")
    #expect(Set(besides.keys) == Set(keys.filter { $0.source != "app" }))
    let all = try await environment.ledger.activeAlerts()
    #expect(Set(all.keys) == Set(keys))
    #expect(besides.allSatisfy { all[$0.key] == $0.value })
  }

  @Test("lists only active alerts with their hashes, and a change changes the hash", arguments: Store.allCases)
  func listsActiveAlerts(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await environment.ingest([.sample("a"), .sample("b"), .sample("c")])
    let before = try await environment.ledger.activeAlerts()
    #expect(Set(before.keys) == [.sample("a"), .sample("b"), .sample("c")])
    _ = try await environment.ledger.ingest(
      [.changed(.sample("a", detail: "worse")), .resolved(.sample("b"))],
      policy: ScriptedPolicy(),
      lease: nil
    )
    let after = try await environment.ledger.activeAlerts()
    #expect(Set(after.keys) == [.sample("a"), .sample("c")])
    #expect(after[.sample("a")] != before[.sample("a")])
    #expect(after[.sample("c")] == before[.sample("c")])
    #expect(try await environment.ledger.record(of: .sample("b"))?.resolvedAt == environment.now)
  }

  @Test("enqueues a delivery that no policy decided on, with its decision and nothing else", arguments: Store.allCases)
  func enqueues(store: Store) async throws {
    let environment = try await TestLedger(store)
    var ids = DeliveryIDSource()
    func enqueue(lease: LeaseTerms?) async throws -> (DeliveryID, Ingested) {
      let id = ids.next(at: environment.now)
      let delivery = NewDelivery(
        id: id,
        channel: "pager",
        content: .alert(.sample("wake")),
        reason: "it was investigated",
        route: "wake",
        severity: .info
      )
      var decision = ScriptedPolicy.decision(about: .sample("wake"), .notify(["pager"]))
      decision.deliveries = [id]
      return (id, try await environment.ledger.enqueue(delivery, because: decision, lease: lease))
    }
    let (first, leased) = try await enqueue(lease: LeaseTerms(count: 1, duration: .seconds(60)))
    #expect(leased.leased.map(\.delivery.id) == [first] && leased.queued == 0)
    let (second, queued) = try await enqueue(lease: nil)
    #expect(queued.leased.isEmpty && queued.queued == 1)
    #expect(try await environment.ledger.delivery(second)?.status == .pending)
    let decisions = try await environment.ledger.decisions(about: .sample("wake"), limit: 9)
    #expect(decisions.map(\.decision.deliveries) == [[first], [second]])
    #expect(try await environment.ledger.record(of: .sample("wake")) == nil)
    #expect(try await environment.ledger.nextTimer() == nil)
    let again = try #require(try await environment.ledger.delivery(first)).delivery
    let decision = ScriptedPolicy.decision(about: .sample("wake"), .notify(["pager"]))
    await #expect {
      _ = try await environment.ledger.enqueue(again, because: decision, lease: nil)
    } throws: {
      ($0 as? LedgerError)?.code == .duplicateDelivery
    }
    #expect(try await environment.ledger.decisions(about: .sample("wake"), limit: 9).count == 2)
  }

  @Test("lists the last decisions in the order in which they were made", arguments: Store.allCases)
  func keepsDecisions(store: Store) async throws {
    let environment = try await TestLedger(store)
    for round in 0..<5 {
      _ = try await environment.ledger.ingest(
        [.changed(.sample("a", detail: "\(round)")), .changed(.sample("a"))],
        policy: ScriptedPolicy { events, _, _ in
          var outcome = PolicyOutcome()
          outcome.decisions = events.indices.map { index in
            var decision = ScriptedPolicy.decision(about: .sample("a"), .suppress)
            decision.cause = Decision.Cause(.text("\(round).\(index)"))
            return decision
          }
          return outcome
        },
        lease: nil
      )
    }
    let last = try await environment.ledger.decisions(about: .sample("a"), limit: 3)
    #expect(last.map(\.decision.reason) == ["3.1", "4.0", "4.1"])
    #expect(try await environment.ledger.decisions(about: .sample("a"), limit: 100).count == 10)
    #expect(try await environment.ledger.decisions(about: .sample("b"), limit: 3).isEmpty)
    #expect(try await environment.ledger.record(of: .sample("a")) == nil)
  }

  @Test("stores every kind of content, outcome and text unchanged", arguments: Store.allCases)
  func keepsContent(store: Store) async throws {
    let environment = try await TestLedger(store)
    let odd = Alert.odd
    let alerts = [odd, Alert.sample("plain")]
    let contents: [Notice.Content] = [
      .alert(odd), .burst(alerts), .digest(name: "täglich", alerts), .followup(alerts, ended: 3), .resolved(odd),
      .test(odd), .burst([]),
    ]
    let outcomes: [Decision.Outcome] = [
      .notify(["pager", "mail"]), .notify([]), .hold(until: environment.now), .suppress,
    ]
    let policy = ScriptedPolicy { _, state, now in
      var outcome = PolicyOutcome()
      state.set(AlertRecord(alert: odd, firedAt: now))
      outcome.deliveries = contents.map { content in
        var delivery = state.delivery(of: odd, on: "päger", at: now)
        delivery.content = content
        return delivery
      }
      outcome.decisions = outcomes.map { ScriptedPolicy.decision(about: odd, $0) }
      return outcome
    }
    let ingested = try await environment.ingest([odd], policy: policy)
    #expect(try await environment.ledger.record(of: odd.key)?.alert == odd)
    #expect(try await environment.ledger.activeAlerts().keys.contains(odd.key))
    #expect(try await environment.claim().map(\.delivery.content) == contents)
    #expect(try await environment.ledger.decisions(about: odd.key, limit: 9) == ingested.decisions)
    #expect(ingested.decisions.map(\.decision.outcome) == outcomes)
  }

  @Test("accepts ten thousand alerts in one batch", arguments: Store.allCases)
  func takesLargeBatches(store: Store) async throws {
    let environment = try await TestLedger(store)
    let alerts = (0..<10_000).map { Alert.sample("a\($0)") }
    let ingested = try await environment.ingest(alerts, lease: LeaseTerms(count: 1000, duration: .seconds(60)))
    #expect(ingested.leased.count == 1000)
    #expect(ingested.leased.first?.alerts == ["a0"])
    #expect(ingested.queued == 9000)
    #expect(try await environment.ledger.activeAlerts().count == 10_000)
    let again = try await environment.ledger.ingest(
      alerts.map { .resolved($0.key) },
      policy: ScriptedPolicy(),
      lease: nil
    )
    #expect(again.decisions.count == 10_000)
    #expect(try await environment.ledger.activeAlerts().isEmpty)
  }
}

extension Alert {
  /// An alert whose fields are all awkward to store.
  fileprivate static let odd = Alert(
    source: "app",
    id: "né \u{0} \u{1F514} \"\\\u{7}",
    severity: Severity("weird"),
    title: "\u{0}\r\n\t\u{2028}\u{FEFF}",
    detail: String(repeating: "ü€𝄞\n", count: 5000),
    labels: ["a": "1", "quote\"": "line\nbreak", "empty": ""],
    panel: "panel",
    link: "/path?x=1&y=<2>",
    firstSeen: "2026-01-02T03:04:05Z"
  )
}
