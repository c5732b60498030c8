// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// Which deliveries to lease, how many, and for how long.
package struct LeaseTerms: Sendable, Hashable {
  package var count: Int
  package var duration: Duration
  /// The most deliveries per channel; a channel that is not listed gets none.
  ///
  /// Nil for no limit.
  package var room: [ChannelName: Int]?
  /// The lowest severity to lease of the waiting ones; nil for any.
  package var atLeast: Severity?
  /// Whether it includes deliveries waiting for a retry before their time, though never those that another process has
  /// leased.
  package var takesRetries: Bool
  /// Whether it includes deliveries that wait for earlier, less severe ones about the same alert; what is named in `only`
  /// then waits for nothing.
  package var takesWaiting: Bool
  /// Only these waiting deliveries; nil for any.
  package var only: [DeliveryID]?

  package init(
    count: Int,
    duration: Duration,
    room: [ChannelName: Int]? = nil,
    atLeast: Severity? = nil,
    takesRetries: Bool = false,
    takesWaiting: Bool = false,
    only: [DeliveryID]? = nil
  ) {
    self.count = count
    self.duration = duration
    self.room = room
    self.atLeast = atLeast
    self.takesRetries = takesRetries
    self.takesWaiting = takesWaiting
    self.only = only
  }

  /// Those of these new deliveries that are leased, the most severe first.
  package func admitted(of deliveries: [NewDelivery]) -> Set<DeliveryID> {
    var admitted: Set<DeliveryID> = []
    var rest = room
    for one in deliveries.sorted(by: { ($0.severity, $0.id) < ($1.severity, $1.id) }) where admitted.count < count {
      if let free = rest?[one.channel, default: 0] {
        guard free > 0 else { continue }
        rest?[one.channel] = free - 1
      }
      admitted.insert(one.id)
    }
    return admitted
  }
}

/// A delivery leased to this process until the lease ends.
package struct LeasedDelivery: Sendable, Hashable {
  package var delivery: NewDelivery
  package var createdAt: Instant
  /// The attempt's number, from 1.
  package var attempt: Int
  /// Proves the lease when it is settled.
  package var token: Int
  package var leasedUntil: Instant
  /// The receipts of the deliveries that it follows, if those have arrived.
  package var earlier: [Receipt]
  /// The alerts in earlier messages of the same group or burst, with their status after this one, most severe first.
  package var alreadySent: [Alert] = []
  /// Where the start of the alert was delivered instead of on this channel; nil if it was delivered here, or not known.
  package var start: StartElsewhere?
  /// The result of earlier attempts that reached some recipients; nil if they reached nobody.
  package var progress: Receipt?
  /// The reason why the last attempt failed; nil if none did.
  package var lastReason: Verdict.Reason?
  /// Information for this attempt, collected by the earlier ones.
  package var memory: AttemptMemory
  /// Since when it is tried: its creation, or its retry from the dead letters.
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

/// The delivery of an alert's start by another channel.
package struct StartElsewhere: Sendable, Hashable {
  package var delivery: DeliveryID
  package var channel: ChannelName
}
