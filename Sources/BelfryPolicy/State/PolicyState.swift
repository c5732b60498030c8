// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The part of the ledger's state that one run of the policy reads and changes.
///
/// The states of holds are loaded when a step first asks for them. The state also records what changed. It is used on the
/// ledger's thread, inside the transaction that loads it.
package struct PolicyState {
  private var alerts: [AlertKey: Known]
  private let holds: HoldStates
  /// The silences that are not over.
  package var silences: [Silence]
  /// Makes the IDs of new deliveries.
  package var ids: DeliveryIDSource

  /// Creates the state; `load` reads the stored state of a hold, nil if there is none.
  package init(
    alerts: [AlertKey: AlertRecord] = [:],
    silences: [Silence] = [],
    ids: DeliveryIDSource,
    load: @escaping (HoldID) throws -> HoldState? = { _ in nil }
  ) {
    self.alerts = alerts.mapValues { Known(record: $0) }
    self.silences = silences
    self.ids = ids
    self.holds = HoldStates(load)
  }

  // MARK: Alerts

  private struct Known {
    var record: AlertRecord
    var isChanged = false
  }

  package subscript(alert key: AlertKey) -> AlertRecord? { alerts[key]?.record }

  /// The alerts whose records are known, in no order.
  package var knownAlerts: [AlertKey] { Array(alerts.keys) }
  /// Those whose records were set, in no order.
  package var changedAlerts: [AlertKey] { alerts.compactMap { key, known in known.isChanged ? key : nil } }

  package mutating func set(_ record: AlertRecord) {
    alerts[record.alert.key] = Known(record: record, isChanged: true)
  }

  /// Changes a record in place, if there is one.
  mutating func update(_ key: AlertKey, _ change: (inout AlertRecord) -> Void) {
    // By its index, so that no list in it is copied.
    guard let index = alerts.index(forKey: key) else { return }
    change(&alerts.values[index].record)
    alerts.values[index].isChanged = true
  }

  /// Changes the records that were set once more.
  mutating func updateChanged(_ change: (inout AlertRecord) -> Void) {
    // Not by `indices`, which would keep the dictionary, so that the first change copied it.
    var index = alerts.startIndex
    while index != alerts.endIndex {
      if alerts.values[index].isChanged { change(&alerts.values[index].record) }
      alerts.formIndex(after: &index)
    }
  }

  /// Counts the firings of an alert from here.
  mutating func resetFirings(_ key: AlertKey) {
    guard let index = alerts.index(forKey: key), alerts.values[index].record.firings != 0 else { return }
    alerts.values[index].record.firings = 0
    alerts.values[index].isChanged = true
  }

  /// Adds records that were loaded; they do not count as changed.
  package mutating func load(alerts more: [AlertKey: AlertRecord]) {
    for (key, record) in more where alerts.index(forKey: key) == nil { alerts[key] = Known(record: record) }
  }

  /// Makes room for that many changed alerts at once, instead of growing many times.
  package mutating func reserveCapacity(_ count: Int) {
    alerts.reserveCapacity(count)
  }

  // MARK: Holds

  /// The state of a hold now; nil if it has none.
  package subscript(hold id: HoldID) -> HoldState? { holds[id] }
  /// Sets the state of a hold, or removes it for nil.
  package func set(_ state: HoldState?, for id: HoldID) { holds.set(state, for: id) }
  /// The holds whose state was set.
  package var changedHolds: [HoldID] { holds.changed }

  subscript<Kind: Hold>(_ hold: Kind) -> Kind.State? { holds[hold.id]?.as(Kind.State.self) }
  /// The state of a hold as it was when the round began.
  func atStart<Kind: Hold>(_ hold: Kind) -> Kind.State? { holds.atStart(hold.id)?.as(Kind.State.self) }
  func set<Kind: Hold>(_ state: Kind.State?, for hold: Kind) { holds.set(state.map { HoldState($0) }, for: hold.id) }

  /// From now on, `atStart` answers with the states as they are now.
  func beginRound() { holds.beginRound() }

  /// Ends loading: what the loader reads may change from now on.
  ///
  /// - Throws: the error of the loader, if it failed; the outcome of the run is then worthless.
  package func finishLoading() throws { try holds.finish() }
}

/// The states of the holds that one run reads, each loaded once.
private final class HoldStates {
  private struct Entry {
    var now: HoldState?
    /// The state before `round`, the last one in which it was set.
    var before: HoldState?
    /// 0 if it was never set.
    var round = 0

    mutating func set(_ state: HoldState?, in round: Int) {
      if self.round != round { before = now }
      now = state
      self.round = round
    }
  }

  private var load: ((HoldID) throws -> HoldState?)?
  private var failure: (any Error)?
  private var entries: [HoldID: Entry] = [:]
  private var round = 1

  init(_ load: @escaping (HoldID) throws -> HoldState?) { self.load = load }

  subscript(id: HoldID) -> HoldState? { entries[id].map(\.now) ?? loaded(id) }

  func atStart(_ id: HoldID) -> HoldState? {
    guard let entry = entries[id] else { return loaded(id) }
    return entry.round == round ? entry.before : entry.now
  }

  func set(_ state: HoldState?, for id: HoldID) {
    if entries.index(forKey: id) == nil { _ = loaded(id) }
    entries[id, default: Entry()].set(state, in: round)
  }

  var changed: [HoldID] { entries.compactMap { id, entry in entry.round > 0 ? id : nil } }

  func beginRound() { round += 1 }

  func finish() throws {
    load = nil
    if let failure { throw failure }
  }

  private func loaded(_ id: HoldID) -> HoldState? {
    do {
      let state = try load?(id)
      entries[id] = Entry(now: state)
      return state
    } catch {
      failure = failure ?? error
      return nil
    }
  }
}
