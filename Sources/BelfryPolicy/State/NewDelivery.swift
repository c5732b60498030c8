// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A notice for a channel, to be delivered as soon as it is committed.
package struct NewDelivery: Sendable, Hashable {
  package var id: DeliveryID
  package var channel: ChannelName
  package var content: Notice.Content
  /// Additional information about some of its alerts.
  package var flags: [AlertKey: Notice.AlertFlags]
  /// The reason for it; see `Notice.reason`.
  package var reason: String
  /// The route that sent it; see `Notice.route`.
  package var route: String
  /// The identity of that route, which stays the same when the route is moved; empty if several routes sent it, or none.
  package var routeIdentity = ""
  /// The highest severity in it, which decides the order of deliveries.
  package var severity: Severity
  /// The number of other alerts currently held back.
  package var suppressed: Int
  /// Earlier deliveries on this channel that it continues, first one first.
  package var follows: [DeliveryID]
  /// The channels that should have delivered this and failed, first one first.
  package var forwardings: [Notice.Forwarding] = []
  /// The group that it is about; see `Notice.group`.
  package var group: GroupIdentity?

  package init(
    id: DeliveryID,
    channel: ChannelName,
    content: Notice.Content,
    flags: [AlertKey: Notice.AlertFlags] = [:],
    reason: String,
    route: String,
    severity: Severity,
    suppressed: Int = 0,
    follows: [DeliveryID] = []
  ) {
    self.id = id
    self.channel = channel
    self.content = content
    self.flags = flags
    self.reason = reason
    self.route = route
    self.severity = severity
    self.suppressed = suppressed
    self.follows = follows
  }
  /// The delivery moved to another channel, because this one could not deliver it.
  package func forwarded(
    to channel: ChannelName,
    because reason: Verdict.Reason,
    since: Instant,
    at now: Instant
  ) -> NewDelivery {
    var delivery = self
    delivery.id = DeliveryIDSource.successor(of: id, on: channel, at: now)
    delivery.channel = channel
    // The messages it continues are on the other channel.
    delivery.follows = []
    delivery.forwardings.append(Notice.Forwarding(from: self.channel, because: reason, since: since))
    return delivery
  }
}
