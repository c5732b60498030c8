// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// A page of alerts with all evidence of their status in the ledger, read at one moment.
package struct AccountingFacts: Sendable, Hashable {
  /// The ledger's data about one alert.
  package struct Facts: Sendable, Hashable {
    package var key: AlertKey
    /// The alert's record; nil if only a decision or a list names it.
    package var record: AlertRecord?
    /// Whether it is marked as active.
    package var isCounted: Bool
    /// The lists that contain it.
    package var lists: [HoldID]

    package init(key: AlertKey, record: AlertRecord?, isCounted: Bool, lists: [HoldID] = []) {
      self.key = key
      self.record = record
      self.isCounted = isCounted
      self.lists = lists
    }
  }

  package var at: Instant
  package var alerts: [Facts] = []
  /// The deliveries that the records name, and their successors, if they exist.
  package var deliveries: [DeliveryID: DeliveryRecord] = [:]
  /// The due times of the lists that the records name or that contain the alerts.
  package var timers: [HoldID: Instant] = [:]
  /// The stored state of those lists that are inhibitions.
  package var entries: [HoldID: HoldState] = [:]
  /// The silences that the records name, over or not.
  package var silences: [SilenceID: Silence] = [:]

  package init(at now: Instant) { at = now }

  /// Looks up the deliveries that the records name, and their successors on other channels.
  package mutating func lookUpDeliveries(_ find: (DeliveryID) throws -> DeliveryRecord?) rethrows {
    var open = Set(alerts.lazy.compactMap(\.record).flatMap { $0.notified.flatMap(\.deliveries) })
    while let id = open.popFirst() {
      guard deliveries[id] == nil, let record = try find(id) else { continue }
      deliveries[id] = record
      if let successor = record.successor { open.insert(successor) }
    }
  }

  /// The lists to look up.
  package var namedLists: Set<HoldID> { Set(alerts.lazy.flatMap { $0.lists + ($0.record?.holds ?? []) }) }

  /// The silences to look up: those in whose lists an alert is, and those that dropped one.
  package var namedSilences: Set<SilenceID> {
    Set(namedLists.compactMap(\.silence)).union(alerts.lazy.compactMap(\.record?.dropped?.silence))
  }
}
