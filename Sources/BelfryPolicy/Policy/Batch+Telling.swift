// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// How what is to be told becomes deliveries.
extension Batch {
  /// Turns the tellings of the batch into deliveries, and the windows are stamped.
  mutating func deliver() {
    let waited = tellings.filter { $0.released != nil }
    let parts = BurstStage(rules: rules, now: now).part(tellings.filter { $0.released == nil }, state)
    for (telling, key, rule, until) in parts.held { hold(telling, key, rule, until: until) }
    tellEnds(parts.alone.filter { $0.news == .ends })
    for summary in parts.summaries { tell(summary) }
    for telling in parts.alone where [.fires, .flaps, .settles].contains(telling.news) { tell(telling) }
    for (key, rule, alerts) in parts.counted { count(alerts, key, rule) }
    tellReleased(waited)
    tellChecks(parts.alone.filter { [.reminds, .escalates].contains($0.news) })
    for telling in waited + parts.alone { stamp(telling, on: telling.channels) }
    for summary in parts.summaries {
      for telling in summary.tellings { stamp(telling, on: telling.channels + summary.rule.to) }
    }
  }

  /// Tells an alert alone, once a channel.
  private mutating func tell(_ telling: Telling) {
    let content: Notice.Content =
      switch telling.news {
      case .ends: .resolved(telling.alert)
      case .flaps: .flapping(telling.alert)
      case .fires, .settles, .reminds, .escalates: .alert(telling.alert)
      }
    let channels = fresh(telling)
    guard !channels.isEmpty else { return decideToldThere(telling) }
    var ids: [DeliveryID] = []
    for channel in channels {
      var message = Message(content, .alert(telling.trigger), telling.route.name)
      message.suppressed = suppressed(by: telling, on: channel)
      message.follows = state[alert: telling.alert.key]?.told.first { $0.channel == channel }?.deliveries ?? []
      ids.append(send(message, to: channel, [telling]))
    }
    decide(telling.alert, .notify(channels), Decision.Cause(telling.trigger), telling.rule, by: ids)
  }

  /// The channels on which this batch has not told the alert yet.
  func fresh(_ telling: Telling) -> [ChannelName] {
    telling.channels.filter { !sent.contains(Reach(alert: telling.alert.key, channel: $0)) }
  }

  mutating func decideToldThere(_ telling: Telling) {
    let cause = Decision.Cause(telling.trigger, .notifiedByEarlierRoute)
    decide(telling.alert, .suppress, cause, telling.route.rule)
  }

  /// How many of its like an alert leaves behind that breaks through a cooldown.
  private func suppressed(by telling: Telling, on channel: ChannelName) -> Int {
    guard let (key, _) = telling.cooldown, let window = window(before: key, channel), window.isOpen(at: now) else {
      return 0
    }
    return max(0, window.held - window.ended)
  }

  /// After something was notified on these channels, the like of it waits there.
  private mutating func stamp(_ telling: Telling, on channels: [ChannelName]) {
    guard let (key, rule) = telling.cooldown else { return }
    var record = state[cooldown: key] ?? CooldownRecord()
    let alert = state[alert: telling.alert.key]
    for channel in channels.distinct {
      let known = record[channel].flatMap { $0.isOpen(at: now) ? $0 : nil }
      var window = cooldown.stamped(record[channel], with: telling.alert.severity, by: rule, at: now)
      let isOnly = known.map { $0.only == alert?.alert.key && $0.onlySince == alert?.firedAt } ?? true
      (window.only, window.onlySince) = isOnly ? (alert?.alert.key, alert?.firedAt) : (nil, nil)
      record.windows[channel] = window
    }
    state.set(record, for: key)
    outcome.timers[.list(.cooldown(key))] = .some(record.nextRelease)
  }

  /// Ends are told one by one, unless there are as many of them as would be a burst.
  private mutating func tellEnds(_ tellings: [Telling]) {
    let byChannel = Dictionary(bound(tellings).map { ($0.channel, $0.tellings) }) { first, _ in first }
    let over = BurstStage(rules: rules, now: now)
    let crowded = byChannel.filter { _, group in
      over.rule(for: group[0].route).map { group.count > $0.rule.over } ?? false
    }
    for telling in tellings {
      let alone = telling.channels.filter { crowded[$0] == nil }
      if !alone.isEmpty { tell(telling.on(alone)) }
    }
    for (channel, group) in crowded.sorted(by: { $0.key < $1.key }) {
      tellTogether(group, on: channel, .resolvedTogether(count: group.count))
    }
  }

  mutating func decideNotified(_ telling: Telling, on channel: ChannelName, by id: DeliveryID) {
    decide(telling.alert, .notify([channel]), Decision.Cause(telling.trigger), telling.rule, by: [id])
  }

  /// Tells several alerts on one channel in one message, each with what has become of it.
  mutating func tellTogether(_ group: [Telling], on channel: ChannelName, _ cause: MessageCause) {
    let alerts = group.map(\.alert).worstFirst
    var message = Message(.group(name: "", alerts, firing: 0), cause, group[0].route.name)
    message.marks = marks(of: group)
    let id = send(message, to: channel, group)
    for telling in group { decideNotified(telling, on: channel, by: id) }
  }
}

// MARK: - One message

extension Batch {
  /// What a delivery says and why, before it is bound to a channel.
  struct Message {
    var content: Notice.Content
    var marks: [AlertKey: Notice.Mark] = [:]
    var cause: MessageCause
    var route: String
    var suppressed = 0
    var follows: [DeliveryID] = []
    /// The routes that need not tell an alert, because this message does.
    var covers: [AlertKey: [String]] = [:]

    init(_ content: Notice.Content, _ cause: MessageCause, _ route: String) {
      self.content = content
      self.cause = cause
      self.route = route
    }
  }

  /// Writes a delivery, and beside each alert that it told it.
  mutating func send(_ message: Message, to channel: ChannelName, _ tellings: [Telling]) -> DeliveryID {
    let now = now
    let id = state.ids.next(at: now)
    for telling in tellings {
      let covers = message.covers[telling.alert.key] ?? []
      state.update(telling.alert.key) {
        $0.tell(id, on: channel, by: telling.route.identity, covering: covers, at: now)
      }
      sent.insert(Reach(alert: telling.alert.key, channel: channel))
      if telling.news == .ends { endGroups(of: telling.alert.key) }
    }
    outcome.deliveries.append(
      NewDelivery(
        id: id,
        channel: channel,
        content: message.content,
        marks: message.marks,
        reason: message.cause.text,
        route: message.route,
        severity: message.content.severity,
        suppressed: message.suppressed,
        follows: message.follows
      )
    )
    return id
  }

  private mutating func endGroups(of key: AlertKey) {
    if state[alert: key]?.firstTold == nil { leaveGroups(key) }
  }

  /// What is to be said of alerts besides what they say themselves.
  func marks(of tellings: [Telling]) -> [AlertKey: Notice.Mark] {
    var marks: [AlertKey: Notice.Mark] = [:]
    for telling in tellings {
      guard let record = state[alert: telling.alert.key] else { continue }
      let mark = Notice.Mark(isResolved: !record.isActive, isFlapping: record.isFlapping, firings: record.firings)
      if mark != Notice.Mark() { marks[telling.alert.key] = mark }
    }
    return marks
  }
}

extension Telling {
  /// The same on some of its channels.
  func on(_ channels: [ChannelName]) -> Telling {
    var telling = Telling(alert: alert, route: route, channels: channels, news: news, trigger: trigger, rule: rule)
    telling.released = released
    telling.cooldown = cooldown
    telling.burstWait = burstWait
    return telling
  }
}
