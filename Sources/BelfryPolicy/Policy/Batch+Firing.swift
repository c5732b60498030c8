// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// What follows when the time of a hold, or of an alert, has come.
extension Batch {
  mutating func fire(_ firing: Firing) {
    switch firing.timer {
    case .alert(let key): check(key)
    case .list(.expectation(let id)): checkExpectation(id.text)
    case .list(let list): release(list, firing)
    }
    evaluate()
  }

  /// Lets go of a hold: what waited in it is placed anew, and told together where nothing else holds it.
  private mutating func release(_ list: ListKey, _ firing: Firing) {
    // What an earlier timer of this batch put into the list has waited long enough as well.
    let waiting = firing.waiting + outcome.joined.lazy.filter { $0.list == list }.map(\.alert)
    if case .cooldown(let key) = list { return releaseCooldown(key, waiting) }
    released[list] = Release(ended: endHold(list, waiting: firing.waiting.count), due: late(firing))
    if case .digest(let name) = list {
      outcome.timers[firing.timer] = .some(rules.digest(name)?.schedule.next(after: now))
    }
    if !waiting.isEmpty { outcome.emptied.append(list) }
    for key in waiting {
      guard let record = state[alert: key], let wait = record.waits[list] else { continue }
      state.update(key) { $0.waits.removeAll { $0.hold == list } }
      if case .digest(let name) = list, !record.isActive, record.firstTold == nil {
        tellUntoldEnd(record, name)
      } else {
        place(key, .released(list, isActive: record.isActive), ending: wait)
      }
    }
  }

  /// Lets go of a cooldown on the channels where it is over; what waits for another channel too waits on for that one.
  private mutating func releaseCooldown(_ key: HoldKey, _ waiting: [AlertKey]) {
    let list = ListKey.cooldown(key)
    let before = state[cooldown: key] ?? CooldownRecord()
    var record = before
    let ended = record.release(at: now)
    released[list] = Release(ended: ended.shared, endedByChannel: ended.ended)
    if before != record || record.isEmpty { state.set(record.isEmpty ? nil : record, for: key) }
    if let next = record.nextRelease { outcome.timers[.list(list)] = .some(next) }
    var gone: [PolicyOutcome.Membership] = []
    for key in waiting {
      guard let record = state[alert: key], let wait = record.waits[list] else {
        gone.append(PolicyOutcome.Membership(list: list, alert: key))
        continue
      }
      let rest = before.rest(of: wait, at: now)
      guard rest != wait else { continue }
      state.update(key) { $0.waits = $0.waits.compactMap { $0.hold == list ? rest : $0 } }
      if rest == nil { gone.append(PolicyOutcome.Membership(list: list, alert: key)) }
      place(key, .released(list, isActive: record.isActive), ending: wait)
    }
    if gone.count < waiting.count { outcome.left += gone } else if !gone.isEmpty { outcome.emptied.append(list) }
  }

  /// Ends what a hold remembers, or has it begin again; how many came and went while it lasted.
  private mutating func endHold(_ list: ListKey, waiting: Int) -> Int {
    switch list {
    case .group(let key):
      guard var group = state[group: key] else { return 0 }
      let ended = group.ended
      group.due = nil
      group.ended = 0
      let isOver = waiting == 0 && group.firing == 0 && group.restsUntil.map { $0 <= now } ?? true
      state.set(isOver ? nil : .group(group), for: list)
      return ended
    case .burst(let key):
      guard let burst = state[burst: key], burst.until.map({ $0 <= now }) ?? true else { return 0 }
      var over = burst
      over.until = nil
      over.recent = []
      state.set(burst.until == nil ? nil : .burst(over), for: list)
      return 0
    case .inhibition(let key):
      // While it still mutes, whatever asked for it, it goes on counting.
      guard let inhibition = state[inhibition: key], inhibition.count == 0 else { return 0 }
      state.set(nil, for: list)
      return inhibition.ended
    case .silence(let id) where state.silences.contains { $0.id == id && $0.end(at: now) != nil }: return 0
    case .silence, .quiet:
      guard let mute = state[mute: list] else { return 0 }
      state.set(nil, for: list)
      return mute.ended
    case .cooldown, .digest, .expectation: return 0
    }
  }

  /// A digest that was due while nobody was there to send it says so.
  private func late(_ firing: Firing) -> Instant? {
    guard case .list(.digest) = firing.timer, let due = firing.due, due + .seconds(60) < now else { return nil }
    return due
  }

