// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The times at which nothing is sent, for a route or a channel: its quiet hours, and the time outside its active hours.
package struct QuietRule: Sendable, Hashable {
  /// One entry of `quiet`, or all of `only`.
  package struct Clause: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
      /// Alerts wait in its hours.
      case quiet
      /// Alerts wait outside of its hours.
      case only
    }

    package var kind: Kind
    /// The hours as the file describes them: `nights (22:00 to 07:00 Europe/Paris)`.
    package var text: String
    /// The hours in which alerts wait.
    package let waiting: Hours
    /// The severities that are sent anyway.
    package var except: SeveritySelector?
    package var rule: Rule

    package init(kind: Kind, text: String, spans: [CalendarSpan], except: SeveritySelector? = nil, rule: Rule) {
      self.kind = kind
      self.text = text
      waiting = Hours(spans, isInverted: kind == .only)
      self.except = except
      self.rule = rule
    }

    /// Whether an alert of this severity ever waits.
    func applies(to severity: Severity) -> Bool { except?.contains(severity) != true }
  }

  package let clauses: [Clause]
  /// The rule of its first clause.
  package let rule: Rule

  /// Nil without clauses.
  package init?(_ clauses: [Clause]) {
    guard let first = clauses.first else { return nil }
    self.clauses = clauses
    rule = first.rule
  }

  /// The time until which an alert of this severity waits, and the rule by which it does; nil if it does not wait.
  package func wait(of severity: Severity, at now: Instant) -> (end: Instant, rule: Rule)? {
    let applying = clauses.filter { $0.applies(to: severity) }
    guard let clause = applying.first(where: { $0.waiting.end(at: now) != nil }) else { return nil }
    let hours = applying.dropFirst().reduce(applying[0].waiting) { $0 + $1.waiting }
    return hours.end(at: now).map { ($0, clause.rule) }
  }
}
