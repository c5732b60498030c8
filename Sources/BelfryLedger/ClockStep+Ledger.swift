// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

extension AlertRecord {
  /// The record after the clock was set, and the due time of the timer that the ledger stores for it.
  package func following(_ step: ClockStep, _ longest: LongestWaits, due: Instant?) -> (
    record: AlertRecord, due: Instant?
  ) {
    let moved = following(step, longest)
    return (moved, due == timer ? moved.timer : due.map { step.end($0, longest: longest.alert) })
  }
}

/// The times of a pending delivery: when it was created, since when it is tried, and what it waits for.
package struct DeliveryTimes: Sendable, Hashable {
  var visibleAt: Instant
  var createdAt: Instant
  var revivedAt: Instant?

  /// The times after the clock was set: the remaining wait stays the same, and so does the age that counts against its
  /// retry budget.
  ///
  /// When the clock is set back, the creation time stays, because links in its message contain it; only the start of
  /// its budget moves earlier.
  package func following(_ step: ClockStep, longest: Duration) -> DeliveryTimes {
    var times = self
    times.follow(step, longest: longest)
    return times
  }

  /// Shifts the times in the same way.
  package mutating func follow(_ step: ClockStep, longest: Duration) {
    visibleAt = step.end(visibleAt, longest: longest)
    if step.by < .zero {
      let triedSince = revivedAt ?? createdAt
      let moved = step.moment(triedSince)
      if moved != triedSince { revivedAt = moved }
    } else {
      createdAt = step.moment(createdAt)
      revivedAt = revivedAt.map(step.moment)
    }
  }
}

extension DeliveryRecord {
  package var times: DeliveryTimes {
    get { DeliveryTimes(visibleAt: visibleAt, createdAt: createdAt, revivedAt: revivedAt) }
    set { (visibleAt, createdAt, revivedAt) = (newValue.visibleAt, newValue.createdAt, newValue.revivedAt) }
  }
}

extension LeasedDelivery {
  package var times: DeliveryTimes {
    get {
      DeliveryTimes(
        visibleAt: leasedUntil,
        createdAt: createdAt,
        revivedAt: triedSince == createdAt ? nil : triedSince
      )
    }
    set {
      (leasedUntil, createdAt) = (newValue.visibleAt, newValue.createdAt)
      triedSince = newValue.revivedAt ?? newValue.createdAt
    }
  }
}
