// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// An alert waits in a hold.
package struct Wait: Sendable, Hashable {
  package var hold: HoldID
  /// The channels for which the hold keeps it; empty if an older Belfry wrote it.
  package var channels: [ChannelName]
  /// The decision that began it; nil if an older Belfry wrote it.
  package var start: Start?

  /// The decision by which a wait began.
  package struct Start: Sendable, Hashable {
    package var at: Instant
    package var rule: Rule
    package var cause: Decision.Cause

    package init(at: Instant, rule: Rule, cause: Decision.Cause) {
      self.at = at
      self.rule = rule
      self.cause = cause
    }
  }

  package init(_ hold: HoldID, for channels: [ChannelName] = [], since start: Start? = nil) {
    self.hold = hold
    self.channels = channels
    self.start = start
  }
}

extension [Wait] {
  package subscript(hold: HoldID) -> Wait? { first { $0.hold == hold } }
  package func contains(_ hold: HoldID) -> Bool { contains { $0.hold == hold } }
}
