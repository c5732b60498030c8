// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How many deliveries to lease, for how long, and which.
package struct LeaseTerms: Sendable, Hashable {
  package var count: Int
  package var duration: Duration
  /// How many of each channel at most, and none of a channel that is not named; nil for as many as there are.
  package var room: [ChannelName: Int]?
  /// The least severe that is leased of what waits; nil for any.
  package var atLeast: Severity?
  /// Whether it takes what waits to be tried again before its time has come, though never what someone else has leased.
  package var takesRetries: Bool
  /// These deliveries and no others, of what waits; nil for any.
  package var only: [DeliveryID]?

  package init(
    count: Int,
    duration: Duration,
    room: [ChannelName: Int]? = nil,
    atLeast: Severity? = nil,
    takesRetries: Bool = false,
    only: [DeliveryID]? = nil
  ) {
    self.count = count
    self.duration = duration
    self.room = room
    self.atLeast = atLeast
    self.takesRetries = takesRetries
    self.only = only
  }

  /// Whether a delivery that is being written to this channel may be leased; if so, there is room for one less.
  mutating func admit(_ channel: ChannelName) -> Bool {
    guard count > 0, room.map({ $0[channel, default: 0] > 0 }) ?? true else { return false }
    count -= 1
    room?[channel, default: 1] -= 1
    return true
  }
}

/// A delivery that is ours to attempt until the lease ends.
package struct LeasedDelivery: Sendable, Hashable {
  package var delivery: NewDelivery
  package var createdAt: Instant
  /// This attempt's number, counted from 1.
  package var attempt: Int
  /// What proves the lease when it is settled.
  package var token: Int
  package var leasedUntil: Instant
  /// The receipts of the deliveries that it follows, as far as those have arrived.
  package var earlier: [Receipt]
  /// What earlier attempts came to when they reached some of those it is for; nil when they reached nobody.
  package var progress: Receipt?
  /// Why the last attempt failed; nil when none did.
  package var lastReason: Verdict.Reason?
  /// What the attempts made so far leave for this one.
  package var memory: AttemptMemory
  /// Since when it is tried: when it was made, or brought back from the dead letters.
  package var triedSince: Instant

  package init(
    delivery: NewDelivery,
    createdAt: Instant,
    attempt: Int,
    token: Int,
    leasedUntil: Instant,
    earlier: [Receipt] = [],
    progress: Receipt? = nil,
    lastReason: Verdict.Reason? = nil,
    memory: AttemptMemory = AttemptMemory(),
    triedSince: Instant? = nil
  ) {
    self.delivery = delivery
    self.createdAt = createdAt
    self.attempt = attempt
    self.token = token
    self.leasedUntil = leasedUntil
    self.earlier = earlier
    self.progress = progress
    self.lastReason = lastReason
    self.memory = memory
    self.triedSince = triedSince ?? createdAt
  }
}
