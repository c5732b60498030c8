// SPDX-License-Identifier: Apache-2.0

/// What decides, as the ledger sees it: it is asked inside a transaction, and is pure.
///
/// The ledger loads the entries a batch touches (the records of its alerts, the silences that are not over, then the entries
/// that `entries(for:state:)` names), calls `decide` or `fire`, and writes back what changed in the state and what came out,
/// all in one transaction.
package protocol PolicyDeciding: Sendable {
  /// The entries that deciding about these events reads; the events' alert records are in `state` already.
  func entries(for events: [Event], state: PolicyState) -> Set<ListKey>
  /// Takes the events in order.
  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The entries that firing these timers reads; the records of the alerts that wait for them, and of those that they name,
  /// are in `state` already.
  func entries(for firings: [Firing], state: PolicyState) -> Set<ListKey>
  /// The moments of these timers have come.
  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The timers that stand for as long as this policy is in force, such as its digests', each with the moment it is next due.
  func standingTimers(at now: Instant) -> [TimerKey: Instant]
}

/// What the policy wants written besides the changed state.
package struct PolicyOutcome: Sendable {
  package var decisions: [Decision] = []
  package var deliveries: [NewDelivery] = []
  /// Alerts that join a list; joining one twice is joining it once.
  package var joined: [Membership] = []
  /// Alerts that leave a list.
  package var left: [Membership] = []
  /// Lists that are emptied.
  package var emptied: [ListKey] = []
  /// Timers that are set, or removed where the value is nil.
  package var timers: [TimerKey: Instant?] = [:]
  /// Silences that are new or have changed.
  package var silences: [Silence] = []

  package init() {}

  package struct Membership: Sendable, Hashable {
    package var list: ListKey
    package var alert: AlertKey
    package init(list: ListKey, alert: AlertKey) {
      self.list = list
      self.alert = alert
    }
  }
}
