// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// What becomes of an alert that ended: those who know that it fires may be told, now or when nothing mutes it any more.
extension Batch {
  mutating func placeEnded(_ placing: inout Placing) {
    // A digest tells what came and went as well.
    placing.waits = placing.record.waits.filter { if case .digest = $0.hold { true } else { false } }
    let knowing = placing.record.told.filter { $0.state != .over }
    let endings = rules.endings(of: placing.record, on: placing.routes)
    for (route, channels) in endings { placeEnd(&placing, on: route, channels) }
    let reached = Set(endings.flatMap(\.channels))
    forget(knowing.map(\.channel).filter { !reached.contains($0) }, placing)
    if reached.isEmpty { explainSilence(placing) }
  }

  private mutating func placeEnd(_ placing: inout Placing, on route: Route, _ channels: [ChannelName]) {
    if placing.record.isFlapping {
      return decide(placing.alert, .suppress, Decision.Cause(placing.trigger, .flapping), route.rule)
    }
    let mutes = MuteStage(rules: rules, now: now)
    switch mutes.mute(placing.alert, state, &memo) {
    case .hold(let hold): return self.hold(&placing, by: hold, for: channels)
    case .drop(let hold, let silence):
      forget(channels, placing)
      let cause = Decision.Cause(placing.trigger, .dropped(by: silence, detail: hold.detail))
      return decide(placing.alert, .suppress, cause, hold.rule)
    case nil: break
    }
    let throttle = rules.throttle(placing.alert, on: route)
    guard case .digest(let digest, let rule) = throttle else {
      return placeEnd(&placing, on: route, unmuted: channels, throttle)
    }
    let others = channels.filter { !digest.to.contains($0) }
    if !others.isEmpty { placeEnd(&placing, on: route, unmuted: others, .none) }
    let own = channels.filter { digest.to.contains($0) }
    if own.isEmpty { return }
    if placing.released == .digest(digest.name) { return tellEnd(placing, on: route, own, throttle) }
    let next = digest.schedule.next(after: now)
    hold(&placing, by: Hold(list: .digest(digest.name), until: next, rule: rule), for: own)
  }

  private mutating func placeEnd(
    _ placing: inout Placing,
    on route: Route,
    unmuted channels: [ChannelName],
    _ throttle: Throttle
  ) {
    let open = awake(&placing, on: route, channels)
    guard !open.isEmpty else { return }
    if case .group(let key, let rule) = throttle, placing.released != .group(key) {
      return join(&placing, key, rule, for: open)
    }
    tellEnd(placing, on: route, open, throttle)
  }

  private mutating func tellEnd(
    _ placing: Placing,
    on route: Route,
    _ channels: [ChannelName],
    _ throttle: Throttle
  ) {
    let rule = Rule(path: "\(route.name).resolved", line: route.rule.line)
    var telling = Telling(
      alert: placing.alert,
      route: route,
      channels: channels,
      news: .ends,
      trigger: placing.trigger,
      rule: rule
    )
    telling.released = placing.released.flatMap { $0.isMute || throttle.list == $0 ? $0 : nil }
    tellings.append(telling)
  }

  /// Nobody on these channels waits for its end.
  private mutating func forget(_ channels: [ChannelName], _ placing: Placing) {
    guard !channels.isEmpty else { return }
    state.update(placing.alert.key) { $0.forget(channels) }
    if state[alert: placing.alert.key]?.firstTold == nil { leaveGroups(placing.alert.key) }
  }

  /// It no longer counts as one of its groups that fires.
  mutating func leaveGroups(_ key: AlertKey) {
    guard let groups = state[alert: key]?.groups, !groups.isEmpty else { return }
    for group in groups {
      guard var record = state[group: group] else { continue }
      record.firing = max(0, record.firing - 1)
      // A group that is over is forgotten once its next message could have gone out.
      if record.firing == 0, record.due == nil {
        outcome.timers[.list(.group(group))] = .some(max(now, record.restsUntil ?? now))
      }
      state.set(.group(record), for: .group(group))
    }
    state.update(key) { $0.groups = [] }
  }

  /// Says why the end of an alert is told to nobody.
  private mutating func explainSilence(_ placing: Placing) {
    let record = placing.record
    guard placing.ended == nil else { return }
    let held = record.waits.first { !placing.waits.contains($0.hold) }
    let factor: Decision.Cause.Factor =
      if let held {
        .endedWhileHeld(by: held.hold)
      } else if record.dropped != nil {
        .neverNotified
      } else {
        record.told.isEmpty ? .notNotifiedYet : .resolutionNotSent
      }
    let rule = record.dropped ?? placing.routes.first?.rule ?? Rule(path: "routes", line: 0)
    decide(record.alert, .suppress, Decision.Cause(placing.trigger, factor), rule)
  }
}

extension PolicyRules {
  /// Those who are told that an alert ended, by route in the order of the file, each channel once.
  ///
  /// They are those who know that it fires, where a route says `resolved` that takes the alert now, or that told it to them
  /// when it was another. That a flapping one settled is told to all who were told that it flaps.
  func endings(of record: AlertRecord, on routes: [Route]) -> [(route: Route, channels: [ChannelName])] {
    let knowing = record.told.filter { $0.state != .over }
    var telling = routes.map { (route: $0, reach: reach(of: $0)) }
    for told in knowing where !telling.contains(where: { $0.route.identity == told.route }) {
      if let route = table.route(told.route) { telling.append((route, [])) }
    }
    var reached: Set<ChannelName> = []
    return telling.sorted { $0.route.index < $1.route.index }.compactMap { route, reach in
      let channels = knowing.filter { told in
        (told.route == route.identity || reach.contains(told.channel)) && (route.resolved || told.state == .flapping)
      }.map(\.channel).filter { reached.insert($0).inserted }
      return channels.isEmpty ? nil : (route, channels)
    }
  }
}
