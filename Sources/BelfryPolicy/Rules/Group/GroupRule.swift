// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Sends alerts that share some of their values together.
package struct GroupRule: Sendable, Hashable {
  /// The values that the alerts of a group share; if empty, all alerts of the route are one group.
  package var by: [CooldownRule.CooldownKey]
  /// How long the first alert of a group waits for others.
  package var wait: Duration
  /// How long after a message new and resolved alerts wait for the next one.
  package var every: Duration
  package var rule: Rule

  package init(by: [CooldownRule.CooldownKey], wait: Duration, every: Duration, rule: Rule) {
    self.by = by
    self.wait = wait
    self.every = every
    self.rule = rule
  }

  /// The group of an alert on a route with that identity.
  func key(for alert: Alert, scope: String) -> GroupKey {
    by.key(for: alert, scope: scope)
  }

  /// The shared values of a group's alerts, for people: `cluster=eu`.
  func name(for alert: Alert) -> String {
    by.map { "\($0.name)=\($0.value(of: alert))" }.joined(separator: " ")
  }

  /// The shared values by name, without the labels that a group's alerts do not have.
  func labels(of alert: Alert) -> Labels {
    Labels(
      by.compactMap { key in
        if case .label(let name) = key, alert.labels[name.text] == nil { return nil }
        return Labels.Label(name: key.name, value: key.value(of: alert))
      }
    )
  }

  /// When an alert that joins a group now is sent.
  func due(_ state: GroupState?, at now: Instant) -> Instant {
    // If that time has passed, the timer ends the wait, however late it is.
    if let due = state?.due { return due }
    guard let next = state?.restsUntil, next > now else { return now + wait }
    return next
  }
}
