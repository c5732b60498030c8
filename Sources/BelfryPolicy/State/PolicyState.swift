// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The part of the ledger's state that one run of the policy reads and changes.
///
/// The states of holds are loaded when a step first asks for them. The state also records what changed. It is used on the
/// ledger's thread, inside the transaction that loads it.
package struct PolicyState {
  package private(set) var alerts: [AlertKey: AlertRecord]
  package private(set) var changedAlerts: Set<AlertKey> = []
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
    self.alerts = alerts
    self.silences = silences
    self.ids = ids
    self.holds = HoldStates(load)
  }

  // MARK: Alerts

  package subscript(alert key: AlertKey) -> AlertRecord? { alerts[key] }

  package mutating func set(_ record: AlertRecord) {
    alerts[record.alert.key] = record
    changedAlerts.insert(record.alert.key)
  }

  /// Changes a record in place, if there is one.
  mutating func update(_ key: AlertKey, _ change: (inout AlertRecord) -> Void) {
    // By its index, so that no list in it is copied.
    guard let index = alerts.index(forKey: key) else { return }
    change(&alerts.values[index])
    changedAlerts.insert(key)
  }

  /// Adds records that were loaded; they do not count as changed.
  package mutating func load(alerts more: [AlertKey: AlertRecord]) { alerts.merge(more) { mine, _ in mine } }

  /// Makes room for that many changed alerts at once, instead of growing many times.
  package mutating func reserveCapacity(_ count: Int) {
    alerts.reserveCapacity(count)
    changedAlerts.reserveCapacity(count)
  }

  // MARK: Holds

  /// The state of a hold now; nil if it has none.
  package subscript(hold id: HoldID) -> HoldState? { holds[id] }
  /// Sets the state of a hold, or removes it for nil.
  package func set(_ state: HoldState?, for id: HoldID) { holds.set(state, for: id) }
  /// The holds whose state was set.
  package var changedHolds: Set<HoldID> { holds.changed }

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
  private var load: ((HoldID) throws -> HoldState?)?
  private var failure: (any Error)?
  private var current: [HoldID: HoldState?] = [:]
  private(set) var changed: Set<HoldID> = []
  /// The states at the start of the round of the holds that changed in it.
  private var earlier: [HoldID: HoldState?] = [:]

  init(_ load: @escaping (HoldID) throws -> HoldState?) { self.load = load }

  subscript(id: HoldID) -> HoldState? {
    if let known = current[id] { return known }
    do {
      let state = try load?(id)
      current.updateValue(state, forKey: id)
      return state
    } catch {
      failure = failure ?? error
      return nil
    }
  }

  func set(_ state: HoldState?, for id: HoldID) {
    let old = self[id]
    if earlier[id] == nil { earlier.updateValue(old, forKey: id) }
    current.updateValue(state, forKey: id)
    changed.insert(id)
  }

  func atStart(_ id: HoldID) -> HoldState? { earlier[id] ?? self[id] }

  func beginRound() { earlier.removeAll(keepingCapacity: true) }

  func finish() throws {
    load = nil
    if let failure { throw failure }
  }
}
