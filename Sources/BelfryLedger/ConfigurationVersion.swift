// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A text of `channels.json` that was in force.
package struct ConfigurationVersion: Sendable, Hashable {
  /// Counted from 1.
  package var number: Int
  /// Since when it was in force.
  package var since: Instant
  /// Why it came into force, such as `start` or `channels.json changed`.
  package var cause: String
  package var text: String

  package init(number: Int, since: Instant, cause: String, text: String) {
    self.number = number
    self.since = since
    self.cause = cause
    self.text = text
  }
}

/// That a changed `channels.json` was not taken over, and why.
package struct ConfigurationRefusal: Sendable, Hashable {
  package var at: Instant
  /// What was found in it, as `belfry check` says it.
  package var findings: [String]

  package init(at: Instant, findings: [String]) {
    self.at = at
    self.findings = findings
  }
}
