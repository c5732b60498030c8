// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration

/// The history of one key, such as a probe and its category: the last wake, and the events that count for the next.
package struct InvestigationHistory: Sendable, Hashable {
  /// The last wake.
  package private(set) var lastWake: Instant?
  /// The recent events, never more than required.
  private var recent: [Instant] = []

  /// Creates a record; `lastWake` comes from an earlier run.
  package init(lastWake: Instant? = nil) { self.lastWake = lastWake }

  /// The stored form: the last wake, or `-`, then the events, in microseconds.
  package var text: String {
    ([lastWake.map { String($0.microseconds) } ?? "-"] + recent.map { String($0.microseconds) }).joined(separator: " ")
  }

  /// Reads the output of `text`.
  ///
  /// - Returns: nil for any other text.
  package init?(text: String) {
    let words = text.split(separator: " ")
    let moments = words.dropFirst().compactMap { Int64($0) }
    guard let first = words.first, moments.count == words.count - 1, first == "-" || Int64(first) != nil else {
      return nil
    }
    lastWake = Int64(first).map { Instant(microseconds: $0) }
    recent = moments.map { Instant(microseconds: $0) }
  }

  /// Adds an event, and decides whether it wakes the investigator.
  ///
  /// Events during a debounce count for the next wake: a problem that lasts needs no second confirmation when the
  /// debounce ends.
  package mutating func take(_ severity: Severity, at moment: Instant, by rules: InvestigationRules)
    -> InvestigationDecision
  {
    // After the clock was set back, future times are ignored: they must not mute the key until then.
    recent.removeAll { $0 > moment || moment - $0 >= rules.debounce }
    if let last = lastWake, last > moment { lastWake = nil }
    recent.append(moment)
    recent.removeFirst(max(recent.count - max(rules.required, 1), 0))
    let decision = decision(on: severity, at: moment, by: rules)
    if decision == .wake { lastWake = moment }
    return decision
  }

  /// Whether the record no longer affects any decision.
  package func isSpent(at moment: Instant, by rules: InvestigationRules) -> Bool {
    ([lastWake].compactMap(\.self) + recent).allSatisfy { $0 > moment || moment - $0 >= rules.debounce }
  }

  private func decision(on severity: Severity, at moment: Instant, by rules: InvestigationRules)
    -> InvestigationDecision
  {
    if rules.debounce <= .zero || (rules.letsCriticalThrough && severity.isCritical) { return .wake }
    if let last = lastWake, moment - last < rules.debounce { return .debounced(until: last + rules.debounce) }
    return recent.count < rules.required ? .count(recent.count, of: rules.required) : .wake
  }
}
