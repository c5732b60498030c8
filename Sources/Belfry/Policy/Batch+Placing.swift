// SPDX-License-Identifier: Apache-2.0

// Where an alert goes: each of its routes tells it, holds it, or knows it already.
extension Batch {
  /// Compares what each channel knows of an alert with what it now is, and finds what follows.
  ///
  /// It says the same again when nothing has changed, so that whatever lets go of an alert may ask for all of it.
  mutating func evaluate(_ key: AlertKey, _ cause: Cause) {
    guard let record = state[alert: key] else { return }
    var placing = Placing(record: record, cause: cause, routes: rules.table.resolve(record.alert, memo: &memo))
    if record.isActive { placeActive(&placing) } else { placeEnded(&placing) }
    wait(placing)
  }

  /// What comes of placing one alert.
  struct Placing {
    let record: AlertRecord
    let cause: Cause
    let routes: [Route]
    /// Where it waits from now on.
    var lists: [ListKey] = []
    /// Whether anything was said of it.
    var isDecided = false

    var alert: Alert { record.shown }
  }

  private mutating func placeActive(_ placing: inout Placing) {
    if placing.routes.isEmpty { return drop(&placing) }
    for route in placing.routes {
      let throttle = rules.throttle(placing.alert, on: route)
      let (news, channels) = unknown(placing.record, on: route, throttle)
      guard channels.isEmpty else {
        place(&placing, on: route, throttle, channels, news)
        continue
      }
      guard placing.cause.released == nil else { continue }
      placing.isDecided = true
      decide(placing.alert, .suppress, "\(placing.cause.reason); it was told there before", route.rule)
    }
    guard !placing.isDecided, placing.lists.isEmpty, let list = placing.cause.released else { return }
    decide(placing.alert, .suppress, "\(phrase(list, of: placing)); it was told there before", rule(of: list, placing))
  }

  private mutating func drop(_ placing: inout Placing) {
    let rule = rules.unrouted ?? Rule(path: "routes", line: 0)
    let reason = placing.cause.released == nil ? placing.cause.reason : "what held it no longer applies to it"
    decide(placing.alert, .suppress, "\(reason); no route takes it", rule)
    state.update(placing.alert.key) { $0.dropped = rule }
  }

  /// The channels of a route that do not know how the alert is, and what is new to them.
  private func unknown(
    _ record: AlertRecord,
    on route: Route,
    _ throttle: Throttle
  ) -> (Telling.News, [ChannelName]) {
    // Only what is told when it happens can be told too often.
    if case .digest(let digest, _) = throttle { return (.fires, digest.to.distinct.filter { !record.isTold(on: $0) }) }
    let knowsFlapping = { (channel: ChannelName) in record.told(on: channel, by: route)?.state == .flapping }
    let knowsAll = { (channel: ChannelName) in record.isTold(on: channel, by: route) }
    if record.isFlapping { return (.flaps, route.to.distinct.filter { !knowsAll($0) || !knowsFlapping($0) }) }
    let unknown = route.to.distinct.filter { !knowsAll($0) || knowsFlapping($0) }
    return (unknown.contains(where: knowsFlapping) ? .settles : .fires, unknown)
  }

  /// Puts an alert on a route where it waits, or among what is told.
  private mutating func place(
    _ placing: inout Placing,
    on route: Route,
    _ throttle: Throttle,
    _ channels: [ChannelName],
    _ news: Telling.News
  ) {
    let mutes = MuteStage(rules: rules, now: now)
    switch mutes.mute(placing.alert, state, &memo) {
    case .hold(let hold): return self.hold(&placing, by: hold)
    case .drop(let hold):
      placing.isDecided = true
      state.update(placing.alert.key) { $0.dropped = hold.rule }
      let cause = placing.cause.released.map { phrase($0, of: placing) } ?? placing.cause.reason
      return decide(placing.alert, .suppress, "\(cause); \(hold.dropReason)", hold.rule)
    case nil: break
    }
    if case .digest(let digest, let rule) = throttle {
      if placing.cause.released == .digest(digest.name) {
        return tell(&placing, on: route, channels, news, released: .digest(digest.name), rule: digest.rule)
      }
      let reason = "it joins the digest \(digest.name)"
      let next = digest.schedule.next(after: now)
      return hold(&placing, by: Hold(list: .digest(digest.name), until: next, reason: reason, rule: rule))
    }
    let open = awake(&placing, on: route, channels)
    if !open.isEmpty { place(&placing, on: route, throttle, open: open, news) }
  }

  /// The channels on which no quiet hours hold the alert now; on the others it waits for the end of theirs.
  mutating func awake(_ placing: inout Placing, on route: Route, _ channels: [ChannelName]) -> [ChannelName] {
    let mutes = MuteStage(rules: rules, now: now)
    if let hold = mutes.quiet(placing.alert, on: route) {
      self.hold(&placing, by: hold)
      return []
    }
    var open: [ChannelName] = []
    for channel in channels {
      if let hold = mutes.quiet(placing.alert, on: channel) {
        self.hold(&placing, by: hold)
      } else {
        open.append(channel)
      }
    }
    return open
  }

  /// The same once nothing mutes it on these channels: its group or its cooldown may still hold it.
  private mutating func place(
    _ placing: inout Placing,
    on route: Route,
    _ throttle: Throttle,
    open channels: [ChannelName],
    _ news: Telling.News
  ) {
    switch throttle {
    case .group(let key, let rule) where placing.cause.released != .group(key):
      return join(&placing, key, rule)
    case .cooldown(let key, let rule)
    where news == .fires && placing.cause.released != .cooldown(key) && holds(placing.alert, key):
      let until = window(before: key)?.until
      let reason = "its like was told a short while ago"
      return hold(&placing, by: Hold(list: .cooldown(key), until: until, reason: reason, rule: rule.rule))
    default: break
    }
    let released = placing.cause.released.flatMap { lets(go: $0, throttle, route) ? $0 : nil }
    let rule = released.map { self.rule(of: $0, placing) } ?? route.rule
    tell(&placing, on: route, channels, news, released: released, rule: rule)
  }

