// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

extension MemoryTables: DeliveryOrder {
  func progress(of id: DeliveryID) -> DeliveryProgress? {
    deliveries[id].map { stored in
      DeliveryProgress(
        status: stored.record.status,
        isLeased: stored.token % 2 == 1,
        mayHaveArrived: stored.record.mayHaveArrived,
        successor: stored.record.successor
      )
    }
  }

  func message(of id: DeliveryID) -> NewDelivery? { deliveries[id]?.record.delivery }

  func isActive(_ alert: AlertKey) -> Bool? { alerts[alert]?.isActive }

  func record(of alert: AlertKey) -> AlertRecord? { alerts[alert] }

  func waits(of id: DeliveryID) -> [DeliveryID] { (waitsOf[id] ?? []).sorted() }

  func followers(of id: DeliveryID) -> [DeliveryID] { (waitsFor[id] ?? []).sorted() }

  mutating func wait(_ id: DeliveryID, for earlier: DeliveryID) { setWait(true, of: id, for: earlier) }

  mutating func endWaits(for earlier: DeliveryID) {
    for id in followers(of: earlier) { setWait(false, of: id, for: earlier) }
  }

  mutating func endWaits(of id: DeliveryID) {
    for earlier in waits(of: id) { setWait(false, of: id, for: earlier) }
  }

  /// The deliveries on these channels with at least this rank that wait only for less severe ones.
  func waitingForLess(on channels: Set<ChannelName>, rank: Int) -> [DeliveryID] {
    waitsOf.filter { id, earlier in
      guard let record = deliveries[id]?.record, record.status == .pending,
        channels.contains(record.delivery.channel), record.delivery.severity.urgency <= rank
      else { return false }
      return earlier.allSatisfy { message(of: $0).map { $0.severity.urgency > rank } ?? true }
    }.keys.sorted()
  }

  mutating func makeDue(_ id: DeliveryID, at now: Instant) {
    guard var stored = deliveries[id] else { return }
    stored.record.visibleAt = min(stored.record.createdAt, now)
    set(stored, for: id)
  }

  mutating func withdraw(_ id: DeliveryID, because reason: Verdict.Reason, at now: Instant) {
    guard var stored = deliveries[id] else { return }
    (stored.record.status, stored.record.settledAt, stored.record.lastReason) = (.withdrawn, now, reason)
    set(stored, for: id)
  }
}
