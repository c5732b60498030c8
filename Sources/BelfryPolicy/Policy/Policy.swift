// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Decides who is told what, when, and why: a pure state machine over the entries that a batch touches.
///
/// An event goes through the stages in one order. What is new is found first, by comparing what each channel was last told with
/// what now is. Only then is it muted (inhibition, silences, quiet hours), or joined to others (a digest, a group), or held by a
/// cooldown; what is left may become a burst; the rest is told alone. Whatever holds an alert lets go of it by a timer, and then
/// it goes through the same stages again.
package struct Policy: PolicyDeciding {
  package let rules: PolicyRules

  package init(rules: PolicyRules) { self.rules = rules }

  package func entries(for events: [Event], state: PolicyState) -> Set<ListKey> {
    var needs = EntryNeeds(rules: rules)
    for event in events {
      if let alert = event.alert { needs.add(alert) }
      if let key = event.key, let record = state[alert: key] { needs.add(record, isEnding: event.alert == nil) }
    }
    return needs.keys
  }

  package func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    state.reserveCapacity(events.count)
    var outcome = PolicyOutcome()
    for round in EventRounds(events, state, at: now).rounds {
      var batch = Batch(rules: rules, state: &state, now: now)
      for (event, skipped) in round { batch.take(event, skipped: skipped) }
      outcome.append(batch.finish(&state))
    }
    return outcome
  }

  package func entries(for firings: [Firing], state: PolicyState) -> Set<ListKey> {
    var needs = EntryNeeds(rules: rules)
    for firing in firings {
      if case .list(let list) = firing.timer {
        needs.add(list)
        // What it lets go of may be muted next, which then counts on.
        if !firing.waiting.isEmpty { needs.addMutes(state.silences) }
      }
      for key in firing.waiting + firing.timer.alerts {
        guard let record = state[alert: key] else { continue }
        needs.add(record.alert)
        needs.add(record, isEnding: true)
      }
      // The alarm of an expected alert may begin with this.
      if case .list(.expectation(let id)) = firing.timer, let rule = rules.expectations[id] {
        needs.add(rule.alarm(cameAt: nil, at: Instant(seconds: 0)))
      }
    }
    return needs.keys
  }

  package func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    var batch = Batch(rules: rules, state: &state, now: now)
    for firing in firings { batch.fire(firing) }
    return batch.finish(&state)
  }

  package func standingTimers(at now: Instant) -> [TimerKey: Instant] {
    var timers: [TimerKey: Instant] = [:]
    for digest in rules.digests { timers[.list(.digest(digest.name))] = digest.schedule.next(after: now) }
    for rule in rules.expectations.values { timers[.list(.expectation(ExactText(rule.id)))] = now + rule.every }
    return timers
  }

  /// The ends of alerts of Belfry's own that nothing can end any more: the alarms of what is no longer expected.
  package func orphans(among active: some Sequence<AlertKey>) -> [Event] {
    let alarms = Set(rules.expectations.keys.map { ExpectationRule.alarm(of: $0.text) })
    return active.filter {
      $0.source == .belfry && $0.id.beginsExactly(with: ExpectationRule.alarmPrefix) && !alarms.contains($0)
    }
    .sorted().map { .resolved($0) }
  }

  /// Whether the outcome is the same when a batch is cut into pieces: nothing in the rules counts or stamps within a batch.
  package var isSeparable: Bool {
    rules.burst == nil && rules.inhibitions.isEmpty
      && rules.table.routes.allSatisfy { $0.burst == nil && CooldownStage(rules: rules).rule(for: $0) == nil }
  }
}

extension PolicyOutcome {
  fileprivate mutating func append(_ other: PolicyOutcome) {
    decisions += other.decisions
    deliveries += other.deliveries
    joined += other.joined
    left += other.left
    emptied += other.emptied
    timers.merge(other.timers) { $1 }
    silences += other.silences
  }
}

/// The entries that a batch reads, collected alert by alert.
private struct EntryNeeds {
  let rules: PolicyRules
  private(set) var keys: Set<ListKey> = []
  private var memo = MatchMemo()
  /// Whether what holds an alert depends on its routes.
  private let needsRoutes: Bool

  init(rules: PolicyRules) {
    self.rules = rules
    needsRoutes =
      rules.burst?.within != nil
      || rules.table.routes.contains { $0.cooldown != nil || $0.group != nil || $0.burst?.within != nil }
  }

  mutating func add(_ list: ListKey) { keys.insert(list) }

  /// What could hold an alert; perhaps one too many, which does no harm.
  mutating func add(_ alert: Alert) {
    if !rules.inhibitions.isEmpty { addInhibitions(alert) }
    if rules.expectations[alert.id] != nil { keys.insert(.expectation(ExactText(alert.id))) }
    guard needsRoutes else {
      guard let rule = rules.cooldown, rule.window > .zero else { return }
      keys.insert(.cooldown(rule.key(for: alert, scope: "")))
      return
    }
    for route in rules.table.resolve(alert, memo: &memo) {
      if let key = CooldownStage(rules: rules).key(for: alert, on: route) { keys.insert(.cooldown(key)) }
      if let key = GroupStage(rules: rules).key(for: alert, on: route) { keys.insert(.group(key)) }
      let burst = BurstStage(rules: rules, now: Instant(seconds: 0)).rule(for: route)
      if let (key, rule) = burst, rule.within != nil { keys.insert(.burst(key)) }
    }
  }

  /// What a silence or quiet hours remember, whichever may hold an alert next.
  mutating func addMutes(_ silences: [Silence]) {
    for silence in silences { keys.insert(.silence(silence.id)) }
    for route in rules.table.routes where route.quiet != nil { keys.insert(MuteStage.list(of: route)) }
    for channel in rules.channelQuiet.keys { keys.insert(MuteStage.list(of: channel)) }
  }

  private mutating func addInhibitions(_ alert: Alert) {
    let stage = InhibitionStage(rules: rules)
    for key in stage.muted(by: alert, &memo) { keys.insert(.inhibition(key)) }
    for (key, _) in stage.muting(alert, &memo) { keys.insert(.inhibition(key)) }
  }

  /// What holds the alert of a record, and in what it is counted.
  mutating func add(_ record: AlertRecord, isEnding: Bool) {
    for wait in record.waits { keys.insert(wait.hold) }
    for key in record.inhibits { keys.insert(.inhibition(key)) }
    for key in record.groups { keys.insert(.group(key)) }
    if rules.expectations[record.alert.id] != nil { keys.insert(.expectation(ExactText(record.alert.id))) }
    // Its end may have to wait as well: for its group, or while another alert mutes it.
    if isEnding, !record.told.isEmpty, needsRoutes || !rules.inhibitions.isEmpty { add(record.alert) }
  }
}
