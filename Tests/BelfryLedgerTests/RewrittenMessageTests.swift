// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Synchronization
import Testing

@Suite("A leased message some of whose alerts have ended")
struct RewrittenMessageTests {
  /// A kind of message about several alerts.
  enum Kind: String, CaseIterable {
    case burst, digest, followup, group, reminder

    func content(_ alerts: [Alert]) -> Notice.Content {
      switch self {
      case .burst: .burst(alerts)
      case .digest: .digest(name: "daily", alerts)
      case .followup: .followup(alerts, ended: 0)
      case .group: .group(name: "g", alerts, firing: alerts.count + 1, ended: 2)
      case .reminder: .reminder(alerts)
      }
    }
  }

  /// Sends alerts that fire together in one message; sends nothing when they end.
  private func policy(_ content: @escaping @Sendable ([Alert]) -> Notice.Content) -> ScriptedPolicy {
    ScriptedPolicy { events, state, now in
      var outcome = PolicyOutcome()
      let alerts = events.compactMap(\.alert)
      if let first = alerts.first {
        var delivery = state.delivery(of: first, on: "pager", at: now)
        delivery.content = content(alerts)
        for alert in alerts {
          delivery.flags[alert.key] = Notice.AlertFlags(firings: 3)
          var record = AlertRecord(alert: alert, firedAt: now)
          record.noteNotified(by: delivery.id, on: "pager", route: "r", covering: [], at: now)
          state.set(record)
        }
        outcome.deliveries = [delivery]
      }
      for case .resolved(let key) in events {
        guard var record = state[alert: key] else { continue }
        (record.isActive, record.resolvedAt) = (false, now)
        outcome.ended.formUnion(record.earlier(on: "pager").map { [$0] } ?? [])
        for index in record.notified.indices { record.notified[index].state = .over }
        state.set(record)
      }
      return outcome
    }
  }

  private func environment(
    _ store: Store,
    _ alerts: [String] = ["a", "b", "c"],
    content: @escaping @Sendable ([Alert]) -> Notice.Content
  ) async throws -> TestLedger {
    let environment = try await TestLedger(store)
    try await environment.ingest(alerts.map { .sample($0) }, policy: policy(content))
    environment.advance(by: .seconds(90))
    return environment
  }

  private func end(_ alerts: String..., in environment: TestLedger) async throws {
    let events = alerts.map { Event.resolved(.sample($0)) }
    _ = try await environment.ledger.ingest(events, policy: policy { .burst($0) }, lease: nil)
  }

  private func claimOne(_ environment: TestLedger) async throws -> LeasedDelivery {
    let claimed = try await environment.claim()
    #expect(claimed.count == 1)
    return try #require(claimed.first)
  }

  private func resolved(_ delivery: NewDelivery) -> [String] {
    delivery.content.alerts.filter { delivery.flags[$0.key]?.isResolved == true }.map(\.id)
  }

  @Test(
    "says which have ended and how long they fired, keeps what else it says of them, and is stored like that",
    arguments: Kind.allCases.filter { $0 != .reminder },
    Store.allCases
  )
  func says(kind: Kind, store: Store) async throws {
    let environment = try await environment(store) { kind.content($0) }
    try await end("b", in: environment)
    let leased = try await claimOne(environment)
    #expect(leased.alerts == ["a", "b", "c"])
    #expect(leased.delivery.flags[.sample("a")] == Notice.AlertFlags(firings: 3))
    let ended = Notice.AlertFlags(isResolved: true, firings: 3, firedFor: .seconds(90))
    #expect(leased.delivery.flags[.sample("b")] == ended)
    #expect(try await environment.ledger.delivery(leased.delivery.id)?.delivery == leased.delivery)
  }

  @Test("leaves them out if it is a reminder", arguments: Store.allCases)
  func reminder(store: Store) async throws {
    let environment = try await environment(store) { .reminder($0) }
    try await end("b", in: environment)
    let leased = try await claimOne(environment)
    #expect(leased.alerts == ["a", "c"])
    #expect(resolved(leased.delivery) == [])
  }

