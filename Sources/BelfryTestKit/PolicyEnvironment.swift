// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryConfiguration
package import BelfryPolicy
internal import BelfryTesting

/// The policy on a ledger in dictionaries, and a clock that tests advance.
package struct PolicyEnvironment {
  package var policy: Policy
  package var now = PolicyEnvironment.start
  package private(set) var alerts: [AlertKey: AlertRecord] = [:]
  package private(set) var entries: [HoldID: HoldState] = [:]
  package private(set) var silences: [Silence] = []
  package private(set) var timers: [TimerKey: Instant] = [:]
  package private(set) var lists: [HoldID: [AlertKey]] = [:]
  /// The decisions of the last call, including those that `advance` caused.
  package private(set) var decisions: [Decision] = []
  package private(set) var deliveries: [NewDelivery] = []
  private var ids = DeliveryIDSource(generator: SeededGenerator(seed: 1))

  /// Friday, 2027-01-15T08:00:00Z.
  package static let start = Instant(seconds: 1_800_000_000)

  /// Reads the rules of a `channels.json` given without its channels; see `Configuration.reading`.
  package init(_ text: String, quiet: [String: String] = [:], caps: [String: String] = [:]) throws {
    policy = Policy(rules: try Configuration.reading(text, quiet: quiet, caps: caps).rules)
    adopt()
  }

  /// Applies an edited file to the same ledger.
  package mutating func edit(_ text: String) throws {
    policy = Policy(rules: try Configuration.reading(text).rules)
    adopt()
    take(policy.orphans(among: alerts.values.filter(\.isActive).map(\.alert.key)))
  }

  @discardableResult
  package mutating func take(_ events: Event...) -> [String] { take(events) }

  /// Has events decided; returns the deliveries, one text each.
  @discardableResult
  package mutating func take(_ events: [Event]) -> [String] {
    decisions = []
    deliveries = []
    var state = state(of: events.compactMap(\.key))
    write(policy.decide(events, state: &state, at: now), state)
    return deliveries.map(\.text)
  }

  /// Advances the time, and fires each timer when it is due.
  @discardableResult
  package mutating func advance(by duration: Duration) -> [String] {
    let end = now + duration
    decisions = []
    deliveries = []
    while let (timer, due) = timers.min(by: { ($0.value, $0.key.description) < ($1.value, $1.key.description) }),
      due <= end
    {
      now = max(now, due)
      fire(timer)
    }
    now = end
    return deliveries.map(\.text)
  }

  /// Advances the time without firing anything, like a late notifier.
  package mutating func advanceBlindly(by duration: Duration) { now = now + duration }

  /// Advances the time, and fires everything due by then in one batch.
  package mutating func advanceTogether(by duration: Duration) -> [String] {
    now = now + duration
    decisions = []
    deliveries = []
    fire(timers.filter { $0.value <= now }.map(\.key))
    return deliveries.map(\.text)
  }

  package mutating func fire(_ timer: TimerKey) { fire([timer]) }

  private mutating func fire(_ due: [TimerKey]) {
    var firings: [Firing] = []
    for timer in due.sorted(by: { $0.description < $1.description }) {
      let waiting = if case .list(let list) = timer { lists[list] ?? [] } else { [AlertKey]() }
      guard timers[timer] != nil || !waiting.isEmpty else { continue }
      firings.append(Firing(timer, due: timers.removeValue(forKey: timer), waiting: waiting))
    }
    var state = state(of: firings.flatMap { $0.waiting + $0.timer.alerts })
    write(policy.fire(firings, state: &state, at: now), state)
  }

  /// The cooldowns in the ledger.
  package var windows: [GroupKey: CooldownState] {
    entries.reduce(into: [:]) { windows, entry in
      if let key = entry.key.cooldown { windows[key] = entry.value.as(CooldownState.self) }
    }
  }

  package func waiting(in list: HoldID) -> [String] { (lists[list] ?? []).map(\.id) }

  /// The reasons, such as `notify a: new alert (routes[0])`.
  package var reasons: [String] {
    decisions.map { "\($0.outcome.name) \($0.alert.id): \($0.reason) (\($0.rule.path))" }
  }

  private mutating func adopt() {
    let standing = policy.standingTimers(at: now)
    for (timer, due) in standing where timers[timer].map({ due < $0 }) ?? true { timers[timer] = due }
    for timer in timers.keys {
      if case .list(let hold) = timer, hold.digest != nil, standing[timer] == nil { timers[timer] = nil }
    }
    for list in lists.keys where timers[.list(list)] == nil { timers[.list(list)] = now }
    for hold in entries.keys where hold.expectation != nil && timers[.list(hold)] == nil { timers[.list(hold)] = now }
  }

  private func state(of keys: [AlertKey]) -> PolicyState {
    let known = Dictionary(keys.compactMap { key in alerts[key].map { (key, $0) } }) { first, _ in first }
    let silences = silences.filter { !$0.isOver(at: now) }
    return PolicyState(alerts: known, silences: silences, ids: ids) { entries[$0] }
  }

  private mutating func write(_ outcome: PolicyOutcome, _ state: PolicyState) {
    ids = state.ids
    for key in state.changedAlerts { alerts[key] = state[alert: key] }
    for hold in state.changedHolds { entries[hold] = state[hold: hold] }
    for silence in outcome.silences {
      silences.removeAll { $0.id == silence.id }
      silences.append(silence)
    }
    for list in outcome.emptied { lists[list] = nil }
    for gone in outcome.left { leave(gone) }
    for new in outcome.joined where alerts[new.alert]?.waits.contains(new.list) == true { join(new) }
    for (timer, due) in outcome.timers { timers[timer] = due }
    decisions += outcome.decisions
    deliveries += outcome.deliveries
  }

  private mutating func leave(_ gone: PolicyOutcome.Membership) {
    lists[gone.list]?.removeAll { $0 == gone.alert }
    if lists[gone.list]?.isEmpty == true { lists[gone.list] = nil }
  }

  private mutating func join(_ new: PolicyOutcome.Membership) {
    guard lists[new.list]?.contains(new.alert) != true else { return }
    lists[new.list, default: []].append(new.alert)
  }
}

extension NewDelivery {
  /// The delivery, such as `pager: followup a b +1`.
  package var text: String {
    var text = "\(channel): \(content.kind)"
    if case .digest(let name, _) = content { text += " \(name):" }
    text += content.alerts.map { " \($0.id)" }.joined()
    if case .followup(_, let ended) = content, ended > 0 { text += " +\(ended)" }
    return text
  }
}
