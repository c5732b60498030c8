// SPDX-License-Identifier: Apache-2.0
package import Belfry

// The rules of a route, a channel or the file about when an alert is sent; each rule knows its line.

/// Sends alerts that share some of their values together.
package struct GroupRule: Sendable, Hashable {
  /// The values that the alerts of a group share; if empty, all alerts of the route are one group.
  package var by: [CooldownRule.CooldownKey]
  /// How long the first alert of a group waits for others.
  package var wait: Duration
  /// How long after a message new and ended alerts wait for the next one.
  package var every: Duration
  package var rule: Rule

  package init(by: [CooldownRule.CooldownKey], wait: Duration, every: Duration, rule: Rule) {
    self.by = by
    self.wait = wait
    self.every = every
    self.rule = rule
  }

  /// The group of an alert on a route with that identity.
  func key(for alert: Alert, scope: String) -> HoldKey {
    CooldownRule(window: every, by: by, rule: rule).key(for: alert, scope: scope)
  }

  /// The shared values of a group's alerts, for people: `cluster=eu`.
  func name(for alert: Alert) -> String {
    by.map { "\($0.name)=\($0.value(of: alert))" }.joined(separator: " ")
  }
}

/// Hours in which nothing is sent, for a route or a channel.
package struct QuietRule: Sendable, Hashable {
  package var window: WallClockWindow
  /// The severities that are sent anyway.
  package var except: SeveritySelector?
  package var rule: Rule

  package init(window: WallClockWindow, except: SeveritySelector? = nil, rule: Rule) {
    self.window = window
    self.except = except
    self.rule = rule
  }

  /// The end of the hours in which an alert of this severity waits; nil if it does not wait.
  func end(for severity: Severity, at now: Instant) -> Instant? {
    except?.contains(severity) == true ? nil : window.end(at: now)
  }
}

/// Sends alerts that are still firing again, at an interval.
package struct ReminderRule: Sendable, Hashable {
  package var every: Duration
  package var rule: Rule

  package init(every: Duration, rule: Rule) {
    self.every = every
    self.rule = rule
  }
}

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

/// Mutes alerts that share values with other active alerts.
package struct InhibitionRule: Sendable, Hashable {
  package var when: Matcher
  package var mute: Matcher
  /// The names of labels, or `category`, `source`, `severity`, that both must share.
  package var equal: [CooldownRule.CooldownKey]
  package var rule: Rule
  /// Identifies the rule across edits that move it.
  package var identity: String

  package init(when: Matcher, mute: Matcher, equal: [CooldownRule.CooldownKey], rule: Rule, identity: String) {
    self.when = when
    self.mute = mute
    self.equal = equal
    self.rule = rule
    self.identity = identity
  }

  /// The values that this alert shares with those that it mutes, or with those that mute it.
  func key(for alert: Alert) -> HoldKey {
    CooldownRule(window: .zero, by: equal, rule: rule).key(for: alert, scope: identity)
  }
}

/// An alert that changes state more than `over` times `within` is flapping.
package struct FlappingRule: Sendable, Hashable {
  package var over: Int
  package var within: Duration
  package var rule: Rule

  package init(over: Int, within: Duration, rule: Rule) {
    self.over = over
    self.within = within
    self.rule = rule
  }
}

/// An expected alert: its absence is reported.
package struct ExpectationRule: Sendable, Hashable {
  /// The expected alert's ID, whatever its source.
  package var id: String
  package var every: Duration
  /// The severity of the alert about its absence.
  package var severity: Severity
  package var rule: Rule

  package init(id: String, every: Duration, severity: Severity, rule: Rule) {
    self.id = id
    self.every = every
    self.severity = severity
    self.rule = rule
  }

  /// The alert about the absence of an expected one.
  package static func alarm(of id: String) -> AlertKey { AlertKey(source: .belfry, id: alarmPrefix + id) }
  package static let alarmPrefix = "expect/"

  func alarm(cameAt: Instant?, at now: Instant) -> Alert {
    let last =
      cameAt.map { "It last arrived at \($0.iso8601)." } ?? "It has not arrived since it was added to `expect`."
    return Alert(
      source: .belfry,
      id: ExpectationRule.alarm(of: id).id,
      severity: severity,
      category: "expected_alert_missing",
      title: "\(id) did not arrive within \(every.text)",
      detail: "\(last) It is expected every \(every.text) (\(rule)).",
      firstSeen: now.iso8601
    )
  }
}
