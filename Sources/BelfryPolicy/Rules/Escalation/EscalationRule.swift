// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Sends alerts that nobody acknowledged after some time to others.
package struct EscalationRule: Sendable, Hashable {
  /// The delay after the alert was first sent.
  package var after: Duration
  package var to: [ChannelName]
  package var rule: Rule

  package init(after: Duration, to: [ChannelName], rule: Rule) {
    self.after = after
    self.to = to
    self.rule = rule
  }
}

extension EscalationRule: RuleKind {
  static func checks(of record: AlertRecord, on route: Route, since notified: Instant, in rules: PolicyRules)
    -> [AlertCheck]
  {
    route.escalations.flatMap { step in
      step.to.distinct.filter { !record.isNotified(on: $0) }.map { channel in
        AlertCheck(
          due: notified + step.after,
          channel: channel,
          route: route,
          news: .escalates,
          trigger: .escalation(after: step.after),
          rule: step.rule
        )
      }
    }
  }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    question.route.escalations.map { step in
      let to = step.to.distinct.map(\.name).joined(separator: ", ")
      return .init("escalate: to \(to) if nobody acknowledges it within \(step.after.text)", step.rule)
    }
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    (LongestWaits.alert, rules.table.routes.flatMap(\.escalations).map(\.after).max() ?? .zero)
  }
}
