// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension AlertRecord {
  /// The same after the clock was set, and when the timer is due that the ledger keeps for it.
  func following(_ step: ClockStep, _ longest: LongestWaits, due: Instant?) -> (record: AlertRecord, due: Instant?) {
    let moved = following(step, longest)
    return (moved, due == timer ? moved.timer : due.map { step.end($0, longest: longest.alert) })
  }
}

/// When a pending delivery was made, since when it is tried, and what it waits for.
struct DeliveryTimes: Sendable, Hashable {
  var visibleAt: Instant
  var createdAt: Instant
  var revivedAt: Instant?

  /// The same after the clock was set: what is left of a wait stays the same, and so does the age that its budget counts.
  ///
  /// Set back, it stays made at the moment that the links in its message name, and only its budget counts from earlier on.
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
  /// The same after the clock was set.
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
