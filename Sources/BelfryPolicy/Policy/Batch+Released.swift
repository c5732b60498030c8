// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// What waited together is told together, one message a channel.
extension Batch {
  mutating func tellReleased(_ tellings: [Telling]) {
    let byList = Dictionary(grouping: tellings) { $0.released }
    for (list, group) in byList.sorted(by: { ($0.key?.description ?? "") < ($1.key?.description ?? "") }) {
      switch list {
      case .digest(let name): tellDigest(name, group)
      case .group(let key): tellGroup(key, group)
      case .burst(let key): tellUpdate(of: key, group)
      case let list?: tellFollowUp(list, group)
      case nil: break
      }
    }
  }

  /// The tellings of each channel, the channels by name; each alert once a channel, and not where it was told already.
  func bound(_ tellings: [Telling]) -> [(channel: ChannelName, tellings: [Telling])] {
    var bound: [ChannelName: [Telling]] = [:]
    var seen: Set<Reach> = []
    for telling in tellings {
      for channel in fresh(telling) where seen.insert(Reach(alert: telling.alert.key, channel: channel)).inserted {
        bound[channel, default: []].append(telling)
      }
    }
    return bound.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Says of each alert which deliveries tell it.
  private mutating func decide(
    _ tellings: [Telling],
    _ bound: [(channel: ChannelName, tellings: [Telling])],
    by ids: [ChannelName: DeliveryID]
  ) {
    var routes: [Reach: Int] = [:]
    for (channel, group) in bound {
      for telling in group { routes[Reach(alert: telling.alert.key, channel: channel)] = telling.route.index }
    }
    for telling in tellings {
      let told = telling.channels.filter { channel in
        ids[channel] != nil && routes[Reach(alert: telling.alert.key, channel: channel)] == telling.route.index
      }
      guard !told.isEmpty else {
        decideToldThere(telling)
        continue
      }
      decide(
        telling.alert,
        .notify(told),
        Decision.Cause(telling.trigger),
        telling.rule,
        by: told.compactMap { ids[$0] }
      )
    }
  }

  /// One notice with everything that joined the digest, also what has resolved since.
  private mutating func tellDigest(_ name: String, _ tellings: [Telling]) {
    let digest = rules.digest(name)
    let cause = MessageCause.released(.digest(name), due: released[.digest(name)]?.due)
    var ids: [ChannelName: DeliveryID] = [:]
    let groups = bound(tellings)
    for channel in digest?.to.distinct ?? [] {
      guard let group = groups.first(where: { $0.channel == channel })?.tellings else { continue }
      let alerts = digest?.ordered(group.map(\.alert)) ?? []
      var message = Message(.digest(name: name, alerts), cause, digest?.rule.path ?? "")
      message.marks = marks(of: group)
      ids[channel] = send(message, to: channel, group)
    }
    decide(tellings, groups, by: ids)
  }

  /// What a group has to tell: what began and what ended since its last message.
  private mutating func tellGroup(_ key: HoldKey, _ tellings: [Telling]) {
    guard let rule = tellings[0].route.group else { return }
    var isFirst = true
    if let known = state[group: key] { isFirst = known.restsUntil == nil }
    for telling in tellings where telling.news != .ends { enter(telling.alert.key, key) }
    var ids: [ChannelName: DeliveryID] = [:]
    let marks = marks(of: tellings)
    let ended = tellings.count { $0.news == .ends }
    let firing = max(0, (state[group: key]?.firing ?? 0) - ended)
    let cause = MessageCause.group(begun: tellings.count - ended, ended: ended, firing: firing, isFirst: isFirst)
    let groups = bound(tellings)
    for (channel, group) in groups {
      let name = rule.name(for: tellings[0].alert)
      let content = Notice.Content.group(
        name: name,
        group.map(\.alert).worstFirst,
        firing: firing,
        ended: released[.group(key)]?.ended ?? 0
      )
      var message = Message(content, cause, tellings[0].route.name)
      message.marks = marks
      message.follows = state[group: key]?.thread[channel] ?? []
      ids[channel] = send(message, to: channel, group)
    }
    var record = state[group: key] ?? GroupRecord()
    record.restsUntil = now + rule.every
    for (channel, id) in ids { record.thread.add(id, on: channel) }
    state.set(.group(record), for: .group(key))
    outcome.timers[.list(.group(key))] = .some(now + rule.every)
    decide(tellings, groups, by: ids)
  }

  private mutating func enter(_ alert: AlertKey, _ key: HoldKey) {
    guard state[alert: alert]?.groups.contains(key) == false else { return }
    var record = state[group: key] ?? GroupRecord()
    record.firing += 1
    state.set(.group(record), for: .group(key))
    state.update(alert) { $0.groups.append(key) }
  }

  /// A hold ended: what it held and still fires is told in one follow-up a channel, and what ended meanwhile as ended.
  private mutating func tellFollowUp(_ list: ListKey, _ tellings: [Telling]) {
    let firing = tellings.filter { $0.news != .ends }
    var ids: [ChannelName: DeliveryID] = [:]
    let groups = bound(firing)
    for (channel, group) in groups {
      let ended = released[list]?.ended(on: channel) ?? 0
      let content = Notice.Content.followup(group.map(\.alert).worstFirst, ended: ended)
      var message = Message(content, .released(list, due: nil), group[0].route.name)
      message.marks = marks(of: group)
      ids[channel] = send(message, to: channel, group)
    }
    decide(firing, groups, by: ids)
    tellLateEnds(tellings.filter { $0.news == .ends }, list)
  }

  /// Those who know that these fire are told that they no longer do.
  private mutating func tellLateEnds(_ tellings: [Telling], _ list: ListKey) {
    for (channel, group) in bound(tellings) {
      guard group.count == 1 else {
        tellTogether(group, on: channel, .released(list, due: nil))
        continue
      }
      let telling = group[0]
      var message = Message(.resolved(telling.alert), .alert(telling.trigger), telling.route.name)
      message.follows = state[alert: telling.alert.key]?.told.first { $0.channel == channel }?.deliveries ?? []
      let id = send(message, to: channel, group)
      decideNotified(telling, on: channel, by: id)
    }
  }

  /// Reminders and escalations: what is due at once on one channel is one message.
  mutating func tellChecks(_ tellings: [Telling]) {
    for news in [Telling.News.escalates, .reminds] {
      for (channel, group) in bound(tellings.filter { $0.news == news }) {
        let alerts = group.map(\.alert).worstFirst
        let content: Notice.Content =
          news == .reminds ? .reminder(alerts) : alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts)
        var message = Message(content, .alert(group[0].trigger), group[0].rule.path)
        if group.count == 1 {
          message.follows = state[alert: alerts[0].key]?.told.first { $0.channel == channel }?.deliveries ?? []
        }
        let id = send(message, to: channel, group)
        for telling in group { decideNotified(telling, on: channel, by: id) }
      }
    }
  }
}
