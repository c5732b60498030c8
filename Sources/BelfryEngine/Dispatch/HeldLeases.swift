// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// The leases that a dispatcher holds: its deliveries that wait in a queue, are attempted, or are not yet settled.
///
/// Of a delivery it keeps the numbers and the times of its lease. Each attempt asks for them several times, and copying a
/// whole delivery costs more than the question.
struct HeldLeases: Sendable {
  struct Lease: Sendable, Hashable {
    var token: Int
    /// The number of the attempt that the lease is for.
    var attempt: Int
    fileprivate(set) var times: DeliveryTimes
  }

  private var leases: [DeliveryID: Lease] = [:]
  /// Deliveries that were leased again while their earlier lease was held.
  private var renewed: [DeliveryID: LeasedDelivery] = [:]

  /// Adds a lease.
  ///
  /// - Returns: whether the delivery is new here. A known one is not attempted a second time; its latest token settles it.
  mutating func add(_ leased: LeasedDelivery) -> Bool {
    let id = leased.delivery.id
    guard leases.updateValue(Lease(leased), forKey: id) == nil else {
      renewed[id] = leased
      return false
    }
    return true
  }

  /// The latest lease of a delivery; nil when none is held.
  func latest(of id: DeliveryID) -> Lease? { leases[id] }

  /// The delivery with its times as they are after clock changes.
  func current(_ leased: LeasedDelivery) -> LeasedDelivery {
    guard let times = leases[leased.delivery.id]?.times, times != leased.times else { return leased }
    var leased = leased
    leased.times = times
    return leased
  }

  /// Ends the lease of a delivery that was settled under `token`.
  ///
  /// - Returns: the delivery under its newer lease, when it was leased again after it was settled.
  mutating func end(_ id: DeliveryID, settledUnder token: Int) -> LeasedDelivery? {
    leases[id] = nil
    guard let newer = renewed.removeValue(forKey: id), newer.token != token else { return nil }
    return newer
  }

  /// Shifts the times by a change of the clock; `longest` bounds every wait.
  mutating func follow(_ step: ClockStep, longest: Duration) {
    for id in leases.keys { leases[id]?.times.follow(step, longest: longest) }
    for id in renewed.keys { renewed[id]?.times.follow(step, longest: longest) }
  }
}

extension HeldLeases.Lease {
  fileprivate init(_ leased: LeasedDelivery) {
    self.init(token: leased.token, attempt: leased.attempt, times: leased.times)
  }
}
