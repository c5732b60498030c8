// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The results of one channel's finished deliveries, and its last failed attempt.
struct ChannelTotals: Sendable, Hashable {
  /// A failed attempt; the later one is greater.
  struct Failure: Sendable, Hashable, Comparable {
    var at: Instant
    var delivery: DeliveryID
    /// The attempt's number within its delivery, from 1.
    var number: Int
    var reason: Verdict.Reason

    static func < (left: Failure, right: Failure) -> Bool {
      (left.at, left.delivery, left.number) < (right.at, right.delivery, right.number)
    }
  }

  var delivered = 0
  var forwarded = 0
  var dropped = 0
  /// When a delivery last succeeded.
  var lastDelivered: Instant?
  var lastFailure: Failure?

  /// Adds removed deliveries.
  ///
  /// The last success and failure may be theirs: then only the known totals have them.
  mutating func addPruned(_ gone: ChannelTotals, of known: ChannelTotals) {
    delivered += gone.delivered
    forwarded += gone.forwarded
    dropped += gone.dropped
    lastDelivered = [lastDelivered, gone.delivered > 0 ? known.lastDelivered : nil].compactMap(\.self).max()
    lastFailure = [lastFailure, known.lastFailure].compactMap(\.self).max()
  }

  /// Counts a settled attempt.
  mutating func count(_ settlement: Settlement, attempt number: Int, at now: Instant) {
    switch settlement.result.end {
    case .delivered:
      delivered += 1
      lastDelivered = max(lastDelivered ?? now, now)
    case .forwarded: forwarded += 1
    case .dropped: dropped += 1
    case .pending, .dead, nil: break
    }
    if let failed = settlement.result.failed(number, at: now) {
      let failure = Failure(at: now, delivery: settlement.id, number: number, reason: failed.reason)
      lastFailure = max(lastFailure ?? failure, failure)
    }
  }
}