  /// What joined a digest and ended before anyone was told is told by the digest all the same, as ended.
  private mutating func tellUntoldEnd(_ record: AlertRecord, _ name: String) {
    guard let digest = rules.digest(name) else {
      let cause = Decision.Cause(.resolved, .noDigest)
      return decide(record.alert, .suppress, cause, Rule(path: "digests", line: 0))
    }
    guard let route = rules.table.resolve(record.alert, memo: &memo).first ?? rules.table.routes.first else { return }
    // It is over, so there is nothing to be told of it later either.
    switch MuteStage(rules: rules, now: now).mute(record.alert, state, &memo) {
    case .hold(let hold):
      let cause = Decision.Cause(.resolvedBefore(digest: name), hold.factor)
      return decide(record.alert, .suppress, cause, hold.rule)
    case .drop(let hold, let silence):
      let cause = Decision.Cause(.resolvedBefore(digest: name), .dropped(by: silence, detail: hold.detail))
      return decide(record.alert, .suppress, cause, hold.rule)
    case nil: break
    }
    tellings.append(
      Telling(
        alert: record.shown,
        route: route,
        channels: digest.to.distinct,
        news: .ends,
        trigger: .released(.digest(name), isActive: false),
        rule: digest.rule,
        released: .digest(name)
      )
    )
  }
}

// MARK: - One alert

extension Batch {
  /// Something about one alert is due: its end, that it settled, a reminder, an escalation.
  private mutating func check(_ key: AlertKey) {
    guard let record = state[alert: key] else { return }
    state.update(key) { $0.timer = nil }
    if let expiry = record.expiry, expiry.at <= now {
      return end(key, .expired(after: key.source == .command ? Batch.commandLifetime : nil))
    }
    if let settles = flapping.settles(record), settles <= now {
      state.update(key) {
        $0.isFlapping = false
        $0.changes = []
      }
      return place(key, .settled(after: rules.flapping?.within))
    }
    let routes = rules.table.resolve(record.alert, memo: &memo)
    let due = CheckStage(rules: rules).open(record, on: routes).filter { $0.due <= now }
    guard !due.isEmpty else { return }
    let mutes = MuteStage(rules: rules, now: now)
    switch mutes.mute(record.alert, state, &memo) {
    case .hold(let hold), .drop(let hold, _): return self.hold(due[0], record.shown, by: hold)
    case nil: break
    }
    for check in due {
      if let hold = mutes.quiet(record.alert, on: check.route) ?? mutes.quiet(record.alert, on: check.channel) {
        self.hold(check, record.shown, by: hold)
      } else {
        tell(check, record.shown)
      }
    }
  }

  private mutating func tell(_ check: CheckStage.Check, _ alert: Alert) {
    tellings.append(
      Telling(
        alert: alert,
        route: check.route,
        channels: [check.channel],
        news: check.news,
        trigger: check.trigger,
        rule: check.rule
      )
    )
  }

  /// Muted: it waits with what else is muted so, and comes when that lets go.
  private mutating func hold(_ check: CheckStage.Check, _ alert: Alert, by hold: Hold) {
    guard state[alert: alert.key]?.waits.contains(hold.list) == false else { return }
    let cause = Decision.Cause(check.trigger, hold.factor)
    let wait = Wait(hold.list, for: [check.channel], since: Wait.Start(at: now, rule: hold.rule, cause: cause))
    state.update(alert.key) { $0.waits.append(wait) }
    outcome.joined.append(PolicyOutcome.Membership(list: hold.list, alert: alert.key))
    if let until = hold.until { outcome.timers[.list(hold.list)] = .some(until) }
    decide(alert, .hold(until: hold.until), cause, hold.rule)
  }

  /// Sets the timer of each alert that changed to the moment at which something of it is next due.
  mutating func setAlertTimers() {
    let hasChecks = rules.hasChecks
    for key in state.changedAlerts {
      guard let record = state[alert: key] else { continue }
      var moments = [record.expiry?.at, flapping.settles(record)].compactMap(\.self)
      if hasChecks, record.isActive, !record.told.isEmpty {
        let routes = rules.table.resolve(record.alert, memo: &memo)
        moments += CheckStage(rules: rules).open(record, on: routes).map(\.due)
      }
      let next = moments.min()
      guard next != record.timer else { continue }
      state.update(key) { $0.timer = next }
      outcome.timers[.alert(key)] = .some(next)
    }
  }
}

extension PolicyRules {
  /// Whether any route reminds or escalates.
  var hasChecks: Bool { table.routes.contains { $0.reminder != nil || !$0.escalations.isEmpty } }
}

// MARK: - Expected alerts

extension Batch {
  /// Is an expected alert late? Then that is an alert of its own, until it comes.
  private mutating func checkExpectation(_ id: String) {
    let key = ExpectationRule.alarm(of: id)
    guard let rule = rules.expectations[id] else {
      state.set(nil, for: .expectation(ExactText(id)))
      return end(key, .notExpected)
    }
    let known = state[expectation: id]
    if known?.isHeld == true { return end(key, .came) }
    if let due = known.map({ $0.cameAt + rule.every }), due > now {
      outcome.timers[.list(.expectation(ExactText(id)))] = .some(due)
      return end(key, .came)
    }
    if state[alert: key]?.isActive == true { return }
    begin(rule.alarm(cameAt: known?.cameAt, at: now))
  }
}
