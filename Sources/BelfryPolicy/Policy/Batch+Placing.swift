// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// Where an alert goes: each of its routes tells it, holds it, or knows it already.
extension Batch {
  /// Compares what each channel knows of an alert with what it now is, and finds what follows.
  ///
  /// It says the same again when nothing has changed, so that whatever lets go of an alert may ask for all of it.
  mutating func evaluate(_ pending: Pending) {
    guard let record = state[alert: pending.key] else { return }
    let routes = rules.table.resolve(record.alert, memo: &memo)
    var placing = Placing(record: record, trigger: pending.trigger, ended: pending.wait, routes: routes)
    if record.isActive { placeActive(&placing) } else { placeEnded(&placing) }
    wait(placing)
  }

  /// What comes of placing one alert.
  struct Placing {
    let record: AlertRecord
    let trigger: Decision.Cause.Trigger
    /// The wait that ends; nil when something happened to the alert itself.
    let ended: Wait?
    let routes: [Route]
    /// Where it waits from now on.
    var waits: [Wait] = []
    /// Whether anything was said of it.
    var isDecided = false

    var alert: Alert { record.shown }
    /// The hold that let go of it.
    var released: ListKey? { ended?.hold }
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
      guard placing.ended == nil else { continue }
      placing.isDecided = true
      decide(placing.alert, .suppress, Decision.Cause(placing.trigger, .alreadyNotified), route.rule)
    }
    guard !placing.isDecided, placing.waits.isEmpty, let ended = placing.ended else { return }
    decide(placing.alert, .suppress, Decision.Cause(placing.trigger, .alreadyNotified), rule(of: ended, placing))
  }

  private mutating func drop(_ placing: inout Placing) {
    let rule = rules.unrouted ?? Rule(path: "routes", line: 0)
    let trigger = placing.released.map { Decision.Cause.Trigger.left($0) } ?? placing.trigger
    decide(placing.alert, .suppress, Decision.Cause(trigger, .unrouted), rule)
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
    case .hold(let hold): return self.hold(&placing, by: hold, for: channels)
    case .drop(let hold, let silence):
      placing.isDecided = true
      state.update(placing.alert.key) { $0.dropped = hold.rule }
      let cause = Decision.Cause(placing.trigger, .dropped(by: silence, detail: hold.detail))
      return decide(placing.alert, .suppress, cause, hold.rule)
    case nil: break
    }
    if case .digest(let digest, let rule) = throttle {
      if placing.released == .digest(digest.name) {
        return tell(&placing, on: route, channels, news, released: .digest(digest.name), rule: digest.rule)
      }
      let next = digest.schedule.next(after: now)
      return hold(&placing, by: Hold(list: .digest(digest.name), until: next, rule: rule), for: channels)
    }
    let open = awake(&placing, on: route, channels)
    if !open.isEmpty { place(&placing, on: route, throttle, open: open, news) }
  }

  /// The channels on which no quiet hours hold the alert now; on the others it waits for the end of theirs.
  mutating func awake(_ placing: inout Placing, on route: Route, _ channels: [ChannelName]) -> [ChannelName] {
    let mutes = MuteStage(rules: rules, now: now)
    if let hold = mutes.quiet(placing.alert, on: route) {
      self.hold(&placing, by: hold, for: channels)
      return []
    }
    var open: [ChannelName] = []
    for channel in channels {
      if let hold = mutes.quiet(placing.alert, on: channel) {
        self.hold(&placing, by: hold, for: [channel])
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
    var open = channels
    switch throttle {
    case .group(let key, let rule) where placing.released != .group(key):
      return join(&placing, key, rule, for: channels)
    case .cooldown(let key, let rule) where news == .fires: open = cooled(&placing, key, rule, route, channels)
    default: break
    }
    guard !open.isEmpty else { return }
    let ended = placing.ended.flatMap { lets(go: $0.hold, throttle, route) ? $0 : nil }
    tell(
      &placing,
      on: route,
      open,
      news,
      released: ended?.hold,
      rule: ended.map { rule(of: $0, placing) } ?? route.rule
    )
  }

  /// The channels on which no cooldown holds the alert now; on the others it waits for the end of theirs.
  private mutating func cooled(
    _ placing: inout Placing,
    _ key: HoldKey,
    _ rule: CooldownRule,
    _ route: Route,
    _ channels: [ChannelName]
  ) -> [ChannelName] {
    let list = ListKey.cooldown(key)
    var until: Instant?
    let held = channels.filter { channel in
      if placing.released == list, released[list]?.endedByChannel[channel] != nil { return false }
      guard let window = window(holding: placing.record, key, channel, of: route) else { return false }
      wait(for: window, key, channel)
      until = min(until ?? window.until, window.until)
      return true
    }
    guard !held.isEmpty else { return channels }
    hold(&placing, by: Hold(list: list, until: until, rule: rule.rule), for: held)
    return channels.filter { !held.contains($0) }
  }

  /// The window, as it was when the batch began, that holds an alert on a channel of a route; nil when none does.
  private func window(
    holding record: AlertRecord,
    _ key: HoldKey,
    _ channel: ChannelName,
    of route: Route
  ) -> CooldownWindow? {
    guard case .cooldown(let before)? = before[.cooldown(key)] else { return nil }
    return before.windows(holding: channel, of: route).first { window in
      !window.isOnly(of: record) && cooldown.holds(record.alert.severity, in: window, at: now)
    }
  }

  /// Gives a channel a window of its own, where what was notified on another channel holds an alert.
  private mutating func wait(for other: CooldownWindow, _ key: HoldKey, _ channel: ChannelName) {
    var record = state[cooldown: key] ?? CooldownRecord()
    let known = record[channel]
    guard known.map({ !$0.isOpen(at: now) }) ?? true else { return }
    var window = CooldownWindow(until: other.until, severity: other.severity, release: known?.release)
    (window.only, window.onlySince) = (other.only, other.onlySince)
    window.ended = known?.ended ?? 0
    record.windows[channel] = window
    state.set(record, for: key)
    outcome.timers[.list(.cooldown(key))] = .some(record.nextRelease)
  }

  /// Whether a hold that ended is what kept the alert from this route.
  private func lets(go list: ListKey, _ throttle: Throttle, _ route: Route) -> Bool {
    if case .burst(let key) = list { return BurstStage(rules: rules, now: now).rule(for: route)?.key == key }
    return list.isMute || throttle.list == list
  }

  /// A channel's window as it was when the batch began.
  func window(before key: HoldKey, _ channel: ChannelName) -> CooldownWindow? {
    if case .cooldown(let record) = before[.cooldown(key)] { record[channel] } else { nil }
  }

  /// The rule by which an alert waited: as the file has it now or, where it has it no more, as it was when the wait began.
  func rule(of wait: Wait, _ placing: Placing) -> Rule {
    rules.rule(of: wait.hold, for: placing.alert, on: placing.routes) ?? wait.start?.rule ?? placing.routes.first?.rule
      ?? Rule(path: "routes", line: 0)
  }

  /// What happened to an alert whose hold let go of it, and is not one of its route any more.
  private func left(_ hold: ListKey) -> Decision.Cause.Trigger {
    if case .digest(let name) = hold, rules.digest(name) == nil { .digestRemoved(name) } else { .left(hold) }
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
    let trigger = released == nil ? placing.released.map(left) ?? placing.trigger : placing.trigger
    var telling = Telling(alert: alert, route: route, channels: channels, news: news, trigger: trigger, rule: rule)
    telling.released = released
    if placing.ended != nil, let (key, _) = BurstStage(rules: rules, now: now).rule(for: route) {
      telling.burstWait = placing.record.waits[.burst(key)]
    }
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
  mutating func hold(_ placing: inout Placing, by hold: Hold, for channels: [ChannelName]) {
    placing.isDecided = true
    let known = placing.record.waits[hold.list]
    count(channels, in: hold.list, [known, placing.waits[hold.list]].compactMap(\.self))
    // What it waits for there already was counted there as well; an older Belfry did not store for which channels that is.
    let moved = channels.filter { channel in
      known.map { !$0.channels.isEmpty && !$0.channels.contains(channel) } ?? true
    }
    if let released = placing.released, !moved.isEmpty { carryEnded(from: released, to: hold.list, for: moved) }
    if let index = placing.waits.firstIndex(where: { $0.hold == hold.list }) {
      placing.waits[index].channels = (placing.waits[index].channels + channels).distinct
      return
    }
    if hold.list.isMute, let until = hold.until { outcome.timers[.list(hold.list)] = .some(until) }
    guard known == nil || placing.ended == nil else {
      return placing.waits.append(Wait(hold.list, for: channels, since: known?.start))
    }
    let cause = Decision.Cause(placing.trigger, hold.factor)
    let start = Wait.Start(at: now, rule: hold.rule, cause: cause)
    placing.waits.append(Wait(hold.list, for: channels, since: known?.start ?? start))
    decide(placing.alert, .hold(until: hold.until), cause, hold.rule)
  }

  /// Counts an alert that begins to wait for these channels in a cooldown.
  private mutating func count(_ channels: [ChannelName], in list: ListKey, _ known: [Wait]) {
    guard case .cooldown(let key) = list, var record = state[cooldown: key] else { return }
    // For which channels an older Belfry counted it is not known.
    if known.contains(where: \.channels.isEmpty) { return }
    let new = channels.filter { channel in !known.contains { $0.channels.contains(channel) } }
    guard !new.isEmpty else { return }
    record.update(new) { $0.held += 1 }
    state.set(record, for: key)
  }

  mutating func join(_ placing: inout Placing, _ key: HoldKey, _ rule: GroupRule, for channels: [ChannelName]) {
    var group = state[group: key] ?? GroupRecord()
    // A message about it goes out with this batch: what joins only now is for the next one.
    let isTold = group.due == nil && tellings.contains { $0.released == .group(key) }
    let due = isTold ? now + rule.every : GroupStage(rules: rules).due(group, by: rule, at: now)
    if group.due != due {
      group.due = due
      state.set(.group(group), for: .group(key))
      outcome.timers[.list(.group(key))] = .some(due)
    }
    let detail = rule.name(for: placing.alert)
    hold(&placing, by: Hold(list: .group(key), detail: detail, until: due, rule: rule.rule), for: channels)
  }

  /// Moves an alert from the holds in which it waited to those in which it waits now.
  private mutating func wait(_ placing: Placing) {
    let key = placing.alert.key
    let (before, waits) = (placing.record.waits, placing.waits)
    guard before != waits else { return }
    for wait in before where !waits.contains(wait.hold) {
      outcome.left.append(PolicyOutcome.Membership(list: wait.hold, alert: key))
      // One that was told waited with its end, or with a reminder.
      if !placing.record.isActive, !wait.hold.isMute || placing.record.firstTold == nil { countEnded(in: wait) }
    }
    for wait in waits where !before.contains(wait.hold) {
      outcome.joined.append(PolicyOutcome.Membership(list: wait.hold, alert: key))
    }
    state.update(key) { $0.waits = waits }
  }

  /// The message of the hold that an alert goes on to wait in says what came and went in the hold that let go of it.
  private mutating func carryEnded(from released: ListKey, to hold: ListKey, for channels: [ChannelName]) {
    guard released != hold, let release = self.released[released] else { return }
    guard case .cooldown(let key) = hold else {
      let ended = channels.map(release.ended).max() ?? 0
      guard ended > 0, carried.insert(Carry(from: released, to: hold)).inserted else { return }
      return countEnded(in: Wait(hold, for: channels), by: ended)
    }
    for channel in channels {
      let ended = release.ended(on: channel)
      guard ended > 0, carried.insert(Carry(from: released, to: hold, on: channel)).inserted else { continue }
      var record = state[cooldown: key] ?? CooldownRecord()
      record.update([channel]) { $0.held += ended }
      state.set(record, for: key)
      countEnded(in: Wait(hold, for: [channel]), by: ended)
    }
  }

  /// Counts an alert that came and went while a hold kept it.
  private mutating func countEnded(in wait: Wait, by count: Int = 1) {
    switch wait.hold {
    case .cooldown(let key):
      guard var record = state[cooldown: key] else { return }
      record.update(wait.channels) { $0.ended += count }
      state.set(record, for: key)
    case .group(let key):
      guard var group = state[group: key] else { return }
      group.ended += count
      state.set(.group(group), for: wait.hold)
    case .inhibition(let key):
      guard var inhibition = state[inhibition: key] else { return }
      inhibition.ended += count
      state.set(.inhibition(inhibition), for: wait.hold)
    case .silence, .quiet:
      state.set(.mute(MuteRecord(ended: (state[mute: wait.hold]?.ended ?? 0) + count)), for: wait.hold)
    case .digest, .burst, .expectation: break
    }
  }
}
