// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The state of one channel's deliveries.
package struct ChannelHealth: Sendable, Hashable {
  package struct Failure: Sendable, Hashable {
    package var at: Instant
    package var reason: Verdict.Reason
    package init(at now: Instant, because reason: Verdict.Reason) {
      self.at = now
      self.reason = reason
    }
  }

  /// Number of deliveries by status.
  package var counts: [DeliveryRecord.Status: Int] = [:]
  /// When a delivery last succeeded.
  package var lastDelivered: Instant?
  /// The last failed attempt.
  package var lastFailure: Failure?
  /// When the oldest pending delivery was created.
  package var oldestPending: Instant?
  /// The earliest and latest times at which a pending delivery is due or its lease ends.
  package var nextDue: Instant?
  package var lastDue: Instant?

  package init() {}

  /// Whether the most recent result is a failure, and deliveries are pending or dead.
  package var isFailing: Bool {
    guard let lastFailure else { return false }
    return lastDelivered.map { $0 < lastFailure.at } ?? true
  }
}
