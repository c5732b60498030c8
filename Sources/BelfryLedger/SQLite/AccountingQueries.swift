// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// The evidence of alerts' status, read in one transaction.
struct AccountingQueries {
  let db: Database

  /// A page, by key.
  func facts(after key: AlertKey?, limit: Int, at now: Instant) throws -> AccountingFacts {
    var facts = AccountingFacts(at: now)
    facts.alerts = try AlertTable(db).facts(after: key, limit: limit)
    guard let last = facts.alerts.last?.key else { return facts }
    let lists = try memberships(after: key, through: last)
    for index in facts.alerts.indices { facts.alerts[index].lists = lists[facts.alerts[index].key] ?? [] }
    try facts.lookUpDeliveries { try DeliveryQueries(db: db).record(of: $0) }
    let timers = try TimerTable(db)
    for list in facts.namedLists { facts.timers[list] = try timers.due(of: list) }
    let inhibitions = facts.namedLists.filter { $0.inhibition != nil }
    facts.entries = try EntryTable(db).entries(inhibitions)
    facts.silences = try SilenceTable(db).silences(facts.namedSilences)
    return facts
  }

  private func memberships(after first: AlertKey?, through last: AlertKey) throws -> [AlertKey: [HoldID]] {
    var lists: [AlertKey: [HoldID]] = [:]
    let select = try SQLStatement(
      db,
      """
      SELECT key, list FROM lists JOIN alerts ON alerts.id = lists.alert
      WHERE key > ? AND key <= ? ORDER BY joined
      """
    )
    try select.forEach(.text(first?.description ?? ""), .text(last.description)) { columns in
      guard let key = AlertKey(text: columns.text(0)), let list = HoldID(text: columns.text(1)) else {
        return DamageNotes.note(.list, columns.text(1))
      }
      lists[key, default: []].append(list)
    }
    return lists
  }
}