  /// Whether a hold that ended is what kept the alert from this route.
  private func lets(go list: ListKey, _ throttle: Throttle, _ route: Route) -> Bool {
    if case .burst(let key) = list { return BurstStage(rules: rules, now: now).rule(for: route)?.key == key }
    return list.isMute || throttle.list == list
  }

  private func holds(_ alert: Alert, _ key: HoldKey) -> Bool {
    cooldown.holds(alert.severity, in: window(before: key), at: now)
  }

  /// A window as it was when the batch began.
  func window(before key: HoldKey) -> CooldownWindow? {
    if case .cooldown(let window) = before[.cooldown(key)] { window } else { nil }
  }

  /// Has the alert told.
  private mutating func tell(
    _ placing: inout Placing,
    on route: Route,
    _ channels: [ChannelName],
    _ news: Telling.News,
    released: ListKey?,
    rule: Rule
  ) {
    placing.isDecided = true
    let alert = placing.alert
    let reason: String
    switch placing.cause.released {
    case nil: reason = placing.cause.reason
    case let list? where released != nil: reason = phrase(list, of: placing)
    case .digest: reason = "its digest is no longer in the file"
    default: reason = "what held it no longer applies to it"
    }
    var telling = Telling(alert: alert, route: route, channels: channels, news: news, reason: reason, rule: rule)
    telling.released = released
    if news == .fires, let rule = cooldown.rule(for: route), let key = cooldown.key(for: alert, on: route) {
      if case .digest = released { return tellings.append(telling) }
      telling.cooldown = (key, rule)
    }
    tellings.append(telling)
  }
}

// MARK: - Waiting

extension Batch {
  /// Has an alert wait, and says so, unless it waits there already and nothing happened to it.
  mutating func hold(_ placing: inout Placing, by hold: Hold) {
    placing.isDecided = true
    guard !placing.lists.contains(hold.list) else { return }
    placing.lists.append(hold.list)
    if hold.list.isMute, let until = hold.until { outcome.timers[.list(hold.list)] = .some(until) }
    let isNew = !placing.record.waits.contains(hold.list)
    if isNew, case .cooldown(let key) = hold.list, var window = state[window: key] {
      window.held += 1
      state.set(window, for: key)
    }
    if let released = placing.cause.released { carryEnded(from: released, to: hold.list) }
    guard isNew || placing.cause.released == nil else { return }
    let cause = placing.cause.released.map { phrase($0, of: placing) } ?? placing.cause.reason
    decide(placing.alert, .hold(until: hold.until), "\(cause); \(hold.reason)", hold.rule)
  }

  mutating func join(_ placing: inout Placing, _ key: HoldKey, _ rule: GroupRule) {
    var group = state[group: key] ?? GroupRecord()
    // A message about it goes out with this batch: what joins only now is for the next one.
    let isTold = group.due == nil && tellings.contains { $0.released == .group(key) }
    let due = isTold ? now + rule.every : GroupStage(rules: rules).due(group, by: rule, at: now)
    if group.due != due {
      group.due = due
      state.set(.group(group), for: .group(key))
      outcome.timers[.list(.group(key))] = .some(due)
    }
    let name = rule.name(for: placing.alert)
    let reason = "it waits for its group" + (name.isEmpty ? "" : " \(name)")
    hold(&placing, by: Hold(list: .group(key), until: due, reason: reason, rule: rule.rule))
  }

  /// Moves an alert from the lists in which it waited to those in which it waits now.
  private mutating func wait(_ placing: Placing) {
    let key = placing.alert.key
    let (before, lists) = (placing.record.waits, placing.lists)
    guard before != lists else { return }
    for list in before where !lists.contains(list) {
      outcome.left.append(PolicyOutcome.Membership(list: list, alert: key))
      // One that was told waited with its end, or with a reminder.
      if !placing.record.isActive, !list.isMute || placing.record.firstTold == nil { countEnded(in: list) }
    }
    for list in lists where !before.contains(list) {
      outcome.joined.append(PolicyOutcome.Membership(list: list, alert: key))
    }
    state.update(key) { $0.waits = lists }
  }

  /// The message of the hold that an alert goes on to wait in says what came and went in the hold that let go of it.
  private mutating func carryEnded(from released: ListKey, to list: ListKey) {
    guard released != list, let ended = self.released[released]?.ended, ended > 0,
      carried.insert(Carry(from: released, to: list)).inserted
    else { return }
    if case .cooldown(let key) = list, var window = state[window: key] {
      window.held += ended
      state.set(window, for: key)
    }
    countEnded(in: list, by: ended)
  }

  /// Counts an alert that came and went while a hold kept it.
  private mutating func countEnded(in list: ListKey, by count: Int = 1) {
    switch list {
    case .cooldown(let key):
      guard var window = state[window: key] else { return }
      window.ended += count
      state.set(window, for: key)
    case .group(let key):
      guard var group = state[group: key] else { return }
      group.ended += count
      state.set(.group(group), for: list)
    case .inhibition(let key):
      guard var inhibition = state[inhibition: key] else { return }
      inhibition.ended += count
      state.set(.inhibition(inhibition), for: list)
    case .silence, .quiet:
      state.set(.mute(MuteRecord(ended: (state[mute: list]?.ended ?? 0) + count)), for: list)
    case .digest, .burst, .expectation: break
    }
  }
}
