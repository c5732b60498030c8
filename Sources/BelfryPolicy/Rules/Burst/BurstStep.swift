// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Step 4: joins many alerts that would be sent at once, or within a short time, into one summary.
struct BurstStep {
  let rules: PolicyRules
  let now: Instant

  /// Alerts sent as one message, by the rule that joined them.
  struct Summary {
    let hold: BurstHold
    let rule: BurstRule
    let announcements: [Announcement]
    /// Alerts sent separately a short while ago that belong to the burst.
    let recent: [Alert]
    /// The number of alerts in it.
    let count: Int
  }

  /// How the announcements of one run are sent.
  struct Parts {
    /// Sent separately, in their order.
    var alone: [Announcement] = []
    var summaries: [Summary] = []
    /// Held for the next update of a burst that is in progress.
    var held: [(announcement: Announcement, holding: Holding)] = []
    /// Bursts that may start, with their alerts to count.
    var counted: [(hold: BurstHold, within: Duration, alerts: [Alert])] = []
  }

  /// Divides the announcements of a run.
  func callAsFunction(_ announcements: [Announcement], _ state: PolicyState) -> Parts {
    var parts = Parts()
    guard rules.burst != nil || rules.table.hasBursts else {
      parts.alone = announcements
      return parts
    }
    var counted: [HoldID: [Announcement]] = [:]
    var joined: Set<HoldID> = []
    // The burst of each announcement.
    var holds: [HoldID?] = []
    holds.reserveCapacity(announcements.count)
    for announcement in announcements {
      let scope = scope(of: announcement)
      holds.append(scope?.hold.id)
      guard let (hold, rule) = scope else { continue }
      if let until = state[hold]?.until, rule.within != nil, until > now {
        parts.held.append((announcement, Holding(hold: hold.id, until: until, rule: rule.rule)))
        joined.insert(hold.id)
      } else {
        counted[hold.id, default: []].append(announcement)
      }
    }
    for (_, group) in counted.sorted(by: { order($0.value[0]) < order($1.value[0]) }) {
      judge(group, state, &parts)
    }
    joined.formUnion(parts.summaries.map(\.hold.id))
    parts.alone = zip(announcements, holds).filter { $1.map(joined.contains) != true }.map(\.0)
    return parts
  }

  private func judge(_ group: [Announcement], _ state: PolicyState, _ parts: inout Parts) {
    guard let (hold, rule) = scope(of: group[0]) else { return }
    let new = Set(group.map(\.alert.key))
    let recent = (state[hold]?.recent ?? []).filter { one in
      rule.within.map { one.at + $0 > now } == true && !new.contains(one.alert.key)
    }
    if new.count + recent.count > rule.over {
      let count = new.count + recent.count
      parts.summaries.append(
        Summary(hold: hold, rule: rule, announcements: group, recent: recent.map(\.alert), count: count)
      )
    } else if let within = rule.within {
      var seen: Set<AlertKey> = []
      parts.counted.append((hold, within, group.map(\.alert).filter { seen.insert($0.key).inserted }))
    }
  }

  /// The burst that counts an announcement; nil if it is always sent separately.
  private func scope(of announcement: Announcement) -> (hold: BurstHold, rule: BurstRule)? {
    guard announcement.isNew, announcement.released == nil, let (hold, rule) = rules.burst(of: announcement.route),
      rule.except?.contains(announcement.alert.severity) != true
    else { return nil }
    return (hold, rule)
  }

  /// The order of bursts: those of routes in the order of the routes, then the file's.
  private func order(_ announcement: Announcement) -> Int {
    announcement.route.burst == nil ? .max : announcement.route.index
  }
}

