// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A channel's circuit that is not closed, as the dispatcher wrote it down.
package struct CircuitNote: Sendable, Hashable {
  package var channel: ChannelName
  /// Since when it is not closed.
  package var since: Instant
  /// When a delivery is tried again, to see whether it would be taken.
  package var until: Instant
  /// How long it rests the next time.
  package var rest: Duration
  /// What opened it.
  package var reason: Verdict.Reason

  package init(
    channel: ChannelName,
    since: Instant,
    until: Instant,
    rest: Duration,
    because reason: Verdict.Reason
  ) {
    self.channel = channel
    self.since = since
    self.until = until
    self.rest = rest
    self.reason = reason
  }
}
