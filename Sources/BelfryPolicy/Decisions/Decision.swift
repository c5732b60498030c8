// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the policy decided about one alert, why, and which rule of `channels.json` it followed.
package struct Decision: Sendable, Hashable {
  package enum Outcome: Sendable, Hashable {
    /// These channels are notified, by these deliveries.
    case notify([ChannelName])
    /// It waits: until that moment or, where it is nil, until what mutes it ends.
    case hold(until: Instant?)
    /// Nobody is notified.
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
  package var cause: Cause
  package var rule: Rule
  /// The deliveries that notify, one for each channel of `notify`.
  package var deliveries: [DeliveryID]

  package init(
    alert: AlertKey,
    severity: Severity,
    outcome: Outcome,
    cause: Cause,
    rule: Rule,
    deliveries: [DeliveryID] = []
  ) {
    self.alert = alert
    self.severity = severity
    self.outcome = outcome
    self.cause = cause
    self.rule = rule
    self.deliveries = deliveries
  }

  /// The cause as a clause: "new alert", "warning → critical".
  package var reason: String { cause.text }
}

/// The rule that made a decision.
package enum Rule: Sendable, Hashable, CustomStringConvertible {
  /// A rule of `channels.json`: its path, such as `routes[2].cooldown`, and its line, counted from 1; line 0 is a default that
  /// the file does not spell out.
  case file(path: String, line: Int)
  /// What an operator said outside of the file, such as `belfry ack`.
  case command(String)
  case silence(SilenceID)

  package init(path: String, line: Int) { self = .file(path: path, line: line) }

  package var description: String {
    switch self {
    case .file(let path, 0): "\(path), by default"
    case .file(let path, let line): "\(path), line \(line)"
    case .command, .silence: path
    }
  }

  /// Its path in the file, or its name where it is not in the file.
  package var path: String {
    switch self {
    case .file(let path, _): path
    case .command(let name): name
    case .silence(let id): "silence \(id)"
    }
  }

  /// The silence that it is; nil for any other rule.
  package var silence: SilenceID? {
    if case .silence(let id) = self { id } else { nil }
  }

  /// Its line in the file; -1 where it is not in the file.
  package var line: Int {
    if case .file(_, let line) = self { line } else { -1 }
  }

  /// Reads the path and line back that the ledger stores.
  package init(storedPath path: String, line: Int) {
    let silence = "silence "
    if line >= 0 {
      self = .file(path: path, line: line)
    } else if path.utf8.starts(with: silence.utf8) {
      self = .silence(SilenceID(String(Substring(path.utf8.dropFirst(silence.utf8.count)))))
    } else {
      self = .command(path)
    }
  }
}
