// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The policy as the ledger calls it: inside a transaction, and pure.
///
/// The ledger loads the entries a batch needs (the records of its alerts, current and future silences, then the entries
/// that `entries(for:state:)` names), calls `decide` or `fire`, and writes the changed state and the outcome, all in
/// one transaction.
package protocol PolicyDeciding: Sendable {
  /// The entries needed to decide about these events; the events' alert records are already in `state`.
  func entries(for events: [Event], state: PolicyState) -> Set<ListKey>
  /// Decides about the events, in order.
  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The entries needed to fire these timers. The records of the alerts that wait for them, and of those that they
  /// name, are already in `state`.
  func entries(for firings: [Firing], state: PolicyState) -> Set<ListKey>
  /// Decides about timers that are due.
  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The permanent timers of this policy, such as those of its digests, each with the time it is next due.
  func standingTimers(at now: Instant) -> [TimerKey: Instant]
}

/// What the policy wants to write besides the changed state.
package struct PolicyOutcome: Sendable {
  package var decisions: [Decision] = []
  package var deliveries: [NewDelivery] = []
  /// Alerts that join a list; joining one twice has no further effect.
  package var joined: [Membership] = []
  /// Alerts that leave a list.
  package var left: [Membership] = []
  /// Lists that are emptied.
  package var emptied: [ListKey] = []
  /// Timers to set, or to remove if the value is nil.
  package var timers: [TimerKey: Instant?] = [:]
  /// New and changed silences.
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
