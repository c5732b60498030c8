// SPDX-License-Identifier: Apache-2.0

/// What is remembered of one key, such as a probe and its category: the last wake, and the events that count for the next.
package struct WakeRecord: Sendable, Hashable {
  /// When someone was woken last.
  package private(set) var lastWake: Instant?
  /// Never more than are required.
  private var recent: [Instant] = []

  /// `lastWake` is what was kept of an earlier run.
  package init(lastWake: Instant? = nil) { self.lastWake = lastWake }

  /// What is remembered, to be kept: the last wake, or `-`, then the events, in microseconds.
  package var text: String {
    ([lastWake.map { String($0.microseconds) } ?? "-"] + recent.map { String($0.microseconds) }).joined(separator: " ")
  }

  /// Reads what `text` gave.
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

  /// Takes an event in, and says whether it wakes.
  ///
  /// Events during a debounce count for the next wake: what was bad all along needs no second proof when the debounce ends.
  package mutating func take(_ severity: Severity, at moment: Instant, by rules: WakeRules) -> WakeDecision {
    // After the clock was set back, what lies ahead says nothing: it must not mute the key until then.
    recent.removeAll { $0 > moment || moment - $0 >= rules.debounce }
    if let last = lastWake, last > moment { lastWake = nil }
    recent.append(moment)
    recent.removeFirst(max(recent.count - max(rules.required, 1), 0))
    let decision = decision(on: severity, at: moment, by: rules)
    if decision == .wake { lastWake = moment }
    return decision
  }

  /// Whether what is remembered decides nothing more.
  package func isSpent(at moment: Instant, by rules: WakeRules) -> Bool {
    ([lastWake].compactMap(\.self) + recent).allSatisfy { $0 > moment || moment - $0 >= rules.debounce }
  }

  private func decision(on severity: Severity, at moment: Instant, by rules: WakeRules) -> WakeDecision {
    if rules.debounce <= .zero || (rules.letsCriticalThrough && severity == .critical) { return .wake }
    if let last = lastWake, moment - last < rules.debounce { return .debounced(until: last + rules.debounce) }
    return recent.count < rules.required ? .count(recent.count, of: rules.required) : .wake
  }
}
