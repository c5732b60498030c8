// SPDX-License-Identifier: Apache-2.0
package import Belfry

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

  func alarm(arrivedAt: Instant?, at now: Instant) -> Alert {
    let last =
      arrivedAt.map { "It last arrived at \($0.iso8601)." } ?? "It has not arrived since it was added to `expect`."
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
