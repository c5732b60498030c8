// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// The policy with a planted fault.
protocol FaultyPolicy: PolicyDeciding {
  var inner: any PolicyDeciding { get }
}

extension FaultyPolicy {
  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    inner.decide(events, state: &state, at: now)
  }
  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    inner.fire(firings, state: &state, at: now)
  }
  func standingTimers(at now: Instant) -> [TimerKey: Instant] { inner.standingTimers(at: now) }
}

/// A transaction that decides with a faulty policy.
final class MisdecidingTransaction: ForwardedTransaction {
  private let faulty: (any PolicyDeciding) -> any PolicyDeciding

  init(_ inner: any LedgerTransaction, faulty: @escaping (any PolicyDeciding) -> any PolicyDeciding) {
    self.faulty = faulty
    super.init(inner)
  }

  override func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.ingest(events, policy: faulty(policy), lease: lease)
  }
  override func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.fire(only: only, policy: faulty(policy), lease: lease)
  }
}

/// What a cooldown held back is never sent when it ends.
struct NoFollowups: FaultyPolicy {
  let inner: any PolicyDeciding

  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    var outcome = inner.fire(firings, state: &state, at: now)
    let lost = Set(outcome.deliveries.filter(\.isFollowup).map(\.id))
    outcome.deliveries.removeAll { lost.contains($0.id) }
    outcome.decisions.removeAll { !lost.isDisjoint(with: $0.deliveries) }
    for id in lost { outcome.earlier[id] = nil }
    return outcome
  }
}

/// Each digest is sent twice.
struct DoubleDigests: FaultyPolicy {
  let inner: any PolicyDeciding

  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    var outcome = inner.fire(firings, state: &state, at: now)
    var copies: [DeliveryID: DeliveryID] = [:]
    for var delivery in outcome.deliveries where delivery.isDigest {
      let original = delivery.id
      delivery.id = state.ids.next(at: now)
      outcome.deliveries.append(delivery)
      outcome.earlier[delivery.id] = outcome.earlier[original]
      copies[original] = delivery.id
    }
    for var decision in outcome.decisions where decision.deliveries.contains(where: { copies[$0] != nil }) {
      decision.deliveries = decision.deliveries.map { copies[$0] ?? $0 }
      outcome.decisions.append(decision)
    }
    return outcome
  }
}

/// A cooldown is over as soon as an alert resolves that it could hold.
struct ClearedCooldowns: FaultyPolicy {
  let inner: any PolicyDeciding
  let rules: PolicyRules

  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    let outcome = inner.decide(events, state: &state, at: now)
    for case .resolved(let key) in events {
      guard let alert = state[alert: key]?.alert else { continue }
      for hold in rules.cooldowns(of: alert) where state[hold: hold] != nil { state.set(nil, for: hold) }
    }
    return outcome
  }
}

/// Of several timers that are due at once, the last is removed and never fires.
struct LostTimers: FaultyPolicy {
  let inner: any PolicyDeciding

  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    inner.fire(firings.count > 1 ? firings.dropLast() : firings, state: &state, at: now)
  }
}

/// No silence mutes anything.
struct IgnoredSilences: FaultyPolicy {
  let inner: any PolicyDeciding

  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    // Silences begin and end as they should.
    if events.contains(where: \.isAboutSilence) { return inner.decide(events, state: &state, at: now) }
    let silences = state.silences
    state.silences = []
    let outcome = inner.decide(events, state: &state, at: now)
    state.silences = silences
    return outcome
  }
}

/// A cooldown holds every alert, however severe.
struct SeverityBlindCooldowns: FaultyPolicy {
  let inner: any PolicyDeciding
  let rules: PolicyRules

  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    for alert in events.compactMap(\.alert) {
      for hold in rules.cooldowns(of: alert) {
        guard var cooldown = state[hold: hold]?.as(CooldownState.self) else { continue }
        for channel in cooldown.windows.keys { cooldown.windows[channel]?.severity = .critical }
        state.set(.cooldown(cooldown), for: hold)
      }
    }
    return inner.decide(events, state: &state, at: now)
  }
}

extension PolicyRules {
  /// The cooldowns that hold an alert.
  fileprivate func cooldowns(of alert: Alert) -> [HoldID] {
    var memo = MatchMemo()
    return table.resolve(alert, memo: &memo).compactMap { route in
      let rule = route.cooldown ?? cooldown
      return rule.map { .cooldown($0.key(for: alert, scope: route.cooldown == nil ? "" : route.identity)) }
    }
  }
}

extension Event {
  fileprivate var isAboutSilence: Bool {
    switch self {
    case .silenced, .unsilenced: true
    case .fired, .changed, .pushed, .resolved, .acknowledged, .unacknowledged: false
    }
  }
}

extension NewDelivery {
  fileprivate var isFollowup: Bool { if case .followup = content { true } else { false } }
  fileprivate var isDigest: Bool { if case .digest = content { true } else { false } }
}
