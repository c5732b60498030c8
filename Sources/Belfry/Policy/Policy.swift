// SPDX-License-Identifier: Apache-2.0

/// Decides who is told what, when, and why: a pure state machine over the entries that a batch touches.
///
/// An event goes through the stages in one order. What is new is found first, by comparing with what the ledger knows; then routes
/// are found; then each route's digest or cooldown may hold the alert; what is left may become a burst; the rest is told alone.
package struct Policy: PolicyDeciding {
  package let rules: PolicyRules

  package init(rules: PolicyRules) { self.rules = rules }

  package func windows(for events: [Event], state: PolicyState) -> Set<WindowKey> {
    var memo = MatchMemo()
    var keys: Set<WindowKey> = []
    for event in events {
      switch event {
      case .fired(let alert), .changed(let alert):
        for route in rules.table.resolve(alert, memo: &memo) {
          if let key = cooldown.key(for: alert, on: route) { keys.insert(key) }
        }
        keys.formUnion(Policy.windows(state[alert: alert.key]))
      case .resolved(let key):
        keys.formUnion(Policy.windows(state[alert: key]))
      }
    }
    return keys
  }

  package func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
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

  /// Ends before beginnings, beginnings by severity and then id; as they came when one alert is named twice.
  private static func ordered(_ events: [Event]) -> [Event] {
    guard events.count > 1, Set(events.map(\.key)).count == events.count else { return events }
    var fired: [Alert] = []
    var ordered: [Event] = []
    for event in events {
      if case .fired(let alert) = event { fired.append(alert) } else { ordered.append(event) }
    }
    fired.sort { ($0.severity, $0.key) < ($1.severity, $1.key) }
    return ordered + fired.map { .fired($0) }
  }
}
