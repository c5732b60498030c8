// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// The messages that name the alerts of a tick, with what a check needs of them.
///
/// The digest of an hour with a million alerts contains 50,000 of them, and is named by each tick of that hour. So it is
/// kept from one tick to the next, and read from the ledger once. Nothing else is kept.
struct ReadMessages {
  private struct Message {
    var status: DeliveryRecord.Status
    var alerts: Set<AlertKey>
  }

  private var messages: [DeliveryID: Message] = [:]
  /// How many alerts the messages contained that were read, each time they were read.
  private(set) var entries = 0

  /// Reads the messages that the records of a tick name and that are not known, and the last decision about each alert.
  ///
  /// - Returns: the decisions.
  mutating func read(
    _ records: [AlertKey: AlertRecord],
    from ledger: any History
  ) async throws -> [AlertKey: [RecordedDecision]] {
    let named = Set(records.values.flatMap(ReadMessages.named))
    messages = messages.filter { named.contains($0.key) && $0.value.alerts.count > LongRunLoad.batch }
    let background = try await ledger.background(
      of: records.values.filter { !ReadMessages.named($0).allSatisfy { messages[$0] != nil } },
      decisions: records.mapValues { _ in 1 },
      notifications: 0
    )
    for (id, record) in background.deliveries {
      let alerts = record.delivery.content.alerts.map(\.key)
      messages[id] = Message(status: record.status, alerts: Set(alerts))
      entries += alerts.count
    }
    return background.decisions
  }

  /// What is wrong with the messages about an alert.
  ///
  /// - Returns: nil if the record names no message that exists.
  func faults(of record: AlertRecord) -> [LongRunFault]? {
    let key = record.alert.key
    let found = ReadMessages.named(record).compactMap { id in messages[id].map { (id, $0) } }
    guard !found.isEmpty else { return nil }
    return found.flatMap { id, message in
      var faults: [LongRunFault] = []
      if [.pending, .dead].contains(message.status) { faults.append(.notSent(key, message.status)) }
      if !message.alerts.contains(key) { faults.append(.notContained(key, in: id)) }
      return faults
    }
  }

  private static func named(_ record: AlertRecord) -> [DeliveryID] { record.notified.flatMap(\.deliveries) }
}
