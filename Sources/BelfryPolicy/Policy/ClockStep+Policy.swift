// SPDX-License-Identifier: Apache-2.0
package import Belfry

// What a step of the clock changes in what the policy remembers.

/// The longest waits that the rules can set, by what waits.
package struct LongestWaits: Sendable, Hashable {
  package var cooldown: Duration
  package var group: Duration
  package var burst: Duration
  package var expectation: Duration
  /// Of an alert's own timer: a reminder, an escalation, settling, or its end.
  package var alert: Duration

  package init(cooldown: Duration, group: Duration, burst: Duration, expectation: Duration, alert: Duration) {
    (self.cooldown, self.group, self.burst) = (cooldown, group, burst)
    (self.expectation, self.alert) = (expectation, alert)
  }

  package init(_ rules: PolicyRules) {
    let routes = rules.table.routes
    func longest(_ durations: [Duration?]) -> Duration { durations.compactMap(\.self).max() ?? .zero }
    let reminders = routes.map { $0.reminder?.every }
    let escalations = routes.flatMap(\.escalations).map { Optional($0.after) }
    self.init(
      cooldown: longest([rules.cooldown?.window] + routes.map { $0.cooldown?.window }),
      group: longest(routes.map { $0.group?.wait } + routes.map { $0.group?.every }),
      burst: longest([rules.burst?.within] + routes.map { $0.burst?.within }),
      expectation: longest(rules.expectations.values.map(\.every)),
      alert: longest(reminders + escalations + [rules.flapping?.within, Batch.commandLifetime])
    )
  }
}

extension ClockStep {
  /// When a list's timer is due: what a rule's wait set keeps what is left of it, and wall-clock hours are asked again.
  ///
  /// A digest's moment is left alone, as `Ledger.adopt` sets it by its schedule. A silence ends at the moment that it names.
  package func due(_ due: Instant, of list: ListKey, _ longest: LongestWaits) -> Instant {
    switch list {
    case .cooldown: end(due, longest: longest.cooldown)
    case .group: end(due, longest: longest.group)
    case .burst: end(due, longest: longest.burst)
    case .expectation: end(due, longest: longest.expectation)
    case .inhibition: min(due, now)
    // Set back, the hours may not have begun: the rules are asked now, and hold again what they hold.
    case .silence, .quiet: by < .zero ? min(due, now) : due
    case .digest: due
    }
  }
}

extension Entry {
  /// The same after the clock was set.
  package func following(_ step: ClockStep, _ longest: LongestWaits) -> Entry {
    switch self {
    case .cooldown(let record):
      return .cooldown(record.mapWindows { $0.following(step, longest.cooldown) })
    case .group(var group):
      group.restsUntil = group.restsUntil.map { step.end($0, longest: longest.group) }
      group.due = group.due.map { step.end($0, longest: longest.group) }
      return .group(group)
    case .burst(var burst):
      burst.until = burst.until.map { step.end($0, longest: longest.burst) }
      for index in burst.recent.indices { burst.recent[index].at = step.moment(burst.recent[index].at) }
      return .burst(burst)
    case .expectation(var expectation):
      expectation.cameAt = step.moment(expectation.cameAt)
      return .expectation(expectation)
    case .inhibition, .mute: return self
    }
  }
}

extension CooldownWindow {
  fileprivate func following(_ step: ClockStep, _ longest: Duration) -> CooldownWindow {
    var window = self
    window.until = step.end(until, longest: longest)
    window.release = step.end(release, longest: longest)
    return window
  }
}

extension AlertRecord {
  /// The same after the clock was set: with its reminders, its escalations and its end as far away as they were.
  package func following(_ step: ClockStep, _ longest: LongestWaits) -> AlertRecord {
    var record = self
    for index in record.told.indices {
      record.told[index].since = step.moment(told[index].since)
      record.told[index].at = step.moment(told[index].at)
    }
    for index in record.waits.indices {
      if let at = waits[index].start?.at { record.waits[index].start?.at = step.moment(at) }
    }
    record.changes = changes.map(step.moment)
    record.expiry = expiry.map { Expiry(at: step.expiry($0.at), isTimeout: $0.isTimeout) }
    // What becomes of it is computed again when the timer fires, so that it may fire too soon, but never too late.
    record.timer = timer.map { timer in
      timer == expiry?.at ? step.expiry(timer) : step.end(timer, longest: longest.alert)
    }
    return record
  }
}

extension ClockStep {
  /// When an alert ends by itself.
  ///
  /// Its sender may have named that moment, by a clock that is right. Set back, it ends after as long as it would have. Set forward, the step alone ends nothing.
  fileprivate func expiry(_ expiry: Instant) -> Instant {
    let left = expiry - before
    if left <= .zero || by > .zero && left > by { return expiry }
    return expiry + by
  }
}
