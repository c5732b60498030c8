// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryPolicy

/// The results of one channel's finished deliveries, and its last failed attempt.
package struct ChannelTotals: Sendable, Hashable {
  /// A failed attempt; the later one is greater.
  package struct Failure: Sendable, Hashable, Comparable {
    package var at: Instant
    package var delivery: DeliveryID
    /// The attempt's number within its delivery, from 1.
    package var number: Int
    package var reason: Verdict.Reason

    package static func < (left: Failure, right: Failure) -> Bool {
      (left.at, left.delivery, left.number) < (right.at, right.delivery, right.number)
    }
  }

  package var delivered = 0
  package var forwarded = 0
  package var dropped = 0
  package var withdrawn = 0
  /// When a delivery last succeeded.
  package var lastDelivered: Instant?
  package var lastFailure: Failure?

  package init(
    delivered: Int = 0,
    forwarded: Int = 0,
    dropped: Int = 0,
    withdrawn: Int = 0,
    lastDelivered: Instant? = nil
  ) {
    self.delivered = delivered
    self.forwarded = forwarded
    self.dropped = dropped
    self.withdrawn = withdrawn
    self.lastDelivered = lastDelivered
  }

  /// Adds removed deliveries.
  ///
  /// The last success and failure may be theirs: then only the known totals have them.
  mutating func addPruned(_ gone: ChannelTotals, of known: ChannelTotals) {
    delivered += gone.delivered
    forwarded += gone.forwarded
    dropped += gone.dropped
    withdrawn += gone.withdrawn
    lastDelivered = [lastDelivered, gone.delivered > 0 ? known.lastDelivered : nil].compactMap(\.self).max()
    lastFailure = [lastFailure, known.lastFailure].compactMap(\.self).max()
  }

  /// Adds a finished delivery and its failed attempts.
  package mutating func add(_ record: DeliveryRecord, _ failures: [FailedAttempt]) {
    switch record.status {
    case .delivered:
      delivered += 1
      lastDelivered = [lastDelivered, record.settledAt].compactMap(\.self).max()
    case .forwarded: forwarded += 1
    case .dropped: dropped += 1
    case .withdrawn: withdrawn += 1
    case .pending, .dead: break
    }
    for failed in failures {
      let failure = Failure(at: failed.at, delivery: record.delivery.id, number: failed.number, reason: failed.reason)
      lastFailure = max(lastFailure ?? failure, failure)
    }
  }

  /// The numbers of deliveries by status; a status without one is left out.
  package var counts: [DeliveryRecord.Status: Int] {
    [.delivered: delivered, .forwarded: forwarded, .dropped: dropped, .withdrawn: withdrawn].filter { $0.value > 0 }
  }

  /// Counts a settled attempt.
  mutating func count(_ settlement: Settlement, attempt number: Int, at now: Instant) {
    switch settlement.result.end {
    case .delivered:
      delivered += 1
      lastDelivered = max(lastDelivered ?? now, now)
    case .forwarded: forwarded += 1
    case .dropped: dropped += 1
    case .withdrawn: withdrawn += 1
    case .pending, .dead, nil: break
    }
    if let failed = settlement.result.failed(number, at: now) {
      let failure = Failure(at: now, delivery: settlement.id, number: number, reason: failed.reason)
      lastFailure = max(lastFailure ?? failure, failure)
    }
  }
}
