// SPDX-License-Identifier: Apache-2.0

/// Finds what is due of one alert that was told: reminders, and escalations that nobody stopped.
struct CheckStage {
  let rules: PolicyRules

  /// One thing that is due at a moment.
  struct Check {
    let due: Instant
    let channels: [ChannelName]
    let route: Route
    let news: Telling.News
    let reason: String
    let rule: Rule
  }

  /// All that is to come of an alert, as far as it is known now.
  func checks(_ record: AlertRecord, on routes: [Route]) -> [Check] {
    guard record.isActive, record.acknowledgement == nil, !record.isFlapping, let since = record.firstTold else {
      return []
    }
    return routes.flatMap { reminders(record, on: $0) + escalations(record, on: $0, since) }
  }

  private func reminders(_ record: AlertRecord, on route: Route) -> [Check] {
    guard let rule = route.reminder else { return [] }
    let reach = rules.reach(of: route)
    return record.told.filter { $0.state == .firing && reach.contains($0.channel) }.map { told in
      Check(
        due: told.at + rule.every,
        channels: [told.channel],
        route: route,
        news: .reminds,
        reason: "it still fires",
        rule: rule.rule
      )
    }
  }

  private func escalations(_ record: AlertRecord, on route: Route, _ since: Instant) -> [Check] {
    route.escalations.compactMap { step in
      let channels = step.to.distinct.filter { !record.isTold(on: $0) }
      guard !channels.isEmpty else { return nil }
      return Check(
        due: since + step.after,
        channels: channels,
        route: route,
        news: .escalates,
        reason: "nobody acknowledged it within \(step.after.text)",
        rule: step.rule
      )
    }
  }
}
