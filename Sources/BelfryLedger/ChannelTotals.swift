// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

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
  var withdrawn = 0
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
    withdrawn += gone.withdrawn
    lastDelivered = [lastDelivered, gone.delivered > 0 ? known.lastDelivered : nil].compactMap(\.self).max()
    lastFailure = [lastFailure, known.lastFailure].compactMap(\.self).max()
  }

  /// Adds a finished delivery and its failed attempts.
  mutating func add(_ record: DeliveryRecord, _ failures: [FailedAttempt]) {
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
  var counts: [DeliveryRecord.Status: Int] {
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
