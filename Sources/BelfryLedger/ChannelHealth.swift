// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How it goes with the deliveries of one channel.
package struct ChannelHealth: Sendable, Hashable {
  package struct Failure: Sendable, Hashable {
    package var at: Instant
    package var reason: Verdict.Reason
    package init(at now: Instant, because reason: Verdict.Reason) {
      self.at = now
      self.reason = reason
    }
  }

  /// How many stand how.
  package var counts: [DeliveryRecord.Status: Int] = [:]
  /// When one last arrived.
  package var lastDelivered: Instant?
  /// The last attempt that failed.
  package var lastFailure: Failure?
  /// When the oldest of those that are pending was made.
  package var oldestPending: Instant?
  /// When the first and the last of those that are pending are due, or their leases end.
  package var nextDue: Instant?
  package var lastDue: Instant?

  package init() {}

  /// Whether the last that is known of it is a failure, with something still to be delivered or given up for good.
  package var isFailing: Bool {
    guard let lastFailure else { return false }
    return lastDelivered.map { $0 < lastFailure.at } ?? true
  }
}
