// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension AlertRecord {
  /// The record after the clock was set, and the due time of the timer that the ledger stores for it.
  func following(_ step: ClockStep, _ longest: LongestWaits, due: Instant?) -> (record: AlertRecord, due: Instant?) {
    let moved = following(step, longest)
    return (moved, due == timer ? moved.timer : due.map { step.end($0, longest: longest.alert) })
  }
}

/// The times of a pending delivery: when it was created, since when it is tried, and what it waits for.
struct DeliveryTimes: Sendable, Hashable {
  var visibleAt: Instant
  var createdAt: Instant
  var revivedAt: Instant?

  /// The times after the clock was set: the remaining wait stays the same, and so does the age that counts against its
  /// retry budget.
  ///
  /// When the clock is set back, the creation time stays, because links in its message contain it; only the start of
  /// its budget moves earlier.
  func following(_ step: ClockStep, longest: Duration) -> DeliveryTimes {
    var times = self
    times.visibleAt = step.end(visibleAt, longest: longest)
    if step.by < .zero {
      let triedSince = revivedAt ?? createdAt
      let moved = step.moment(triedSince)
      if moved != triedSince { times.revivedAt = moved }
    } else {
      times.createdAt = step.moment(createdAt)
      times.revivedAt = revivedAt.map(step.moment)
    }
    return times
  }
}

extension DeliveryRecord {
  var times: DeliveryTimes {
    get { DeliveryTimes(visibleAt: visibleAt, createdAt: createdAt, revivedAt: revivedAt) }
    set { (visibleAt, createdAt, revivedAt) = (newValue.visibleAt, newValue.createdAt, newValue.revivedAt) }
  }
}

extension LeasedDelivery {
  /// The delivery after the clock was set.
  package func following(_ step: ClockStep, longest: Duration) -> LeasedDelivery {
    let revivedAt = triedSince == createdAt ? nil : triedSince
    let times = DeliveryTimes(visibleAt: leasedUntil, createdAt: createdAt, revivedAt: revivedAt)
      .following(step, longest: longest)
    var leased = self
    leased.leasedUntil = times.visibleAt
    leased.createdAt = times.createdAt
    leased.triedSince = times.revivedAt ?? times.createdAt
    return leased
  }
}