/// Holds alerts that fire while a burst is in progress, for its next update.
struct BurstHold: Hold {
  typealias State = BurstState
  static let name = "burst"

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ key: GroupKey) { self.key = key.exact }

  static func countsWithinRun(_ rules: PolicyRules) -> Bool {
    rules.burst != nil || rules.table.hasBursts
  }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? {
    routes.lazy.compactMap { rules.burst(of: $0) }.first { $0.hold.key == key }?.rule.rule
  }

  func isBehind(_ candidate: Candidate, in rules: PolicyRules) -> Bool {
    !candidate.isEnd && rules.burst(of: candidate.route)?.hold.key == key
  }

  func close(waiting: Int, in run: inout PolicyRun) -> Int {
    guard let burst = run.state[self], burst.until.map({ $0 <= run.now }) ?? true else { return 0 }
    guard burst.until != nil, waiting > 0 else {
      run.state.set(nil, for: self)
      return 0
    }
    var over = burst
    over.until = nil
    over.recent = []
    run.state.set(over, for: self)
    // Unless its update is sent now, which sets a later time, it is over.
    run.outcome.timers[.list(id)] = .some(run.now)
    return 0
  }

  /// Sends a summary: all alerts to the burst's channels or, if it names none, to each channel its own.
  func send(_ summary: BurstStep.Summary, in run: inout PolicyRun) {
    let rule = summary.rule
    let moved = summary.announcements.map { rule.to.isEmpty ? $0 : unknown($0, to: rule.to, in: &run) }
    let covers = rule.to.isEmpty ? [:] : covered(by: summary.announcements)
    var state = run.state[self] ?? BurstState()
    var ids: [ChannelName: DeliveryID] = [:]
    var sent: [AlertKey: [ChannelName]] = [:]
    for (channel, group) in run.messages(moved) {
      let alerts = group.map(\.alert) + (rule.to.isEmpty ? [] : summary.recent)
      let content: Notice.Content = alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts.worstFirst)
      var message = Message(content, .burst(count: summary.count), rule.rule.path)
      message.covers = covers
      message.flags = run.flags(of: group).filter { $0.value.isFlapping }
      let id = run.send(message, to: channel, group)
      ids[channel] = id
      state.thread.add(id, on: channel)
      for announcement in group { sent[announcement.alert.key, default: []].append(channel) }
    }
    for announcement in moved {
      // A second route to the same summary has nothing to add.
      guard let channels = sent.removeValue(forKey: announcement.alert.key) else {
        if announcement.channels.isEmpty { run.decideSentBefore(announcement) }
        continue
      }
      let named = announcement.channels.filter(channels.contains)
      let cause = Decision.Cause(announcement.trigger, .summarized(count: summary.count))
      run.decide(announcement.alert, .notify(named), cause, rule.rule, by: named.compactMap { ids[$0] })
    }
    // If all of it is kept back, no burst is in progress.
    if ids.isEmpty, moved.contains(where: run.isKeptBack) { return }
    if let within = rule.within { proceed(state, count: summary.count, for: within, in: &run) }
  }

  /// Sends the alerts that fired while the burst was in progress, in one message that continues the first.
  func notify(_ announcements: [Announcement], in run: inout PolicyRun) {
    let rules = run.rules
    guard let rule = announcements.lazy.compactMap({ rules.burst(of: $0.route) }).first?.rule else { return }
    var state = run.state[self] ?? BurstState()
    let count = Set(announcements.map(\.alert.key)).count
    let moved = announcements.map { rule.to.isEmpty ? $0 : unknown($0, to: rule.to, in: &run) }
    let covers = rule.to.isEmpty ? [:] : covered(by: announcements)
    let messages = run.messages(moved)
    for (channel, group) in messages {
      let cause = MessageCause.update(count: count, total: state.count + count)
      var message = Message(.burst(group.map(\.alert).worstFirst), cause, rule.rule.path)
      message.follows = state.thread[channel]
      message.covers = covers
      message.flags = run.flags(of: group)
      let id = run.send(message, to: channel, group)
      state.thread.add(id, on: channel)
      for announcement in group {
        run.decide(announcement.alert, .notify([channel]), Decision.Cause(announcement.trigger), rule.rule, by: [id])
      }
    }
    if messages.isEmpty, moved.contains(where: run.isKeptBack) { return }
    proceed(state, count: count, for: rule.within ?? .seconds(60), in: &run)
  }

  /// The announcement on those of the summary's channels that do not know of the alert; those that do also stand for the
  /// announcement's route.
  private func unknown(_ announcement: Announcement, to channels: [ChannelName], in run: inout PolicyRun)
    -> Announcement
  {
    guard let record = run.state[alert: announcement.alert.key] else { return announcement.on(channels.distinct) }
    let unknown = channels.distinct.filter { !record.isNotified(on: $0) }
    if unknown.isEmpty {
      run.state.update(announcement.alert.key) { record in
        for index in record.notified.indices where channels.contains(record.notified[index].channel) {
          record.notified[index].covers.append(announcement.route.identity)
        }
      }
    }
    return announcement.on(unknown)
  }

  /// The routes for which a summary stands, by alert.
  private func covered(by announcements: [Announcement]) -> [AlertKey: [String]] {
    announcements.reduce(into: [:]) { $0[$1.alert.key, default: []].append($1.route.identity) }
  }

  /// Alerts that fire within this time are sent in one update.
  private func proceed(_ state: BurstState, count: Int, for within: Duration, in run: inout PolicyRun) {
    var state = state
    state.recent = []
    state.until = run.now + within
    state.count += count
    save(state, until: run.now + within, in: &run)
  }

  /// Remembers alerts that were sent separately: with the next ones they may be a burst.
  func count(_ alerts: [Alert], within: Duration, in run: inout PolicyRun) {
    var state = BurstState()
    let now = run.now
    state.recent = (run.state[self]?.recent ?? []).filter { $0.at + within > now }
    state.recent += alerts.map { BurstState.Recent(at: now, alert: $0) }
    save(state, until: now + within, in: &run)
  }

  private func save(_ state: BurstState, until: Instant, in run: inout PolicyRun) {
    run.state.set(state, for: self)
    run.outcome.timers[.list(id)] = .some(until)
  }
}

extension HoldID {
  package static func burst(_ key: GroupKey) -> HoldID { HoldID(BurstHold(key)) }
  package var burst: GroupKey? { self.as(BurstHold.self).map { GroupKey($0.key) } }
}
