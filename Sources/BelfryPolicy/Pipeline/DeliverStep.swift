// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Step 5: turns announcements into messages, one for each channel, and starts the cooldowns.
struct DeliverStep {
  mutating func callAsFunction(in run: inout PolicyRun) {
    let announcements = run.announcements
    run.announcements = []
    if announcements.isEmpty { return }
    let released = announcements.filter { $0.released != nil }
    let burst = BurstStep(rules: run.rules, now: run.now)
    let parts = burst(released.isEmpty ? announcements : announcements.filter { $0.released == nil }, run.state)
    for (announcement, holding) in parts.held { run.hold(announcement, by: holding, for: announcement.channels) }
    run.sendResolutions(parts.alone.filter { $0.news == .ends })
    for summary in parts.summaries { summary.hold.send(summary, in: &run) }
    for announcement in parts.alone where announcement.isNew { run.send(announcement) }
    for (hold, within, alerts) in parts.counted { hold.count(alerts, within: within, in: &run) }
    sendReleased(released, in: &run)
    run.sendChecks(parts.alone.filter { [.reminds, .escalates].contains($0.news) })
    for announcement in released + parts.alone { run.startCooldown(announcement, on: announcement.channels) }
    for summary in parts.summaries {
      for announcement in summary.announcements where !run.isKeptBack(announcement, on: summary.rule.to) {
        run.startCooldown(announcement, on: announcement.channels + summary.rule.to)
      }
    }
    run.resetFirings()
  }

  /// Sends together the alerts that waited together.
  private func sendReleased(_ announcements: [Announcement], in run: inout PolicyRun) {
    if announcements.isEmpty { return }
    let byHold = Dictionary(grouping: announcements) { $0.released }
    let ordered = byHold.compactMap { hold, group in hold.map { (name: $0.description, hold: $0, group: group) } }
    for (_, hold, group) in ordered.sorted(by: { $0.name < $1.name }) { hold.hold.notify(group, in: &run) }
  }
}

/// A message before it is bound to a channel: its content, and why it is sent.
struct Message {
  var content: Notice.Content
  var flags: [AlertKey: Notice.AlertFlags] = [:]
  var cause: MessageCause
  var route: String
  var suppressed = 0
  var follows: [DeliveryID] = []
  /// The group that it is about; nil if it is about none.
  var group: GroupIdentity?
  /// The routes that need not send an alert, because this message does.
  var covers: [AlertKey: [String]] = [:]

  init(_ content: Notice.Content, _ cause: MessageCause, _ route: String) {
    self.content = content
    self.cause = cause
    self.route = route
  }
}

// MARK: - Which messages

extension PolicyRun {
  typealias Messages = [(channel: ChannelName, announcements: [Announcement])]

