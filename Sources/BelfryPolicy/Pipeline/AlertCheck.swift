// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A reminder or an escalation of one alert on one channel, with the time when it is due.
struct AlertCheck {
  let due: Instant
  let channel: ChannelName
  let route: Route
  let news: Announcement.News
  let trigger: Decision.Cause.Trigger
  let rule: Rule
}

extension PolicyRules {
  /// All reminders and escalations of an alert that are known now.
  func checks(_ record: AlertRecord, on routes: [Route]) -> [AlertCheck] {
    guard record.isActive, record.acknowledgement == nil, !record.isFlapping, let since = record.firstNotified else {
      return []
    }
    return routes.flatMap { route in
      RuleKinds.all.flatMap { $0.checks(of: record, on: route, since: since, in: self) }
    }
  }

  /// Those that no hold pauses: a paused one waits there, and is sent when the hold ends.
  func openChecks(_ record: AlertRecord, on routes: [Route]) -> [AlertCheck] {
    let checks = checks(record, on: routes)
    if record.waits.isEmpty { return checks }
    return checks.filter { check in !record.waits.contains { $0.hold.hold.pauses(check) } }
  }
}

extension PolicyRun {
  /// Announces what is due about an alert, or has it wait for what mutes it.
  mutating func announce(_ due: [AlertCheck], of record: AlertRecord) {
    guard let first = due.first else { return }
    switch muting(record.alert) {
    case .hold(let holding), .drop(let holding, _): return hold(first, record.shown, by: holding)
    case nil: break
    }
    for check in due {
      if let holding = QuietHold.holding(record.alert, for: check, in: self) {
        hold(check, record.shown, by: holding)
      } else {
        announcements.append(
          Announcement(
            check.news,
            record.shown,
            on: [check.channel],
            of: check.route,
            trigger: check.trigger,
            rule: check.rule
          )
        )
      }
    }
  }

  private mutating func hold(_ check: AlertCheck, _ alert: Alert, by holding: Holding) {
    let id = holding.hold
    guard state[alert: alert.key]?.waits.contains(id) == false else { return }
    let cause = Decision.Cause(check.trigger, holding.factor)
    let wait = Wait(id, for: [check.channel], since: Wait.Start(at: now, rule: holding.rule, cause: cause))
    state.update(alert.key) { $0.waits.append(wait) }
    outcome.joined.append(PolicyOutcome.Membership(list: id, alert: alert.key))
    if let until = holding.until { outcome.timers[.list(id)] = .some(until) }
    decide(alert, .hold(until: holding.until), cause, holding.rule)
  }

  /// Sets the timer of each alert that changed to the next time at which something about it is due.
  mutating func setAlertTimers() {
    let (rules, flapping) = (rules, FlappingStep(rule: rules.flapping))
    var memo = MatchMemo()
    swap(&memo, &self.memo)
    var timers: [(alert: AlertKey, due: Instant?)] = []
    state.updateChanged { record in
      var next = [record.expiry?.at, flapping.settles(record)].compactMap(\.self).min()
      if rules.table.hasChecks, record.isActive, !record.notified.isEmpty {
        let routes = rules.table.resolve(record.alert, memo: &memo)
        for check in rules.openChecks(record, on: routes) { next = min(next ?? check.due, check.due) }
      }
      guard next != record.timer else { return }
      record.timer = next
      timers.append((record.alert.key, next))
    }
    for (alert, due) in timers { outcome.timers.updateValue(due, forKey: .alert(alert)) }
  }
}
