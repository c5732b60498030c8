// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How a source was when the notifier last wrote it down, for those who ask beside it.
package struct SourceNote: Sendable, Hashable {
  package var name: SourceName
  /// When it was last read; nil when it never was since the notifier began.
  package var lastRead: Instant?
  /// Why it cannot be read, and since when; nil while it can.
  package var trouble: Trouble?
  /// How many alerts of it are in force.
  package var active: Int
  /// When this was written down: within the last minutes, as long as the notifier runs.
  package var at: Instant

  package struct Trouble: Sendable, Hashable {
    package var reason: String
    package var since: Instant
    package init(_ reason: String, since: Instant) {
      self.reason = reason
      self.since = since
    }
  }

  package init(name: SourceName, lastRead: Instant?, trouble: Trouble? = nil, active: Int, at now: Instant) {
    self.name = name
    self.lastRead = lastRead
    self.trouble = trouble
    self.active = active
    self.at = now
  }
}
