// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How an alert stands by what the ledger can show: exactly one of these, for every alert and at every moment.
///
/// `AlertRecord.standing` says the same by the record alone, and cannot know what became of a delivery.
package enum LawStanding: String, Sendable, Hashable, CaseIterable {
  /// A message that tells it arrived.
  case told
  /// It waits in a list, or its message is still on its way.
  case waiting
  /// A silence, quiet hours or another alert keeps it back.
  case muted
  /// Every message that was to tell it was given up.
  case dead
  /// A rule says that it is told to nobody, or an operator dismissed its dead letter.
  case dropped
  /// It is not active.
  case ended
  /// None of these: an error in Belfry.
  case lost

  /// By the deliveries that the record names, as far as the ledger holds them.
  package init(_ record: AlertRecord, deliveries: [DeliveryID: DeliveryRecord]) {
    let statuses = Set(record.tellings.flatMap(\.deliveries).compactMap { deliveries.end(of: $0)?.status })
    let waits = record.waits
    self =
      if !record.isActive {
        .ended
      } else if statuses.contains(.delivered) {
        .told
      } else if statuses.contains(.pending) {
        .waiting
      } else if statuses.contains(.dead) {
        .dead
      } else if !waits.isEmpty {
        waits.allSatisfy(\.isMute) ? .muted : .waiting
      } else if statuses.contains(.dropped) {
        .dropped
      } else {
        record.dropped == nil ? .lost : .dropped
      }
  }
}

extension [DeliveryID: DeliveryRecord] {
  /// Where a delivery ended up: where another channel was asked instead, the delivery there.
  ///
  /// Nil when one on the way is not known. A delivery takes the place of an older one, so this ends.
  package func end(of id: DeliveryID) -> DeliveryRecord? {
    var record = self[id]
    while let successor = record?.successor { record = self[successor] }
    return record
  }
}

extension AlertRecord {
  /// What those know of it who were told of it, and not of its end.
  package var tellings: [Told] { told.filter { $0.state != .over } }
}
