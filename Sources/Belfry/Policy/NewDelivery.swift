// SPDX-License-Identifier: Apache-2.0

/// A notice bound to a channel, to be delivered as soon as it is committed.
package struct NewDelivery: Sendable, Hashable {
  package var id: DeliveryID
  package var channel: ChannelName
  package var content: Notice.Content
  /// What is to be said of some of its alerts besides what they say themselves.
  package var marks: [AlertKey: Notice.Mark]
  /// Why it comes; see `Notice.reason`.
  package var reason: String
  /// Which route sent it; see `Notice.route`.
  package var route: String
  /// The worst severity in it, which decides who goes first.
  package var severity: Severity
  /// How many other alerts are held back meanwhile.
  package var suppressed: Int
  /// Earlier deliveries on this channel that it continues, the first one first.
  package var follows: [DeliveryID]
  /// The channels that were to tell this and could not, the first one first.
  package var forwardings: [Notice.Forwarding] = []

  package init(
    id: DeliveryID,
    channel: ChannelName,
    content: Notice.Content,
    marks: [AlertKey: Notice.Mark] = [:],
    reason: String,
    route: String,
    severity: Severity,
    suppressed: Int = 0,
    follows: [DeliveryID] = []
  ) {
    self.id = id
    self.channel = channel
    self.content = content
    self.marks = marks
    self.reason = reason
    self.route = route
    self.severity = severity
    self.suppressed = suppressed
    self.follows = follows
  }
  /// The same on another channel, because this one could not tell it.
  package func forwarded(
    to channel: ChannelName,
    because reason: Verdict.Reason,
    since: Instant,
    at now: Instant
  ) -> NewDelivery {
    var delivery = self
    delivery.id = DeliveryIDSource.successor(of: id, on: channel, at: now)
    delivery.channel = channel
    // What it continues is told elsewhere.
    delivery.follows = []
    delivery.forwardings.append(Notice.Forwarding(from: self.channel, because: reason, since: since))
    return delivery
  }
}