  /// The announcements by channel, the channels by name: each alert once a channel, and not if it was sent there already.
  func byChannel(_ announcements: [Announcement]) -> Messages {
    var bound: [ChannelName: [Announcement]] = [:]
    var seen: Set<Reach> = []
    for announcement in announcements {
      for channel in unsent(announcement)
      where seen.insert(Reach(alert: announcement.alert.key, channel: channel)).inserted {
        bound[channel, default: []].append(announcement)
      }
    }
    return bound.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// The messages to send, one a channel.
  ///
  /// Those over a limit are held, unless `isLimited` is false.
  mutating func messages(_ announcements: [Announcement], isLimited: Bool = true) -> Messages {
    let messages = byChannel(announcements)
    return isLimited ? messages.filter { admits($0.announcements, on: $0.channel) } : messages
  }

  /// Whether no rule limits the number of messages now; otherwise their alerts wait.
  mutating func admits(_ message: [Announcement], on channel: ChannelName) -> Bool {
    for kind in RuleKinds.limits {
      guard let holding = kind.holding(message, on: channel, in: &self) else { continue }
      for announcement in message {
        keptBack.insert(Reach(alert: announcement.alert.key, channel: channel))
        hold(announcement, by: holding, for: [channel])
        guard let released = announcement.released, let ended = ended[released] else { continue }
        holding.hold.hold.takeOver(ended, from: released, for: [channel], in: &self)
      }
      return false
    }
    return true
  }

  /// Whether a limit keeps an announcement back on all channels on which it was not sent.
  func isKeptBack(_ announcement: Announcement) -> Bool {
    !keptBack.isEmpty
      && announcement.channels.contains { keptBack.contains(Reach(alert: announcement.alert.key, channel: $0)) }
      && announcement.channels.allSatisfy { channel in
        let reach = Reach(alert: announcement.alert.key, channel: channel)
        return keptBack.contains(reach) || sent.contains(reach)
      }
  }

  /// Whether a limit keeps an announcement back on one of these channels.
  func isKeptBack(_ announcement: Announcement, on channels: [ChannelName]) -> Bool {
    !keptBack.isEmpty && channels.contains { keptBack.contains(Reach(alert: announcement.alert.key, channel: $0)) }
  }

  /// The channels on which this run has not sent the alert yet.
  func unsent(_ announcement: Announcement) -> [ChannelName] {
    announcement.channels.filter { !sent.contains(Reach(alert: announcement.alert.key, channel: $0)) }
  }
}

// MARK: - Kinds of messages

extension PolicyRun {
  /// Sends an alert alone, once a channel.
  mutating func send(_ announcement: Announcement) {
    let content: Notice.Content =
      switch announcement.news {
      case .ends: .resolved(announcement.alert)
      case .flaps: .flapping(announcement.alert)
      case .fires, .settles, .reminds, .escalates: .alert(announcement.alert)
      }
    let unsent = unsent(announcement)
    guard !unsent.isEmpty else { return decideSentBefore(announcement) }
    let channels = unsent.filter { admits([announcement], on: $0) }
    if channels.isEmpty { return }
    var ids: [DeliveryID] = []
    for channel in channels {
      var message = Message(content, .alert(announcement.trigger), announcement.route.name)
      message.suppressed = announcement.cooldown?.hold.suppressed(on: channel, in: self) ?? 0
      message.follows = deliveries(about: announcement.alert, on: channel)
      if [.ends, .flaps].contains(announcement.news) || isAcknowledged(announcement.alert) {
        message.flags = flags(of: [announcement])
      }
      ids.append(send(message, to: channel, [announcement]))
    }
    decide(announcement.alert, .notify(channels), Decision.Cause(announcement.trigger), announcement.rule, by: ids)
  }

  /// Sends resolutions one by one, unless there are so many that firing alerts would be a burst.
  mutating func sendResolutions(_ announcements: [Announcement]) {
    if announcements.isEmpty { return }
    let byChannel = Dictionary(byChannel(announcements).map { ($0.channel, $0.announcements) }) { first, _ in first }
    let crowded = byChannel.filter { _, group in
      rules.burst(of: group[0].route).map { group.count > $0.rule.over } ?? false
    }
    for announcement in announcements {
      let alone = announcement.channels.filter { crowded[$0] == nil }
      if !alone.isEmpty { send(announcement.on(alone)) }
    }
    for (channel, group) in crowded.sorted(by: { $0.key < $1.key }) where admits(group, on: channel) {
      sendTogether(group, on: channel, .resolvedTogether(count: group.count))
    }
  }

  /// Sends several alerts on one channel in one message, each with its state.
  mutating func sendTogether(_ group: [Announcement], on channel: ChannelName, _ cause: MessageCause) {
    let alerts = group.map(\.alert).worstFirst
    var message = Message(.group(name: "", alerts, firing: 0), cause, group[0].route.name)
    message.flags = flags(of: group)
    let id = send(message, to: channel, group)
    for announcement in group { decideNotified(announcement, on: channel, by: id) }
  }

