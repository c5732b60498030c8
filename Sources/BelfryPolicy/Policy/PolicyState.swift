// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The part of the ledger's state that one batch touches.
///
/// It remembers what was changed.
package struct PolicyState: Sendable {
  package private(set) var alerts: [AlertKey: AlertRecord]
  package private(set) var entries: [ListKey: Entry]
  package private(set) var changedAlerts: Set<AlertKey> = []
  package private(set) var changedEntries: Set<ListKey> = []
  /// The silences that are not over.
  package var silences: [Silence]
  /// Where the identities of new deliveries come from.
  package var ids: DeliveryIDSource

  package init(
    alerts: [AlertKey: AlertRecord] = [:],
    entries: [ListKey: Entry] = [:],
    silences: [Silence] = [],
    ids: DeliveryIDSource
  ) {
    self.alerts = alerts
    self.entries = entries
    self.silences = silences
    self.ids = ids
  }

  package subscript(alert key: AlertKey) -> AlertRecord? { alerts[key] }
  package subscript(entry key: ListKey) -> Entry? { entries[key] }

  package mutating func set(_ record: AlertRecord) {
    alerts[record.alert.key] = record
    changedAlerts.insert(record.alert.key)
  }

  /// Changes a record in place, when there is one.
  mutating func update(_ key: AlertKey, _ change: (inout AlertRecord) -> Void) {
    // Through its index, so that no list in it is copied.
    guard let index = alerts.index(forKey: key) else { return }
    change(&alerts.values[index])
    changedAlerts.insert(key)
  }

  /// Nil removes the entry.
  package mutating func set(_ entry: Entry?, for key: ListKey) {
    entries[key] = entry
    changedEntries.insert(key)
  }

  /// Makes room for that many changed alerts at once, instead of growing many times.
  package mutating func reserveCapacity(_ count: Int) {
    alerts.reserveCapacity(count)
    changedAlerts.reserveCapacity(count)
  }

  /// Adds entries that were loaded; nothing counts as changed by it.
  package mutating func load(alerts more: [AlertKey: AlertRecord]) { alerts.merge(more) { mine, _ in mine } }
  package mutating func load(entries more: [ListKey: Entry]) { entries.merge(more) { mine, _ in mine } }
}

// Entries by what they are: nil where there is none yet.
extension PolicyState {
  package subscript(cooldown key: HoldKey) -> CooldownRecord? {
    if case .cooldown(let record) = entries[.cooldown(key)] { record } else { nil }
  }
  subscript(group key: HoldKey) -> GroupRecord? {
    if case .group(let group) = entries[.group(key)] { group } else { nil }
  }
  subscript(burst key: HoldKey) -> BurstRecord? {
    if case .burst(let burst) = entries[.burst(key)] { burst } else { nil }
  }
  subscript(inhibition key: HoldKey) -> InhibitionRecord? {
    if case .inhibition(let inhibition) = entries[.inhibition(key)] { inhibition } else { nil }
  }
  subscript(mute key: ListKey) -> MuteRecord? {
    if case .mute(let mute) = entries[key] { mute } else { nil }
  }
  subscript(expectation id: String) -> ExpectationRecord? {
    if case .expectation(let expectation) = entries[.expectation(ExactText(id))] { expectation } else { nil }
  }

  package mutating func set(_ record: CooldownRecord?, for key: HoldKey) {
    set(record.map(Entry.cooldown), for: .cooldown(key))
  }
}
