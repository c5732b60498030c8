// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The ledger's data that explains the status of some alerts, read at one moment.
package struct AlertBackground: Sendable, Hashable {
  /// The last decisions about each alert, latest last, up to the requested number.
  package var decisions: [AlertKey: [RecordedDecision]] = [:]
  /// When older decisions about an alert were last removed; an alert without removed ones is left out.
  package var pruned: [AlertKey: Instant] = [:]
  /// The deliveries named by the records and decisions, and their successors, if they exist.
  package var deliveries: [DeliveryID: DeliveryRecord] = [:]
  /// The failed attempts at these deliveries, first one first; the successful attempt is the delivery's own row.
  package var failures: [DeliveryID: [FailedAttempt]] = [:]
  /// For each pending delivery that waits for no other, the number of others on its channel that come before it.
  package var ahead: [DeliveryID: Int] = [:]
  /// The times at which the lists they wait in end; a list whose end is unknown is left out.
  package var due: [HoldID: Instant] = [:]

  package init() {}

  /// Looks up the deliveries of the records and of the last `notifications` decisions about each alert, then their successors.
  package mutating func lookUpDeliveries(
    of records: [AlertRecord],
    notifications count: Int,
    _ find: (Set<DeliveryID>) throws -> [DeliveryRecord]
  ) rethrows {
    var open = Set(records.flatMap { $0.notified.flatMap(\.deliveries) })
    for known in decisions.values { open.formUnion(known.suffix(count).flatMap(\.decision.deliveries)) }
    while !open.isEmpty {
      let found = try find(open)
      for record in found { deliveries[record.delivery.id] = record }
      open = Set(found.compactMap(\.successor)).subtracting(deliveries.keys)
    }
  }

  package var pending: [DeliveryRecord] { deliveries.values.filter { $0.status == .pending && $0.waitsFor == nil } }
}
