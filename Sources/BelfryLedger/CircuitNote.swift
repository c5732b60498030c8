// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A channel's circuit that is not closed, as recorded by the dispatcher.
package struct CircuitNote: Sendable, Hashable {
  package var channel: ChannelName
  /// Since when nothing works.
  package var since: Instant
  /// When the next delivery is attempted as a probe.
  package var until: Instant
  /// The length of the last pause.
  package var rest: Duration
  /// The reason why it opened.
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