  @Test("counts those of its group that still fire, and each end once", arguments: Store.allCases)
  func group(store: Store) async throws {
    let environment = try await environment(store) { Kind.group.content($0) }
    for (alert, firing) in [("a", 3), ("b", 2)] {
      try await end(alert, in: environment)
      let leased = try await claimOne(environment)
      guard case .group(_, let alerts, firing, ended: 2) = leased.delivery.content else {
        Issue.record("\(leased.delivery.content)")
        return
      }
      #expect(alerts.map(\.id) == ["a", "b", "c"])
      #expect(try await environment.settle(leased, .released))
    }
  }

  @Test("counts no alerts as firing that its group did not count", arguments: Store.allCases)
  func uncounted(store: Store) async throws {
    let environment = try await environment(store) { .group(name: "", $0, firing: 0) }
    try await end("a", "b", in: environment)
    let leased = try await claimOne(environment)
    guard case .group(_, _, firing: 0, ended: 0) = leased.delivery.content else {
      Issue.record("\(leased.delivery.content)")
      return
    }
    #expect(resolved(leased.delivery) == ["a", "b"])
  }

  @Test(
    "is unchanged if an attempt may have arrived",
    arguments: [
      AttemptMemory(isInDoubt: true), AttemptMemory(cutOff: 1), AttemptMemory(mayHaveArrived: true),
    ],
    Store.allCases
  )
  func inDoubt(memory: AttemptMemory, store: Store) async throws {
    let environment = try await environment(store) { .burst($0) }
    let first = try await claimOne(environment)
    let reason = Verdict.Reason("no_answer", "")
    #expect(try await environment.settle(first, .retry(at: environment.now, because: reason, memory: memory)))
    try await end("b", in: environment)
    #expect(try await claimOne(environment).delivery == first.delivery)
  }

  @Test("is unchanged if some of its recipients have received it", arguments: Store.allCases)
  func partial(store: Store) async throws {
    let environment = try await environment(store) { .burst($0) }
    let first = try await claimOne(environment)
    let result = Settlement.Result.partial(
      Receipt(["accepted": "ann"]),
      because: Verdict.Reason("greylisted", ""),
      retryAt: environment.now
    )
    #expect(try await environment.settle(first, result))
    try await end("b", in: environment)
    #expect(try await claimOne(environment).delivery == first.delivery)
  }

  @Test("says it too if it is a digest of one alert", arguments: Store.allCases)
  func singleDigest(store: Store) async throws {
    let environment = try await environment(store, ["a"]) { .digest(name: "daily", $0) }
    try await end("a", in: environment)
    #expect(resolved(try await claimOne(environment).delivery) == ["a"])
  }

  @Test(
    "is not sent by a fallback if all ended during the attempt, and their end only if the attempt may have arrived",
    arguments: [true, false],
    Store.allCases
  )
  func forwarded(isInDoubt: Bool, store: Store) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager"], &state, now, inOrder: true)
    }
    try await environment.ingest([.sample("a")], policy: policy)
    let reason = Verdict.Reason("no_answer", "")
    var leased = try await claimOne(environment)
    if isInDoubt {
      let memory = AttemptMemory(mayHaveArrived: true)
      #expect(try await environment.settle(leased, .retry(at: environment.now, because: reason, memory: memory)))
      leased = try await claimOne(environment)
    }
    _ = try await environment.ledger.ingest([.resolved(.sample("a"))], policy: policy, lease: nil)
    let successor = leased.delivery.forwarded(
      to: "phone",
      because: reason,
      since: environment.now,
      at: environment.now
    )
    #expect(try await environment.settle(leased, .forwarded(successor, because: reason, wasAttempted: true)))
    #expect(try await environment.ledger.delivery(successor.id)?.status == .withdrawn)
    let contents = try await environment.claim().map(\.delivery.content)
    #expect(contents == (isInDoubt ? [.resolved(.sample("a"))] : []))
  }

  @Test("is not sent any more if all have ended, unless it is a digest", arguments: Kind.allCases, Store.allCases)
  func all(kind: Kind, store: Store) async throws {
    let environment = try await environment(store) { kind.content($0) }
    try await end("a", "b", "c", in: environment)
    let claimed = try await environment.claim()
    #expect(claimed.map { resolved($0.delivery) } == (kind == .digest ? [["a", "b", "c"]] : []))
  }
}
