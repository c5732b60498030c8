// SPDX-License-Identifier: Apache-2.0

/// One batch on its way through the stages: the state as it changes, what is to be told, and what is to be written.
struct Batch {
  let rules: PolicyRules
  let now: Instant
  var state: PolicyState
  var outcome = PolicyOutcome()
  var memo = MatchMemo()
  /// Windows are judged as they were when the batch began: what begins together does not hold back its like.
  let windowsBefore: [WindowKey: CooldownWindow]
  private var tellings: [Telling] = []

  var cooldown: CooldownStage { CooldownStage(rules: rules) }

  /// Takes the state over until `finish` gives it back, so that its dictionaries are changed in place and never copied.
  init(rules: PolicyRules, state: inout PolicyState, now: Instant) {
    self.rules = rules
    self.now = now
    self.windowsBefore = state.windows
    self.state = state
    state = PolicyState(ids: state.ids)
  }

  mutating func take(_ event: Event) {
    switch event {
    case .fired(let alert): begin(alert)
    case .changed(let alert): change(alert)
    case .resolved(let key): resolve(key)
    }
  }

  /// Ends the batch: what is to be told becomes deliveries, and the windows are stamped.
  mutating func finish(_ state: inout PolicyState) -> PolicyOutcome {
    let (alone, summaries) = BurstStage(rules: rules).part(tellings)
    for summary in summaries { tell(summary) }
    tell(alone)
    for telling in tellings { stamp(telling) }
    state = self.state
    return outcome
  }
}

// MARK: - What happened to an alert

extension Batch {
  /// It is active.
  ///
  /// Only when the ledger does not know it as active is it new.
  private mutating func begin(_ alert: Alert) {
    guard let known = state[alert: alert.key] else {
      state.set(AlertRecord(alert: alert, firedAt: now))
      return route(alert, reason: "first seen")
    }
    if known.isActive { return change(alert) }
    var record = AlertRecord(alert: alert, firedAt: now)
    record.waits = known.waits
    state.set(record)
    route(alert, reason: "fires again")
  }

  /// It says something else.
  ///
  /// That is told when it became worse, and only remembered when not.
  private mutating func change(_ alert: Alert) {
    guard var record = state[alert: alert.key], record.isActive else { return begin(alert) }
    let before = record.alert
    guard before != alert else { return }
    record.alert = alert
    state.set(record)
    if alert.severity.isWorse(than: before.severity) {
      route(alert, reason: "\(before.severity) → \(alert.severity)")
    }
  }

  /// It ended.
  ///
  /// Those who were told of it are told so, where their route says `resolved`.
  mutating func resolve(_ key: AlertKey) {
    guard var record = state[alert: key], record.isActive else { return }
    record.isActive = false
    record.resolvedAt = now
    let wasHeld = leaveCooldowns(&record, countAsEnded: true)
    state.set(record)
    let routes = rules.table.resolve(record.alert, memo: &memo)
    let telling = routes.filter(\.resolved)
    let channels = telling.flatMap(\.to).filter { channel in record.told.contains { $0.channel == channel } }
    if let route = telling.first, !channels.isEmpty {
      tellResolved(record, on: channels, route: route)
    } else {
      let reason = wasHeld ? "resolved while its cooldown held it; the follow-up counts it" : "resolved"
      let rule = routes.first?.rule ?? Rule(path: "routes", line: 0)
      decide(record.alert, .suppress, reason, rule)
    }
  }

  mutating func expire(_ key: AlertKey) {
    guard state[alert: key]?.isActive == true else { return }
    resolve(key)
  }

  /// Takes a record out of the cooldowns that hold it; digests keep it.
  private mutating func leaveCooldowns(_ record: inout AlertRecord, countAsEnded: Bool) -> Bool {
    var wasHeld = false
    for list in record.waits {
      guard case .cooldown(let key) = list else { continue }
      wasHeld = true
      outcome.left.append(PolicyOutcome.Membership(list: list, alert: record.alert.key))
      if countAsEnded, var window = state[window: key] {
        window.ended += 1
        state.set(window, for: key)
      }
    }
    record.waits.removeAll { if case .cooldown = $0 { true } else { false } }
    return wasHeld
  }
}

// MARK: - Where it goes

extension Batch {
  /// Sends an alert through its routes: each holds it, or has it told.
  mutating func route(_ alert: Alert, reason: String) {
    let routes = rules.table.resolve(alert, memo: &memo)
    guard !routes.isEmpty else {
      let rule = rules.unrouted ?? Rule(path: "routes", line: 0)
      return decide(alert, .suppress, "\(reason); no route takes it", rule)
    }
    for route in routes {
      if let (digest, rule) = DigestStage(rules: rules).digest(for: alert, on: route) {
        join(.digest(digest.name), alert, until: digest.schedule.next(after: now), "\(reason); joins the digest", rule)
      } else if let key = cooldown.key(for: alert, on: route), let rule = cooldown.rule(for: route)?.rule,
        let window = windowsBefore[key], cooldown.holds(alert.severity, in: window, at: now)
      {
        let list = ListKey.cooldown(key)
        outcome.timers[.list(list)] = .some(window.until)
        join(list, alert, until: window.until, "\(reason); its like was told a short while ago", rule)
      } else {
        leaveCooldown(of: alert, on: route)
        tellings.append(Telling(alert: alert, route: route, reason: reason))
      }
    }
  }

  private mutating func join(_ list: ListKey, _ alert: Alert, until: Instant, _ reason: String, _ rule: Rule) {
    guard var record = state[alert: alert.key] else { return }
    if !record.waits.contains(list) {
      record.waits.append(list)
      state.set(record)
    }
    outcome.joined.append(PolicyOutcome.Membership(list: list, alert: alert.key))
    decide(alert, .hold(until: until), reason, rule)
  }

  /// What is told now no longer waits to be told: it broke through the cooldown that held it.
  private mutating func leaveCooldown(of alert: Alert, on route: Route) {
    guard let key = cooldown.key(for: alert, on: route), var record = state[alert: alert.key] else { return }
    let list = ListKey.cooldown(key)
    guard record.waits.contains(list) else { return }
    record.waits.removeAll { $0 == list }
    state.set(record)
    outcome.left.append(PolicyOutcome.Membership(list: list, alert: alert.key))
  }

  /// After something is told, the like of it waits.
  private mutating func stamp(_ telling: Telling) {
    guard let key = cooldown.key(for: telling.alert, on: telling.route), let rule = cooldown.rule(for: telling.route)
    else {
      return
    }
    state.set(cooldown.stamped(state[window: key], with: telling.alert.severity, by: rule, at: now), for: key)
  }
}
