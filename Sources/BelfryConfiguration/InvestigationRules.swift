// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// When an investigator is woken; the defaults are those of the system that Belfry replaces.
package struct InvestigationRules: Sendable, Hashable {
  /// How long after a wake no other follows for the same key; with zero, every event wakes.
  package var debounce: Duration
  /// Whether a critical event always wakes.
  package var letsCriticalThrough: Bool
  /// The number of events within `debounce` that are needed to wake; with 1, the first event wakes.
  package var required: Int
  /// The scale that ranks the words of the audit log.
  package var severities = SeverityScale.standard

  package init(debounce: Duration = .seconds(600), letsCriticalThrough: Bool = false, required: Int = 2) {
    self.debounce = debounce
    self.letsCriticalThrough = letsCriticalThrough
    self.required = required
  }
}

/// The decision about an event that could wake the investigator.
package enum InvestigationDecision: Sendable, Hashable {
  /// The investigator is woken.
  case wake
  /// There have been too few events so far.
  case count(Int, of: Int)
  /// The investigator was woken recently.
  case debounced(until: Instant)
}
