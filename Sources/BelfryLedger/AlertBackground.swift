// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the ledger holds that tells how some alerts came to stand as they do, all of one moment.
package struct AlertBackground: Sendable, Hashable {
  /// The last decisions about each, the latest last, as many as were asked for.
  package var decisions: [AlertKey: [RecordedDecision]] = [:]
  /// The deliveries that the records and the decisions name, and what took their place, as far as there are such.
  package var deliveries: [DeliveryID: DeliveryRecord] = [:]
  /// Of these, the attempts that failed, the first one first; the one that succeeded is the delivery's own.
  package var failures: [DeliveryID: [FailedAttempt]] = [:]
  /// How many others of its channel go before each of these that is pending.
  package var ahead: [DeliveryID: Int] = [:]
  /// When the lists in which they wait let go of them; none for one whose end is not known.
  package var due: [ListKey: Instant] = [:]

  package init() {}

  /// Looks up the deliveries of the records and of the last `told` decisions about each, then those that took their place.
  mutating func lookUpDeliveries(
    of records: [AlertRecord],
    told count: Int,
    _ find: (Set<DeliveryID>) throws -> [DeliveryRecord]
  ) rethrows {
    var open = Set(records.flatMap { $0.told.flatMap(\.deliveries) })
    for known in decisions.values { open.formUnion(known.suffix(count).flatMap(\.decision.deliveries)) }
    while !open.isEmpty {
      let found = try find(open)
      for record in found { deliveries[record.delivery.id] = record }
      open = Set(found.compactMap(\.successor)).subtracting(deliveries.keys)
    }
  }

  var pending: [DeliveryRecord] { deliveries.values.filter { $0.status == .pending } }
}
