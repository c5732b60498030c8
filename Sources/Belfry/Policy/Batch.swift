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
  var tellings: [Telling] = []
  private var hasEnds = false

  var cooldown: CooldownStage { CooldownStage(rules: rules) }

  /// How long an alert from the command line is active when nobody says again that it is, or that it ended.
  static let commandLifetime = Duration.seconds(86_400)

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
    case .resolved(let key): end(key, "resolved")
    }
  }

  /// Ends the batch: what is to be told becomes deliveries, and the windows are stamped.
  mutating func finish(_ state: inout PolicyState) -> PolicyOutcome {
    // What came and went within the batch is not told.
    if hasEnds { tellings.removeAll { self.state[alert: $0.alert.key]?.isActive != true } }
    let (alone, summaries) = BurstStage(rules: rules).part(tellings)
    for summary in summaries { tell(summary) }
    for telling in alone { tell(telling) }
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
    let known = state[alert: alert.key]
    if known?.isActive == true { return change(alert) }
    var record = AlertRecord(alert: alert, firedAt: now)
    record.waits = known?.waits ?? []
    state.set(record)
    extendLife(of: alert)
    route(alert, reason: known == nil ? "first seen" : "fires again")
  }

  /// It says something else, or the same again.
  ///
  /// That is told when it became worse, and only remembered when not.
  private mutating func change(_ alert: Alert) {
    guard var record = state[alert: alert.key], record.isActive else { return begin(alert) }
    extendLife(of: alert)
    let before = record.alert
    guard before != alert else { return }
    record.alert = alert
    state.set(record)
    if alert.severity.isWorse(than: before.severity) { route(alert, reason: "\(before.severity) → \(alert.severity)") }
  }

  /// It ended.
  ///
  /// Those who were told of it are told so, where their route says `resolved`.
  mutating func end(_ key: AlertKey, _ reason: String) {
    guard var record = state[alert: key], record.isActive else { return }
    hasEnds = true
    record.isActive = false
    record.resolvedAt = now
    if key.source == .command { outcome.timers[.expiry(key)] = .some(nil) }
    let wasHeld = leaveCooldowns(&record)
    state.set(record)
    let routes = rules.table.resolve(record.alert, memo: &memo)
    let telling = routes.filter(\.resolved)
    let channels = telling.flatMap(rules.reach).distinct.filter { channel in
      record.told.contains { $0.channel == channel }
    }
    if let route = telling.first, !channels.isEmpty { return tellEnd(of: record, on: channels, route, reason) }
    let silence =
      switch (wasHeld, record.told.isEmpty) {
      case (true, _): "\(reason) while its cooldown held it"
      case (false, true): "\(reason), and was not told yet"
      case (false, false): "\(reason); no route of it says that its end is told"
      }
    decide(record.alert, .suppress, silence, routes.first?.rule ?? Rule(path: "routes", line: 0))
  }

  /// Takes a record out of the cooldowns that hold it, which count it as come and gone; digests keep it.
  private mutating func leaveCooldowns(_ record: inout AlertRecord) -> Bool {
    var kept: [ListKey] = []
    for list in record.waits {
      guard case .cooldown(let key) = list else {
        kept.append(list)
        continue
      }
      outcome.left.append(PolicyOutcome.Membership(list: list, alert: record.alert.key))
      if var window = state[window: key] {
        window.ended += 1
        state.set(window, for: key)
      }
    }
    defer { record.waits = kept }
    return kept != record.waits
  }

  /// Nobody watches what was typed on a command line: it ends by itself.
  private mutating func extendLife(of alert: Alert) {
    guard alert.source == .command else { return }
    outcome.timers[.expiry(alert.key)] = .some(now + Batch.commandLifetime)
  }
}

// MARK: - Where it goes

extension Batch {
  /// Sends an alert through its routes: each holds it, or has it told; from now on it waits where they say and nowhere else.
  mutating func route(_ alert: Alert, reason: String) {
    guard let record = state[alert: alert.key] else { return }
    let routes = rules.table.resolve(alert, memo: &memo)
    var lists: [ListKey] = []
    for route in routes {
      switch rules.throttle(alert, on: route) {
      case .digest(let digest, let rule):
        let list = ListKey.digest(digest.name)
        guard !lists.contains(list) else { continue }
        lists.append(list)
        let next = digest.schedule.next(after: now)
        decide(alert, .hold(until: next), "\(reason); it joins the digest \(digest.name)", rule)
      case _ where route.to.allSatisfy(record.isTold):
        decide(alert, .suppress, "\(reason); it was told there before", route.rule)
      case .cooldown(let key, let rule):
        guard let window = windowsBefore[key], cooldown.holds(alert.severity, in: window, at: now) else {
          tellings.append(Telling(alert: alert, route: route, reason: reason, cooldown: (key, rule)))
          continue
        }
        let list = ListKey.cooldown(key)
        guard !lists.contains(list) else { continue }
        lists.append(list)
        decide(alert, .hold(until: window.until), "\(reason); its like was told a short while ago", rule.rule)
      case .none:
        tellings.append(Telling(alert: alert, route: route, reason: reason, cooldown: nil))
      }
    }
    if routes.isEmpty {
      decide(alert, .suppress, "\(reason); no route takes it", rules.unrouted ?? Rule(path: "routes", line: 0))
    }
    wait(alert.key, in: lists)
  }

  /// Moves an alert from the lists in which it waited to those in which it waits now.
  private mutating func wait(_ key: AlertKey, in lists: [ListKey]) {
    guard var record = state[alert: key], record.waits != lists else { return }
    for list in record.waits where !lists.contains(list) {
      outcome.left.append(PolicyOutcome.Membership(list: list, alert: key))
    }
    for list in lists where !record.waits.contains(list) {
      outcome.joined.append(PolicyOutcome.Membership(list: list, alert: key))
    }
    record.waits = lists
    state.set(record)
  }

  /// After something is told, the like of it waits.
  private mutating func stamp(_ telling: Telling) {
    guard let (key, rule) = telling.cooldown else { return }
    let window = cooldown.stamped(state[window: key], with: telling.alert.severity, by: rule, at: now)
    state.set(window, for: key)
    // The timer of a window that has ended is due, and stays so: what it held must not wait for another window.
    if let before = windowsBefore[key], !before.isOpen(at: now) { return }
    outcome.timers[.list(.cooldown(key))] = .some(window.until)
  }
}
