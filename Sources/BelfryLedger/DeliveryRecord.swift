// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// A delivery's state in the ledger.
package struct DeliveryRecord: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable, CaseIterable {
    /// Due now or later, or leased.
    case pending
    case delivered
    case dead
    /// Another channel was asked to deliver it; see `successor`.
    case forwarded
    /// An operator discarded it.
    case dropped
    /// It was not sent, because the alert resolved first.
    case withdrawn
  }

  package var delivery: NewDelivery
  package var createdAt: Instant
  package var status: Status
  /// When it is due or to be retried, or when its lease ends.
  package var visibleAt: Instant
  package var attempts: Int
  /// The reason for the last failed attempt; nil if none failed.
  package var lastReason: Verdict.Reason?
  /// The delivery's receipt; nil until it has reached someone.
  package var receipt: Receipt?
  /// When it was delivered or became dead; nil while it is pending.
  package var settledAt: Instant?
  /// The delivery on another channel that replaced it.
  package var successor: DeliveryID?
  /// An earlier delivery about the same alert, for which it waits; nil if it is due by itself.
  package var waitsFor: DeliveryID?
  /// Information for the next attempt, collected by the earlier ones.
  package var memory = AttemptMemory()
  /// When it was last retried from the dead letters.
  package var revivedAt: Instant?

  /// Since when it is tried: its creation, or its retry from the dead letters.
  package var triedSince: Instant { revivedAt ?? createdAt }

  /// Whether someone received it, or may have received it.
  package var mayHaveArrived: Bool {
    status == .delivered || receipt != nil || !memory.isCertain || lastReason?.outcome == .ambiguous
  }

  package init(
    delivery: NewDelivery,
    createdAt: Instant,
    status: Status,
    visibleAt: Instant,
    attempts: Int,
    lastReason: Verdict.Reason? = nil,
    receipt: Receipt? = nil,
    settledAt: Instant? = nil
  ) {
    self.delivery = delivery
    self.createdAt = createdAt
    self.status = status
    self.visibleAt = visibleAt
    self.attempts = attempts
    self.lastReason = lastReason
    self.receipt = receipt
    self.settledAt = settledAt
  }
}