  /// Sends what waited in a hold: one follow-up about what still fires, and another message about what resolved.
  mutating func sendFollowUp(_ hold: HoldID, _ announcements: [Announcement], isLimited: Bool = true) {
    let firing = announcements.filter { $0.news != .ends }
    var ids: [ChannelName: DeliveryID] = [:]
    let messages = messages(firing, isLimited: isLimited)
    for (channel, group) in messages {
      let ended = ended[hold]?.count(on: channel) ?? 0
      let content = Notice.Content.followup(group.map(\.alert).worstFirst, ended: ended)
      var message = Message(content, .released(hold, due: nil), group[0].route.name)
      message.flags = flags(of: group)
      ids[channel] = send(message, to: channel, group)
    }
    decideNotified(firing, messages, by: ids)
    for (channel, group) in self.messages(announcements.filter { $0.news == .ends }, isLimited: isLimited) {
      sendLateResolutions(group, on: channel, hold)
    }
  }

  /// Sends the resolutions that waited in a hold.
  mutating func sendLateResolutions(_ group: [Announcement], on channel: ChannelName, _ hold: HoldID) {
    guard group.count == 1 else { return sendTogether(group, on: channel, .released(hold, due: nil)) }
    let announcement = group[0]
    var message = Message(.resolved(announcement.alert), .alert(announcement.trigger), announcement.route.name)
    message.follows = deliveries(about: announcement.alert, on: channel)
    decideNotified(announcement, on: channel, by: send(message, to: channel, group))
  }

  /// Sends reminders and escalations: those that are due at once on one channel are one message.
  mutating func sendChecks(_ announcements: [Announcement]) {
    if announcements.isEmpty { return }
    for news in [Announcement.News.escalates, .reminds] {
      for (channel, group) in messages(announcements.filter { $0.news == news }) {
        let alerts = group.map(\.alert).worstFirst
        let content: Notice.Content =
          news == .reminds ? .reminder(alerts) : alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts)
        var message = Message(content, .alert(group[0].trigger), group[0].rule.path)
        if group.count == 1 { message.follows = deliveries(about: alerts[0], on: channel) }
        let id = send(message, to: channel, group)
        for announcement in group { decideNotified(announcement, on: channel, by: id) }
      }
    }
  }
}

// MARK: - One message

extension PolicyRun {
  /// Writes a delivery, and notes in the alerts' records who is notified.
  mutating func send(_ message: Message, to channel: ChannelName, _ announcements: [Announcement]) -> DeliveryID {
    let now = now
    let id = state.ids.next(at: now)
    for kind in RuleKinds.limits { kind.noteSent(announcements, on: channel, in: &self) }
    for announcement in announcements {
      let key = announcement.alert.key
      let covers = message.covers[key] ?? []
      if let earlier = state[alert: key]?.earlier(on: channel) { outcome.earlier[id, default: []].insert(earlier) }
      state.update(key) {
        $0.noteNotified(by: id, on: channel, route: announcement.route.identity, covering: covers, at: now)
      }
      // Another route may have been kept back there.
      if !keptBack.isEmpty { keptBack.remove(Reach(alert: key, channel: channel)) }
      sent.insert(Reach(alert: key, channel: channel))
      if announcement.news == .ends, state[alert: key]?.firstNotified == nil { leaveGroups(key) }
    }
    var delivery = NewDelivery(
      id: id,
      channel: channel,
      content: message.content,
      flags: message.flags,
      reason: message.cause.text,
      route: message.route,
      severity: message.content.severity,
      suppressed: message.suppressed,
      follows: message.follows
    )
    if let route = announcements.first?.route, announcements.allSatisfy({ $0.route === route }) {
      delivery.routeIdentity = route.identity
    }
    delivery.group = message.group ?? group(of: announcements)
    outcome.deliveries.append(delivery)
    return id
  }

  /// The group that all the alerts belong to, of which a reminder or a follow-up is about some; nil if there is none, or if
  /// an alert resolved, because that says nothing about its group.
  private func group(of announcements: [Announcement]) -> GroupIdentity? {
    guard let first = announcements.first, let rule = first.route.group else { return nil }
    let key = GroupHold(first.alert, rule, on: first.route).key
    let isOne = announcements.allSatisfy {
      $0.news != .ends && $0.route === first.route && GroupHold($0.alert, rule, on: $0.route).key == key
    }
    return isOne ? GroupIdentity(key: key.text, labels: rule.labels(of: first.alert)) : nil
  }

