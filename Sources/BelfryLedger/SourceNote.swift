// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A source's state when the notifier last recorded it, for other processes to read.
package struct SourceNote: Sendable, Hashable {
  package var name: SourceName
  /// When it was last read; nil if it was not read since the notifier started.
  package var lastRead: Instant?
  /// Why it is unreadable, and since when; nil while it is readable.
  package var trouble: Trouble?
  /// The number of its active alerts.
  package var active: Int
  /// When this was recorded: within the last minutes while the notifier is running.
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
