// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A delivery as it stands in the ledger.
package struct DeliveryRecord: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable, CaseIterable {
    /// Due now or later, or leased.
    case pending
    case delivered
    case dead
    /// Another channel was asked to tell it; see `successor`.
    case forwarded
    /// An operator dismissed it.
    case dropped
  }

  package var delivery: NewDelivery
  package var createdAt: Instant
  package var status: Status
  /// When it is due, to be retried, or when its lease ends.
  package var visibleAt: Instant
  package var attempts: Int
  /// Of the last attempt that failed; nil when none did.
  package var lastReason: Verdict.Reason?
  /// Of the delivery; nil until it has reached someone.
  package var receipt: Receipt?
  /// When it was delivered or given up; nil while it is pending.
  package var settledAt: Instant?
  /// The delivery on another channel that took its place.
  package var successor: DeliveryID?
  /// What the attempts made so far leave for the next one.
  package var memory = AttemptMemory()
  /// When it was last brought back from the dead letters.
  package var revivedAt: Instant?

  /// Since when it is tried: when it was made, or brought back from the dead letters.
  package var triedSince: Instant { revivedAt ?? createdAt }

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
