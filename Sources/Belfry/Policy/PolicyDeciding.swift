// SPDX-License-Identifier: Apache-2.0

/// What decides, as the ledger sees it: it is asked inside a transaction, and is pure.
///
/// The ledger loads the entries a batch touches (the records of its alerts, then the windows that `windows(for:state:)` names),
/// calls `decide` or `fire`, and writes back what changed in the state and what came out, all in one transaction.
package protocol PolicyDeciding: Sendable {
  /// The cooldown windows that deciding about these events reads; the events' alert records are in `state` already.
  func windows(for events: [Event], state: PolicyState) -> Set<WindowKey>
  /// Takes the events in order.
  func decide(_ events: [Event], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The windows that firing this timer reads; for a list, the records of the alerts that wait in it are in `state` already.
  func windows(for timer: TimerKey, waiting: [AlertKey], state: PolicyState) -> Set<WindowKey>
  /// A timer's moment has come.
  ///
  /// `waiting` are the alerts in its list, in the order in which they joined it.
  func fire(_ timer: TimerKey, waiting: [AlertKey], state: inout PolicyState, at now: Instant) -> PolicyOutcome
  /// The timers that stand for as long as this policy is in force, such as its digests', each with the moment it is next due.
  func standingTimers(at now: Instant) -> [TimerKey: Instant]
}

/// The part of the ledger's state that one batch touches.
///
/// It remembers what was changed.
package struct PolicyState: Sendable {
  package private(set) var alerts: [AlertKey: AlertRecord]
  package private(set) var windows: [WindowKey: CooldownWindow]
  package private(set) var changedAlerts: Set<AlertKey> = []
  package private(set) var changedWindows: Set<WindowKey> = []
  /// Where the identities of new deliveries come from.
  package var ids: DeliveryIDSource

  package init(
    alerts: [AlertKey: AlertRecord] = [:],
    windows: [WindowKey: CooldownWindow] = [:],
    ids: DeliveryIDSource
  ) {
    self.alerts = alerts
    self.windows = windows
    self.ids = ids
  }

  package subscript(alert key: AlertKey) -> AlertRecord? { alerts[key] }
  package subscript(window key: WindowKey) -> CooldownWindow? { windows[key] }

  package mutating func set(_ record: AlertRecord) {
    alerts[record.alert.key] = record
    changedAlerts.insert(record.alert.key)
  }

  /// Nil removes the window.
  package mutating func set(_ window: CooldownWindow?, for key: WindowKey) {
    windows[key] = window
    changedWindows.insert(key)
  }

  /// Makes room for that many changed alerts at once, instead of growing many times.
  package mutating func reserveCapacity(_ count: Int) {
    alerts.reserveCapacity(count)
    changedAlerts.reserveCapacity(count)
  }

  /// Adds entries that were loaded; nothing counts as changed by it.
  package mutating func load(alerts more: [AlertKey: AlertRecord]) { alerts.merge(more) { mine, _ in mine } }
  package mutating func load(windows more: [WindowKey: CooldownWindow]) { windows.merge(more) { mine, _ in mine } }
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

/// A notice bound to a channel, to be delivered as soon as it is committed.
package struct NewDelivery: Sendable, Hashable {
  package var id: DeliveryID
  package var channel: ChannelName
  package var content: Notice.Content
  /// Why it comes; see `Notice.reason`.
  package var reason: String
  /// Which route sent it; see `Notice.route`.
  package var route: String
  /// The worst severity in it, which decides who goes first.
  package var severity: Severity
  /// Earlier deliveries on this channel that it continues, the first one first.
  package var follows: [DeliveryID]

  package init(
    id: DeliveryID,
    channel: ChannelName,
    content: Notice.Content,
    reason: String,
    route: String,
    severity: Severity,
    follows: [DeliveryID] = []
  ) {
    self.id = id
    self.channel = channel
    self.content = content
    self.reason = reason
    self.route = route
    self.severity = severity
    self.follows = follows
  }
}
