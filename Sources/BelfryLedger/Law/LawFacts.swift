// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A page of alerts with everything in the ledger that can show how they stand, all of one moment.
package struct LawFacts: Sendable, Hashable {
  /// What the ledger holds of one alert.
  package struct Facts: Sendable, Hashable {
    package var key: AlertKey
    /// Nil when only a decision or a list names it.
    package var record: AlertRecord?
    /// Whether it is counted among the active ones.
    package var isCounted: Bool
    /// The lists that hold it.
    package var lists: [ListKey]

    package init(key: AlertKey, record: AlertRecord?, isCounted: Bool, lists: [ListKey] = []) {
      self.key = key
      self.record = record
      self.isCounted = isCounted
      self.lists = lists
    }
  }

  package var at: Instant
  package var alerts: [Facts] = []
  /// The deliveries that the records name, and what took their place, as far as there are such.
  package var deliveries: [DeliveryID: DeliveryRecord] = [:]
  /// When the lists are due that are named by the records or hold the alerts.
  package var timers: [ListKey: Instant] = [:]
  /// What is remembered of those lists that are inhibitions.
  package var entries: [ListKey: Entry] = [:]
  /// All there ever were.
  package var silences: [SilenceID: Silence] = [:]

  package init(at now: Instant) { at = now }

  /// Looks up the deliveries that the records name, and those on other channels that took their place.
  mutating func lookUpDeliveries(_ find: (DeliveryID) throws -> DeliveryRecord?) rethrows {
    var open = Set(alerts.lazy.compactMap(\.record).flatMap { $0.told.flatMap(\.deliveries) })
    while let id = open.popFirst() {
      guard deliveries[id] == nil, let record = try find(id) else { continue }
      deliveries[id] = record
      if let successor = record.successor { open.insert(successor) }
    }
  }

  /// The lists that are to be looked up.
  var namedLists: Set<ListKey> { Set(alerts.lazy.flatMap { $0.lists + ($0.record?.waits ?? []) }) }
}
