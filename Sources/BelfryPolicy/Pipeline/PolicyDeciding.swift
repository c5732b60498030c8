// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The policy as the ledger calls it: inside a transaction, and pure.
///
/// The ledger loads the records of the alerts that a batch names, and current and future silences; the state loads what its
/// holds remember when a step asks for it. Then the ledger calls `decide` or `fire`, and writes the changed state and the
/// outcome, all in one transaction.
package protocol PolicyDeciding: Sendable {
  /// Decides about the events, in order; the events' alert records are in `state`.
  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// Decides about timers that are due; the records of the alerts that wait for them, and of those that they name, are in
  /// `state`.
  func fire(_ firings: [Firing], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The permanent timers of this policy, such as those of its digests, each with the time it is next due.
  func standingTimers(at now: Instant) -> [TimerKey: Instant]
}

/// What the policy wants to write besides the changed state.
package struct PolicyOutcome: Sendable {
  package var decisions: [Decision] = []
  package var deliveries: [NewDelivery] = []
  /// For each of these deliveries, the earlier ones about its alerts on its channel.
  package var earlier: [DeliveryID: Set<EarlierDeliveries>] = [:]
  /// The deliveries about alerts that ended, on channels that get no message about that.
  package var ended: Set<EarlierDeliveries> = []
  /// Alerts that join a list; joining one twice has no further effect.
  package var joined: [Membership] = []
  /// Alerts that leave a list.
  package var left: [Membership] = []
  /// Lists that are emptied.
  package var emptied: [HoldID] = []
  /// Timers to set, or to remove if the value is nil.
  package var timers: [TimerKey: Instant?] = [:]
  /// New and changed silences.
  package var silences: [Silence] = []

  package init() {}

  package struct Membership: Sendable, Hashable {
    package var list: HoldID
    package var alert: AlertKey
    package init(list: HoldID, alert: AlertKey) {
      self.list = list
      self.alert = alert
    }
  }
}

/// The deliveries about one alert on one channel, before another one.
package struct EarlierDeliveries: Sendable, Hashable {
  /// The first one since the alert fired.
  package var first: DeliveryID
  /// The last one.
  package var last: DeliveryID

  package init(first: DeliveryID, last: DeliveryID) {
    self.first = first
    self.last = last
  }
}
