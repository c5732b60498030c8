// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Decides who is notified of what, when, and why: a pure state machine over the part of the ledger that a run touches.
///
/// `Pipeline` has the steps. A hold ends by a timer, and its alerts then take the same steps again.
package struct Policy: PolicyDeciding {
  package let rules: PolicyRules

  package init(rules: PolicyRules) { self.rules = rules }

  package func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    state.reserveCapacity(events.count)
    var outcome = PolicyOutcome()
    for (index, round) in EventRounds(events, state, at: now).rounds.enumerated() {
      var pipeline = Pipeline(rules: rules, state: &state, now: now)
      for step in round { pipeline.take(step.event, skipped: step.skipped) }
      let more = pipeline.finish(&state)
      if index == 0 { outcome = more } else { outcome.append(more) }
    }
    return outcome
  }

  package func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome {
    var pipeline = Pipeline(rules: rules, state: &state, now: now)
    for firing in firings { pipeline.fire(firing) }
    return pipeline.finish(&state)
  }

  package func standingTimers(at now: Instant) -> [TimerKey: Instant] {
    var timers: [TimerKey: Instant] = [:]
    for digest in rules.digests { timers[.list(.digest(digest.name))] = digest.schedule.next(after: now) }
    for rule in rules.expectations.values { timers[.list(.expectation(ExactText(rule.id)))] = now + rule.every }
    return timers
  }

  /// The ends of Belfry's own alerts that nothing can end any more: those about alerts that are no longer expected.
  package func orphans(among active: some Sequence<AlertKey>) -> [Event] {
    let alarms = Set(rules.expectations.keys.map { ExpectationRule.alarm(of: $0.text) })
    return active.filter {
      $0.source == .belfry && $0.id.beginsExactly(with: ExpectationRule.alarmPrefix) && !alarms.contains($0)
    }
    .sorted().map { .resolved($0) }
  }

  /// Whether a batch may be cut into smaller ones: no kind of rule counts alerts within a run.
  package var isSeparable: Bool { !RuleKinds.holds.contains { $0.countsWithinRun(rules) } }

  /// The rule by which a hold keeps an alert, according to the file as it is now.
  package func rule(of hold: HoldID, for alert: Alert) -> Rule? {
    var memo = MatchMemo()
    let routes = rules.table.resolve(alert, memo: &memo)
    for route in routes {
      // An alert waits for a digest because of the rule by which the route's alerts join it.
      if case .digest(let digest, let rule) = rules.throttle(alert, on: route), hold.digest == digest.name {
        return rule
      }
    }
    return hold.hold.rule(for: alert, on: routes, in: rules)
  }
}

extension PolicyOutcome {
  fileprivate mutating func append(_ other: PolicyOutcome) {
    decisions += other.decisions
    deliveries += other.deliveries
    earlier.merge(other.earlier) { $1 }
    joined += other.joined
    left += other.left
    emptied += other.emptied
    timers.merge(other.timers) { $1 }
    silences += other.silences
  }
}