  /// The deliveries about an alert that its next message on a channel continues.
  private func deliveries(about alert: Alert, on channel: ChannelName) -> [DeliveryID] {
    state[alert: alert.key]?.notified.first { $0.channel == channel }?.deliveries ?? []
  }

  private func isAcknowledged(_ alert: Alert) -> Bool { state[alert: alert.key]?.acknowledgement != nil }

  /// What a message says about alerts in addition to their content.
  func flags(of announcements: [Announcement]) -> [AlertKey: Notice.AlertFlags] {
    var flags: [AlertKey: Notice.AlertFlags] = [:]
    for announcement in announcements {
      guard let record = state[alert: announcement.alert.key] else { continue }
      flags[announcement.alert.key] = Notice.AlertFlags(
        isResolved: !record.isActive,
        isFlapping: record.isFlapping,
        firings: record.firings,
        firedFor: record.firedFor,
        changes: record.recentChanges,
        since: record.firedAt,
        acknowledgedBy: record.acknowledgement?.by ?? ""
      )
    }
    return flags
  }

  /// Starts the cooldown of an alert on the channels on which it was sent.
  mutating func startCooldown(_ announcement: Announcement, on channels: [ChannelName]) {
    guard let (hold, rule) = announcement.cooldown else { return }
    let reached =
      keptBack.isEmpty
      ? channels : channels.filter { !keptBack.contains(Reach(alert: announcement.alert.key, channel: $0)) }
    hold.start(rule, with: announcement.alert, on: reached, in: &self)
  }

  /// Firings are counted again from here, after every channel was notified.
  mutating func resetFirings() {
    for delivery in outcome.deliveries {
      for alert in delivery.content.alerts { state.resetFirings(alert.key) }
    }
  }
}

// MARK: - Decisions about messages

extension PolicyRun {
  mutating func decideNotified(_ announcement: Announcement, on channel: ChannelName, by id: DeliveryID) {
    let cause = Decision.Cause(announcement.trigger)
    decide(announcement.alert, .notify([channel]), cause, announcement.rule, by: [id])
  }

  /// Records which deliveries notify of each alert.
  mutating func decideNotified(_ announcements: [Announcement], _ messages: Messages, by ids: [ChannelName: DeliveryID])
  {
    var routes: [Reach: Int] = [:]
    for (channel, group) in messages {
      for one in group { routes[Reach(alert: one.alert.key, channel: channel)] = one.route.index }
    }
    for one in announcements {
      let notified = one.channels.filter { channel in
        ids[channel] != nil && routes[Reach(alert: one.alert.key, channel: channel)] == one.route.index
      }
      guard !notified.isEmpty else {
        decideSentBefore(one)
        continue
      }
      decide(
        one.alert,
        .notify(notified),
        Decision.Cause(one.trigger),
        one.rule,
        by: notified.compactMap { ids[$0] }
      )
    }
  }

  /// Records that an earlier route sent the alert in this run, unless a limit keeps it back.
  mutating func decideSentBefore(_ announcement: Announcement) {
    if isKeptBack(announcement) { return }
    let cause = Decision.Cause(announcement.trigger, .notifiedByEarlierRoute)
    decide(announcement.alert, .suppress, cause, announcement.route.rule)
  }
}

extension AlertRecord {
  /// How long it fired; nil while it fires.
  package var firedFor: Duration? {
    guard !isActive, let resolvedAt, resolvedAt >= firedAt else { return nil }
    return resolvedAt - firedAt
  }

  /// The changes that show that it is flapping; nil if it is not.
  fileprivate var recentChanges: Notice.AlertFlags.Changes? {
    guard isFlapping, let first = changes.first, let last = changes.last, last >= first else { return nil }
    return Notice.AlertFlags.Changes(count: changes.count, period: last - first)
  }
}
