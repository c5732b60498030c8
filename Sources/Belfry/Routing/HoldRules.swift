// SPDX-License-Identifier: Apache-2.0

// What a route, a channel or the file says about when an alert is told: each rule knows its line.

/// Alerts that share some of their values are told together.
package struct GroupRule: Sendable, Hashable {
  /// What the alerts of one group share; nothing: all alerts of the route are one group.
  package var by: [CooldownRule.CooldownKey]
  /// How long the first of a group waits for others.
  package var wait: Duration
  /// How long after a message what joins or ends is told in the next one.
  package var every: Duration
  package var rule: Rule

  /// The group of an alert on a route of that identity.
  func key(for alert: Alert, scope: String) -> HoldKey {
    CooldownRule(window: every, by: by, rule: rule).key(for: alert, scope: scope)
  }

  /// What the alerts of a group share, for a person: `cluster=eu`.
  func name(for alert: Alert) -> String {
    by.map { "\($0.name)=\($0.value(of: alert))" }.joined(separator: " ")
  }
}

/// Hours in which nothing is told, of a route or of a channel.
package struct QuietRule: Sendable, Hashable {
  package var window: WallClockWindow
  /// What is told all the same.
  package var except: SeveritySelector?
  package var rule: Rule

  /// When the hours end in which an alert of this severity waits; nil when it need not.
  func end(for severity: Severity, at now: Instant) -> Instant? {
    except?.contains(severity) == true ? nil : window.end(at: now)
  }
}

/// What was told and still fires is told again, every so often.
package struct ReminderRule: Sendable, Hashable {
  package var every: Duration
  package var rule: Rule
}

/// What nobody took on after some time is told to others.
package struct EscalationRule: Sendable, Hashable {
  /// Counted from when the alert was first told.
  package var after: Duration
  package var to: [ChannelName]
  package var rule: Rule
}

/// While some alerts are active, others that share values with them are muted.
package struct InhibitionRule: Sendable, Hashable {
  package var when: Matcher
  package var mute: Matcher
  /// Names of labels, or `category`, `source`, `severity`: what both must share.
  package var equal: [CooldownRule.CooldownKey]
  package var rule: Rule
  /// Names the rule over edits of the file that move it.
  package var identity: String

  /// What this alert shares with those that it mutes, or with those that mute it.
  func key(for alert: Alert) -> HoldKey {
    CooldownRule(window: .zero, by: equal, rule: rule).key(for: alert, scope: identity)
  }
}

/// An alert that changes state more than `over` times `within` is flapping.
package struct FlappingRule: Sendable, Hashable {
  package var over: Int
  package var within: Duration
  package var rule: Rule
}

/// An alert that is expected: its not coming is what is told.
package struct ExpectationRule: Sendable, Hashable {
  /// The expected alert's id, whatever its source.
  package var id: String
  package var every: Duration
  /// Of the alert that tells that it did not come.
  package var severity: Severity
  package var rule: Rule

  /// The alert that tells that an expected one did not come.
  package static func alarm(of id: String) -> AlertKey { AlertKey(source: .belfry, id: alarmPrefix + id) }
  package static let alarmPrefix = "expect/"

  func alarm(cameAt: Instant?, at now: Instant) -> Alert {
    let last = cameAt.map { "It came last at \($0.iso8601)." } ?? "It has not come since Belfry was told to expect it."
    return Alert(
      source: .belfry,
      id: ExpectationRule.alarm(of: id).id,
      severity: severity,
      category: "expected_alert_missing",
      title: "\(id) did not come within \(every.text)",
      detail: "\(last) It is expected every \(every.text) (\(rule)).",
      firstSeen: now.iso8601
    )
  }
}
