// SPDX-License-Identifier: Apache-2.0

/// Decides who is told what, when, and why: a pure state machine over the entries that a batch touches.
///
/// An event goes through the stages in one order. What is new is found first, by comparing with what the ledger knows; then routes
/// are found; then each route's digest or cooldown may hold the alert; what is left may become a burst; the rest is told alone.
package struct Policy: PolicyDeciding {
  package let rules: PolicyRules
  /// Whether a route has a cooldown of its own, so that an alert's windows depend on its routes.
  private let hasOwnCooldowns: Bool

  package init(rules: PolicyRules) {
    self.rules = rules
    hasOwnCooldowns = rules.table.routes.contains { $0.cooldown != nil }
  }

  package func windows(for events: [Event], state: PolicyState) -> Set<WindowKey> {
    var memo = MatchMemo()
    var keys: Set<WindowKey> = []
    for event in events {
      switch event {
      case .fired(let alert), .changed(let alert): keys.formUnion(windows(of: alert, memo: &memo))
      case .resolved(let key): keys.formUnion(Policy.windows(state[alert: key]))
      }
    }
    return keys
  }

  /// The windows that could hold an alert; perhaps one too many, which does no harm.
  private func windows(of alert: Alert, memo: inout MatchMemo) -> [WindowKey] {
    guard hasOwnCooldowns else {
      guard let rule = rules.cooldown, rule.window > .zero else { return [] }
      return [rule.key(for: alert, scope: "")]
    }
    return rules.table.resolve(alert, memo: &memo).compactMap { cooldown.key(for: alert, on: $0) }
  }

  package func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    state.reserveCapacity(events.count)
    var batch = Batch(rules: rules, state: &state, now: now)
    for event in Policy.ordered(events) { batch.take(event) }
    return batch.finish(&state)
  }

  package func windows(for timer: TimerKey, waiting: [AlertKey], state: PolicyState) -> Set<WindowKey> {
    switch timer {
    case .list(.cooldown(let key)): Set([key]).union(windows(for: refire(waiting, state), state: state))
    case .list(.digest): windows(for: refire(waiting, state), state: state)
    case .expiry(let key): Policy.windows(state[alert: key])
    }
  }

  package func fire(_ timer: TimerKey, waiting: [AlertKey], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  {
    var batch = Batch(rules: rules, state: &state, now: now)
    switch timer {
    case .list(.cooldown(let key)): batch.endCooldown(key, waiting: waiting)
    case .list(.digest(let name)): batch.flushDigest(name, waiting: waiting)
    case .expiry(let key): batch.expire(key)
    }
    return batch.finish(&state)
  }

  package func standingTimers(at now: Instant) -> [TimerKey: Instant] {
    rules.digests.reduce(into: [:]) { $0[.list(.digest($1.name))] = $1.schedule.next(after: now) }
  }

  /// Whether the outcome is the same when a batch is cut into pieces: nothing in the rules counts or stamps within a batch.
  package var isSeparable: Bool {
    rules.burst == nil && rules.table.routes.allSatisfy { $0.burst == nil && cooldown.rule(for: $0) == nil }
  }

  private var cooldown: CooldownStage { CooldownStage(rules: rules) }

  private static func windows(_ record: AlertRecord?) -> Set<WindowKey> {
    Set((record?.waits ?? []).compactMap { if case .cooldown(let key) = $0 { key } else { nil } })
  }

  /// What those who wait would be as newly fired, for when the rule that held them is gone.
  private func refire(_ waiting: [AlertKey], _ state: PolicyState) -> [Event] {
    waiting.compactMap { state[alert: $0].map { .fired($0.alert) } }
  }

  /// Ends first, then the rest by severity and id; as they came when one alert is named twice.
  private static func ordered(_ events: [Event]) -> [Event] {
    guard events.count > 1, Set(events.map(\.key)).count == events.count else { return events }
    let active = events.compactMap { event in event.alert.map { (event: event, alert: $0) } }
    return events.filter { $0.alert == nil }
      + active.sorted { ($0.alert.severity, $0.alert.key) < ($1.alert.severity, $1.alert.key) }.map(\.event)
  }
}
