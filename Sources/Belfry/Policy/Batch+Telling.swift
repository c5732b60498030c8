// SPDX-License-Identifier: Apache-2.0

// How what is to be told becomes deliveries.
extension Batch {
  mutating func decide(_ alert: Alert, _ outcome: Decision.Outcome, _ reason: String, _ rule: Rule) {
    self.outcome.decisions.append(
      Decision(alert: alert.key, severity: alert.severity, outcome: outcome, reason: reason, rule: rule)
    )
  }

  /// Tells each alert alone, once a channel, also when several of its routes lead there.
  mutating func tell(_ tellings: [Telling]) {
    var reached: Set<Reach> = []
    for telling in tellings {
      let channels = telling.route.to.filter { reached.insert(Reach(alert: telling.alert.key, channel: $0)).inserted }
      for channel in channels {
        deliver(.alert(telling.alert), about: [telling.alert.key], to: channel, telling.reason, telling.route.name)
      }
      let reason = channels.isEmpty ? "\(telling.reason); an earlier route told it there" : telling.reason
      decide(telling.alert, channels.isEmpty ? .suppress : .notify(channels), reason, telling.route.rule)
    }
  }

  /// Tells a burst: everything to the burst's channels, or, where it names none, to each channel what was bound for it.
  mutating func tell(_ summary: BurstStage.Summary) {
    let reason = "one of \(summary.count) at once"
    let bound: [ChannelName: [Telling]] = summary.tellings.reduce(into: [:]) { bound, telling in
      for channel in summary.rule.to.isEmpty ? telling.route.to : summary.rule.to {
        bound[channel, default: []].append(telling)
      }
    }
    for (channel, tellings) in bound.sorted(by: { $0.key < $1.key }) {
      var seen: Set<AlertKey> = []
      let alerts = tellings.map(\.alert).filter { seen.insert($0.key).inserted }
      let content: Notice.Content =
        alerts.count == 1 ? .alert(alerts[0]) : .burst(alerts.sorted { ($0.severity, $0.key) < ($1.severity, $1.key) })
      deliver(content, about: alerts.map(\.key), to: channel, "\(summary.count) alerts at once", summary.rule.rule.path)
    }
    for telling in summary.tellings {
      let channels = summary.rule.to.isEmpty ? telling.route.to : summary.rule.to
      decide(telling.alert, .notify(channels), "\(telling.reason); \(reason), told in one summary", summary.rule.rule)
    }
  }

  mutating func tellResolved(_ record: AlertRecord, on channels: [ChannelName], route: Route) {
    var seen: Set<ChannelName> = []
    let channels = channels.filter { seen.insert($0).inserted }
    for channel in channels {
      let earlier = record.told.filter { $0.channel == channel }.map(\.delivery)
      deliver(.resolved(record.alert), about: [], to: channel, "resolved", route.name, follows: earlier)
    }
    decide(record.alert, .notify(channels), "resolved", Rule(path: "\(route.name).resolved", line: route.rule.line))
  }

  /// Writes a delivery, and beside each alert that it told it.
  mutating func deliver(
    _ content: Notice.Content,
    about alerts: [AlertKey],
    to channel: ChannelName,
    _ reason: String,
    _ route: String,
    follows: [DeliveryID] = []
  ) {
    let id = state.ids.next(at: now)
    for key in alerts {
      guard var record = state[alert: key] else { continue }
      record.told.append(AlertRecord.Telling(channel: channel, delivery: id))
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

  private struct Reach: Hashable {
    let alert: AlertKey
    let channel: ChannelName
  }
}
