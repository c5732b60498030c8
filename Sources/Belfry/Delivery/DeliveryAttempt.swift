// SPDX-License-Identifier: Apache-2.0

/// One attempt at a delivery: what a row of the audit log and the ledger both name.
package struct DeliveryAttempt: Sendable, Hashable {
  package var delivery: DeliveryID
  /// Counted from 1 for each delivery.
  package var number: Int

  package init(delivery: DeliveryID, number: Int) {
    self.delivery = delivery
    self.number = number
  }

  /// The keys of a row that name it: the last two before those of the chain.
  package static let keys = (delivery: "delivery", number: "attempt")
}
