// SPDX-License-Identifier: Apache-2.0

// How what is to be told becomes deliveries.
extension Batch {
  mutating func decide(_ alert: Alert, _ outcome: Decision.Outcome, _ reason: String, _ rule: Rule) {
    self.outcome.decisions.append(
      Decision(alert: alert.key, severity: alert.severity, outcome: outcome, reason: reason, rule: rule)
    )
  }

  /// Tells an alert alone, once a channel, also when several of its routes lead there.
  mutating func tell(_ telling: Telling) {
    let channels = untold(telling.alert, on: telling.route.to)
    for channel in channels { deliver(.alert(telling.alert), to: channel, telling.reason, telling.route.name) }
    guard channels.isEmpty else {
      return decide(telling.alert, .notify(channels), telling.reason, telling.route.rule)
    }
    decide(telling.alert, .suppress, "\(telling.reason); an earlier route told it there", telling.route.rule)
  }

  /// Tells a burst: everything to the burst's channels, or, where it names none, to each channel what was bound for it.
  mutating func tell(_ summary: BurstStage.Summary) {
    let rule = summary.rule.rule
    var bound: [ChannelName: [Alert]] = [:]
    var reached: Set<Reach> = []
    for telling in summary.tellings {
      let alert = telling.alert
      let channels = untold(alert, on: summary.rule.to.isEmpty ? telling.route.to : summary.rule.to)
        .filter { reached.insert(Reach(alert: alert.key, channel: $0)).inserted }
      for channel in channels { bound[channel, default: []].append(alert) }
      // A second route to the same summary has nothing to add.
      guard !channels.isEmpty else { continue }
      decide(alert, .notify(channels), "\(telling.reason); one of \(summary.count) at once, told in one summary", rule)
    }
    for (channel, alerts) in bound.sorted(by: { $0.key < $1.key }) {
      let content: Notice.Content = alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts.worstFirst)
      deliver(content, to: channel, "\(summary.count) alerts at once", rule.path)
    }
  }

  /// Tells the end of an alert where it was told.
  mutating func tellEnd(of record: AlertRecord, on channels: [ChannelName], _ route: Route, _ reason: String) {
    for channel in channels {
      let earlier = record.told.filter { $0.channel == channel }.map(\.delivery)
      deliver(.resolved(record.alert), to: channel, reason, route.name, follows: earlier)
    }
    decide(record.alert, .notify(channels), reason, Rule(path: "\(route.name).resolved", line: route.rule.line))
  }

  /// Writes a delivery, and beside each alert that it told it.
  mutating func deliver(
    _ content: Notice.Content,
    to channel: ChannelName,
    _ reason: String,
    _ route: String,
    follows: [DeliveryID] = []
  ) {
    let id = state.ids.next(at: now)
    for alert in content.begun {
      guard var record = state[alert: alert.key] else { continue }
      record.told.append(AlertRecord.Telling(channel: channel, delivery: id, severity: alert.severity))
      state.set(record)
    }
    outcome.deliveries.append(
      NewDelivery(
        id: id,
        channel: channel,
        content: content,
        reason: reason,
        route: route,
        severity: content.severity,
        follows: follows
      )
    )
  }

  /// The channels of a list, each once, on which an alert was not told as it is.
  func untold(_ alert: Alert, on channels: [ChannelName]) -> [ChannelName] {
    guard let record = state[alert: alert.key] else { return channels.distinct }
    return channels.distinct.filter { !record.isTold(on: $0) }
  }

  private struct Reach: Hashable {
    let alert: AlertKey
    let channel: ChannelName
  }
}

extension Notice.Content {
  /// The alerts of which it tells that they are active.
  fileprivate var begun: [Alert] {
    switch self {
    case .resolved, .test: []
    case .alert, .burst, .digest, .followup: alerts
    }
  }
}

extension PolicyRules {
  /// The channels that may have told an alert on a route: its own, its burst's and its digest's.
  func reach(of route: Route) -> [ChannelName] {
    let burst = (route.burst ?? burst)?.to ?? []
    let digest = (route.digest.flatMap { self.digest($0) } ?? (mode == .digest ? digests.first : nil))?.to ?? []
    return (route.to + burst + digest).distinct
  }
}

extension [ChannelName] {
  /// Each once, in order.
  var distinct: [ChannelName] {
    guard count > 1 else { return self }
    var seen: Set<ChannelName> = []
    return filter { seen.insert($0).inserted }
  }
}

extension [Alert] {
  /// By severity, then by id.
  var worstFirst: [Alert] { sorted { ($0.severity, $0.key) < ($1.severity, $1.key) } }
}
