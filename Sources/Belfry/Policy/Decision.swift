// SPDX-License-Identifier: Apache-2.0

/// What the policy said about one alert, why, and which line of `channels.json` made it say so.
package struct Decision: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    /// It is told on these channels, by these deliveries.
    case notify([ChannelName])
    /// It is told later: when `until` has come, or, where it is nil, when what mutes it ends.
    case hold(until: Instant?)
    /// It is not told.
    case suppress

    package var name: String {
      switch self {
      case .notify: "notify"
      case .hold: "hold"
      case .suppress: "suppress"
      }
    }
  }

  package var alert: AlertKey
  package var severity: Severity
  package var outcome: Outcome
  /// What happened and what follows, as a clause: "first seen", "warning → critical".
  package var reason: String
  package var rule: Rule
  /// The deliveries by which it is told, one a channel of `notify`.
  package var deliveries: [DeliveryID]

  package init(
    alert: AlertKey,
    severity: Severity,
    outcome: Outcome,
    reason: String,
    rule: Rule,
    deliveries: [DeliveryID] = []
  ) {
    self.alert = alert
    self.severity = severity
    self.outcome = outcome
    self.reason = reason
    self.rule = rule
    self.deliveries = deliveries
  }
}

/// The rule that made a decision: its path in `channels.json` and its line there.
package struct Rule: Sendable, Hashable, CustomStringConvertible {
  /// Such as `routes[2].cooldown`.
  package var path: String
  /// Counted from 1; 0 when the rule is a default that the file does not spell out, -1 when it is none of the file's.
  package var line: Int

  package init(path: String, line: Int) {
    self.path = path
    self.line = line
  }

  package var description: String {
    switch line {
    case 0: "\(path), by default"
    case 1...: "\(path), line \(line)"
    default: path
    }
  }

  /// What an operator said outside of the file, such as `belfry ack`.
  package static func command(_ name: String) -> Rule { Rule(path: name, line: -1) }
  /// A silence.
  package static func silence(_ id: SilenceID) -> Rule { Rule(path: "silence \(id)", line: -1) }
}
