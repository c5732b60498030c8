// SPDX-License-Identifier: Apache-2.0

/// When an investigator is woken, and when not: the defaults are those of the system that Belfry replaces.
package struct WakeRules: Sendable, Hashable {
  /// How long after a wake no other follows for the same key; zero lets every event wake.
  package var debounce: Duration
  /// Whether a critical event wakes whatever came before it.
  package var letsCriticalThrough: Bool
  /// How many events there must be within `debounce` for one to wake; at 1 the first does.
  package var required: Int

  package init(debounce: Duration = .seconds(600), letsCriticalThrough: Bool = false, required: Int = 2) {
    self.debounce = debounce
    self.letsCriticalThrough = letsCriticalThrough
    self.required = required
  }
}

/// What became of an event that could have woken someone.
package enum WakeDecision: Sendable, Hashable {
  /// Someone is woken.
  case wake
  /// Too few events came so far.
  case count(Int, of: Int)
  /// Someone was woken not long ago.
  case debounced(until: Instant)
}
