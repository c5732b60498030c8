// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Finds what is due of one alert that was told: reminders, and escalations that nobody stopped.
struct CheckStage {
  let rules: PolicyRules

  /// One thing that is due at a moment.
  struct Check {
    let due: Instant
    let channel: ChannelName
    let route: Route
    let news: Telling.News
    let trigger: Decision.Cause.Trigger
    let rule: Rule
  }

  /// What is to come of an alert and nothing mutes, as far as it is known now.
  ///
  /// What is muted waits in the list of what mutes it, and comes when that lets go.
  func open(_ record: AlertRecord, on routes: [Route]) -> [Check] {
    checks(record, on: routes).filter { check in
      !record.waits.contains { wait in
        switch wait.hold {
        case .silence, .inhibition: true
        case .quiet: [MuteStage.list(of: check.route), MuteStage.list(of: check.channel)].contains(wait.hold)
        default: false
        }
      }
    }
  }

  /// All that is to come of an alert.
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
        channel: told.channel,
        route: route,
        news: .reminds,
        trigger: .reminder,
        rule: rule.rule
      )
    }
  }

  private func escalations(_ record: AlertRecord, on route: Route, _ since: Instant) -> [Check] {
    route.escalations.flatMap { step in
      step.to.distinct.filter { !record.isTold(on: $0) }.map { channel in
        Check(
          due: since + step.after,
          channel: channel,
          route: route,
          news: .escalates,
          trigger: .escalation(after: step.after),
          rule: step.rule
        )
      }
    }
  }
}
