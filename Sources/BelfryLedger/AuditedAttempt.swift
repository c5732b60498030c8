// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the ledger keeps of a settled attempt, so that its row in the audit log can be missed.
///
/// It is written in the transaction that settles the attempt. The row follows after the commit, so a process that dies between
/// the two leaves an attempt without a row; the next start writes that row.
package struct AuditedAttempt: Sendable, Hashable {
  /// Counted from 1 in the order in which attempts were settled.
  package var number: Int
  package var attempt: DeliveryAttempt
  /// When it was settled.
  package var at: Instant
  /// Whether the ledger still holds the delivery.
  package var hasDelivery: Bool

  package init(number: Int, attempt: DeliveryAttempt, at: Instant, hasDelivery: Bool = true) {
    self.number = number
    self.attempt = attempt
    self.at = at
    self.hasDelivery = hasDelivery
  }
}

/// Messages that arrived, in the order in which the ledger settled them: a page after a cursor.
package struct DeliveredPage: Sendable, Hashable {
  /// The number of the last settled attempt that was examined: the cursor for the next page.
  package var last: Int
  package var deliveries: [Delivered] = []

  /// A message that arrived whole.
  package struct Delivered: Sendable, Hashable {
    package var at: Instant
    package var record: DeliveryRecord

    package init(at: Instant, record: DeliveryRecord) {
      self.at = at
      self.record = record
    }
  }

  package init(last: Int) { self.last = last }
}
