// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Sends alerts that are still firing again, at an interval.
package struct ReminderRule: Sendable, Hashable {
  package var every: Duration
  package var rule: Rule

  package init(every: Duration, rule: Rule) {
    self.every = every
    self.rule = rule
  }
}

extension ReminderRule: RuleKind {
  static func checks(of record: AlertRecord, on route: Route, since notified: Instant, in rules: PolicyRules)
    -> [AlertCheck]
  {
    guard let rule = route.reminder else { return [] }
    let reach = rules.reach(of: route)
    return record.notified.filter { $0.state == .firing && reach.contains($0.channel) }.map { one in
      AlertCheck(
        due: one.at + rule.every,
        channel: one.channel,
        route: route,
        news: .reminds,
        trigger: .reminder,
        rule: rule.rule
      )
    }
  }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    guard let rule = question.route.reminder else { return [] }
    return [.init("repeat: reminder every \(rule.every.text) while it fires", rule.rule)]
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    (LongestWaits.alert, rules.table.routes.compactMap { $0.reminder?.every }.max() ?? .zero)
  }
}
