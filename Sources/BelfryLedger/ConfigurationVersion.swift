// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A version of `channels.json` that was in force.
package struct ConfigurationVersion: Sendable, Hashable {
  /// How many versions are kept.
  package static let kept = 100

  /// The version's number, from 1.
  package var number: Int
  /// When it came into force.
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

/// The reason why a changed `channels.json` was rejected.
package struct ConfigurationRefusal: Sendable, Hashable {
  package var at: Instant
  /// The findings, as `belfry check` prints them.
  package var findings: [String]

  package init(at: Instant, findings: [String]) {
    self.at = at
    self.findings = findings
  }
}
