// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The status of an alert, derived from evidence in the ledger: exactly one per alert at any moment.
///
/// `AlertRecord.standing` derives the same from the record alone, which does not contain the results of deliveries.
package enum AlertStatus: String, Sendable, Hashable, CaseIterable {
  /// A notification about it arrived.
  ///
  /// Its name in JSON is the one of the system that Belfry replaces.
  case notified = "told"
  /// It waits in a list, or its notification is not delivered yet.
  case waiting
  /// A silence, quiet hours or another alert suppresses it.
  case muted
  /// Every notification about it is a dead letter.
  case dead
  /// A rule discards it, or an operator discarded its dead letter.
  case dropped
  /// It is not active.
  case ended
  /// None of these: a bug in Belfry.
  case lost

  /// Derives the status from the deliveries that the record names, if they exist.
  package init(_ record: AlertRecord, deliveries: [DeliveryID: DeliveryRecord]) {
    let statuses = Set(record.openNotifications.flatMap(\.deliveries).compactMap { deliveries.end(of: $0)?.status })
    let waits = record.waits
    self =
      if !record.isActive {
        .ended
      } else if statuses.contains(.delivered) {
        .notified
      } else if statuses.contains(.pending) {
        .waiting
      } else if statuses.contains(.dead) {
        .dead
      } else if !waits.isEmpty {
        waits.allSatisfy(\.hold.isMute) ? .muted : .waiting
      } else if statuses.contains(.dropped) {
        .dropped
      } else {
        record.dropped == nil ? .lost : .dropped
      }
  }
}

extension [DeliveryID: DeliveryRecord] {
  /// The last delivery in the chain of fallbacks that starts with `id`.
  ///
  /// Nil if one in the chain does not exist. A successor is always newer, so the chain ends.
  package func end(of id: DeliveryID) -> DeliveryRecord? {
    var record = self[id]
    while let successor = record?.successor { record = self[successor] }
    return record
  }
}

extension AlertRecord {
  /// The notifications about it whose recipients do not know yet that it has ended.
  package var openNotifications: [NotifiedChannel] { notified.filter { $0.state != .over } }
}
