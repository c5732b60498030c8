// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// The background of alerts, read in one transaction.
struct BackgroundQueries {
  let db: Database

  func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) throws -> AlertBackground {
    var background = AlertBackground()
    let table = try DecisionTable(db)
    for (key, limit) in decisions where limit > 0 { background.decisions[key] = try table.last(limit, about: key) }
    let asked = decisions.filter { $0.value > 0 }.keys
    background.pruned = try AlertTable(db).pruned(asked)
    let deliveries = DeliveryQueries(db: db)
    try background.lookUpDeliveries(of: records, notifications: notifications) { try deliveries.records(of: $0) }
    background.failures = try AttemptTable(db).lists(of: background.deliveries.keys)
    for (channel, pending) in Dictionary(grouping: background.pending, by: \.delivery.channel) {
      background.ahead.merge(try deliveries.places(of: pending, on: channel)) { $1 }
    }
    background.due = try TimerTable(db).due(of: Set(records.flatMap(\.holds)))
    return background
  }
}
