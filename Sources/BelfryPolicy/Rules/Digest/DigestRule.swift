// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A digest: the alerts that join it are sent together, at its times.
package struct DigestRule: Sendable {
  package var name: String
  package var schedule: Schedule
  package var to: [ChannelName]
  package var order: DigestOrder
  package var rule: Rule

  package init(name: String, schedule: Schedule, to: [ChannelName], order: DigestOrder, rule: Rule) {
    self.name = name
    self.schedule = schedule
    self.to = to
    self.order = order
    self.rule = rule
  }

  /// The alerts by severity, then in the digest's order.
  func ordered(_ alerts: [Alert]) -> [Alert] {
    guard order == .category else { return alerts.worstFirst }
    return alerts.sorted {
      ($0.severity, ExactText($0.category), $0.key) < ($1.severity, ExactText($1.category), $1.key)
    }
  }
}

extension PolicyRules {
  package func digest(_ name: String) -> DigestRule? { digests.first { $0.name == name } }

  /// The digest that an alert joins instead of being sent at once, and the rule that selects it: the route's own, or the
  /// first of the file if its mode is `digest` and the alert is not critical.
  func digest(for alert: Alert, on route: Route) -> (digest: DigestRule, rule: Rule)? {
    if let name = route.digest, let digest = digest(name) {
      return (digest, route.digestRule)
    }
    guard mode == .digest, !alert.severity.isCritical, let digest = digests.first else { return nil }
    return (digest, modeRule)
  }
}
