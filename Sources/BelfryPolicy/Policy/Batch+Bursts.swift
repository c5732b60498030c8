// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// Bursts: one summary for many, and one update for what comes while it goes on.
extension Batch {
  /// Tells a burst: everything to the burst's channels, or, where it names none, to each channel what was bound for it.
  mutating func tell(_ summary: BurstStage.Summary) {
    let rule = summary.rule
    let tellings = summary.tellings.map { rule.to.isEmpty ? $0 : unknown($0, to: rule.to) }
    let covers = rule.to.isEmpty ? [:] : covered(by: summary.tellings)
    var record = state[burst: summary.key] ?? BurstRecord()
    var ids: [ChannelName: DeliveryID] = [:]
    var told: [AlertKey: [ChannelName]] = [:]
    for (channel, tellings) in bound(tellings) {
      let alerts = tellings.map(\.alert) + (rule.to.isEmpty ? [] : summary.recent)
      let content: Notice.Content = alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts.worstFirst)
      var message = Message(content, .burst(count: summary.count), rule.rule.path)
      message.covers = covers
      message.marks = marks(of: tellings).filter { $0.value.isFlapping }
      let id = send(message, to: channel, tellings)
      ids[channel] = id
      record.thread.add(id, on: channel)
      for telling in tellings { told[telling.alert.key, default: []].append(channel) }
    }
    for telling in tellings {
      // A second route to the same summary has nothing to add.
      guard let channels = told.removeValue(forKey: telling.alert.key) else {
        if telling.channels.isEmpty { decideToldThere(telling) }
        continue
      }
      let named = telling.channels.filter(channels.contains)
      let cause = Decision.Cause(telling.trigger, .summarized(count: summary.count))
      decide(telling.alert, .notify(named), cause, rule.rule, by: named.compactMap { ids[$0] })
    }
    if let within = rule.within { goOn(record, summary.key, count: summary.count, for: within) }
  }

  /// The telling on those of the summary's channels that do not know of it; those that do stand for its route as well.
  private mutating func unknown(_ telling: Telling, to channels: [ChannelName]) -> Telling {
    guard let record = state[alert: telling.alert.key] else { return telling.on(channels.distinct) }
    let unknown = channels.distinct.filter { !record.isTold(on: $0) }
    if unknown.isEmpty {
      state.update(telling.alert.key) { record in
        for index in record.told.indices where channels.contains(record.told[index].channel) {
          record.told[index].covers.append(telling.route.identity)
        }
      }
    }
    return telling.on(unknown)
  }

  /// The routes for which a summary stands, by alert.
  private func covered(by tellings: [Telling]) -> [AlertKey: [String]] {
    tellings.reduce(into: [:]) { $0[$1.alert.key, default: []].append($1.route.identity) }
  }

  /// What comes within this time is told in one update.
  private mutating func goOn(_ record: BurstRecord, _ key: HoldKey, count: Int, for within: Duration) {
    var record = record
    record.recent = []
    record.until = now + within
    record.count += count
    state.set(.burst(record), for: .burst(key))
    outcome.timers[.list(.burst(key))] = .some(now + within)
  }

  /// Remembers what was told alone: with what comes soon it may be a burst.
  mutating func count(_ alerts: [Alert], _ key: HoldKey, _ rule: BurstRule) {
    guard let within = rule.within else { return }
    var record = BurstRecord()
    record.recent = (state[burst: key]?.recent ?? []).filter { $0.at + within > now }
    record.recent += alerts.map { BurstRecord.Recent(at: now, alert: $0) }
    state.set(.burst(record), for: .burst(key))
    outcome.timers[.list(.burst(key))] = .some(now + within)
  }

  /// A burst goes on: what comes waits for its next update.
  mutating func hold(_ telling: Telling, _ key: HoldKey, _ rule: BurstRule, until: Instant) {
    let list = ListKey.burst(key)
    guard let record = state[alert: telling.alert.key], !record.waits.contains(list) else { return }
    let cause = Decision.Cause(telling.trigger, .held(by: list))
    let start = Wait.Start(at: now, rule: rule.rule, cause: cause)
    let wait = telling.burstWait ?? Wait(list, for: telling.channels, since: start)
    state.update(telling.alert.key) { $0.waits.append(wait) }
    outcome.joined.append(PolicyOutcome.Membership(list: list, alert: telling.alert.key))
    // Another hold let go of it, and it waits on in this one.
    if telling.burstWait != nil { return }
    decide(telling.alert, .hold(until: until), cause, rule.rule)
  }

  /// Tells what came while a burst went on, in one message that continues the first.
  mutating func tellUpdate(of key: HoldKey, _ tellings: [Telling]) {
    let stage = BurstStage(rules: rules, now: now)
    guard let rule = tellings.lazy.compactMap({ stage.rule(for: $0.route) }).first?.rule else { return }
    var record = state[burst: key] ?? BurstRecord()
    let count = Set(tellings.map(\.alert.key)).count
    let moved = tellings.map { rule.to.isEmpty ? $0 : unknown($0, to: rule.to) }
    let covers = rule.to.isEmpty ? [:] : covered(by: tellings)
    for (channel, group) in bound(moved) {
      let cause = MessageCause.update(count: count, total: record.count + count)
      var message = Message(.burst(group.map(\.alert).worstFirst), cause, rule.rule.path)
      message.follows = record.thread[channel]
      message.covers = covers
      message.marks = marks(of: group)
      let id = send(message, to: channel, group)
      record.thread.add(id, on: channel)
      for telling in group {
        decide(telling.alert, .notify([channel]), Decision.Cause(telling.trigger), rule.rule, by: [id])
      }
    }
    goOn(record, key, count: count, for: rule.within ?? .seconds(60))
  }
}
