// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the ledger keeps of one alert: what it says, whether it is active, whom it was told, what it waits for.
package struct AlertRecord: Sendable, Hashable {
  package var alert: Alert
  package var isActive: Bool
  /// Since when it has been active, or was, in its last activation.
  package var firedAt: Instant
  package var resolvedAt: Instant?
  /// What each channel knows of it, in the order in which they first heard of it.
  package var told: [Told]
  /// The holds in which it waits, each with what began that.
  package var waits: [Wait]
  /// When the alert's own timer is due; nil when it has none.
  package var timer: Instant?
  /// When it ends by itself, unless its source says again that it is active.
  package var expiry: Expiry?
  package var acknowledgement: Acknowledgement?
  /// When it changed state of late, the latest last; kept only where the rules look for flapping.
  package var changes: [Instant]
  package var isFlapping: Bool
  /// How often it began to fire since it was last told.
  package var firings: Int
  /// The inhibitions in which it counts as one that mutes others.
  package var inhibits: [HoldKey]
  /// The groups in which it counts as told and firing.
  package var groups: [HoldKey]
  /// The rule that says it is told to nobody; nil when none does.
  package var dropped: Rule?

  package init(alert: Alert, firedAt: Instant) {
    self.alert = alert
    self.isActive = true
    self.firedAt = firedAt
    self.told = []
    self.waits = []
    self.changes = []
    self.isFlapping = false
    self.firings = 1
    self.inhibits = []
    self.groups = []
  }
}

extension AlertRecord {
  /// The alert as messages show it: where its source does not say when it began, that is when Belfry first saw it.
  package var shown: Alert {
    guard alert.firstSeen.isEmpty else { return alert }
    var shown = alert
    shown.firstSeen = firedAt.iso8601
    return shown
  }
}

/// Someone took an alert on: it is not reminded of, and does not escalate, until it resolves.
package struct Acknowledgement: Sendable, Hashable {
  package var by: String
  package var at: Instant
  package var comment: String

  package init(by: String, at: Instant, comment: String = "") {
    self.by = by
    self.at = at
    self.comment = comment
  }
}

/// What those on one channel know of an alert.
package struct Told: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    /// That it fires.
    case firing
    /// That it goes on and off.
    case flapping
    /// That it ended, or nothing that matters any more.
    case over
  }

  package var channel: ChannelName
  /// The identity of the route that told it last: what it says of ends holds, wherever the alert would go now.
  package var route: String
  /// The routes that need not tell it themselves, by their identities: a summary went here instead.
  package var covers: [String]
  package var state: State
  /// What the alert was when it was last told.
  package var severity: Severity
  /// The first delivery that told it in this activation, and the last one.
  package var first: DeliveryID
  package var last: DeliveryID
  /// When it was first told in this activation, and when last.
  package var since: Instant
  package var at: Instant

  package init(
    channel: ChannelName,
    route: String = "",
    covers: [String] = [],
    state: State = .firing,
    severity: Severity,
    delivery: DeliveryID,
    at now: Instant
  ) {
    self.channel = channel
    self.route = route
    self.covers = covers
    self.state = state
    self.severity = severity
    self.first = delivery
    self.last = delivery
    self.since = now
    self.at = now
  }

  /// The deliveries, the first one first.
  package var deliveries: [DeliveryID] { first == last ? [first] : [first, last] }
}

extension AlertRecord {
  /// The holds in which it waits.
  package var holds: [ListKey] { waits.map(\.hold) }

  /// What those on a channel heard last, by a message there or by one that stood for the route's.
  package func told(on channel: ChannelName, by route: Route? = nil) -> Told? {
    var latest: Told?
    for one in told where one.channel == channel || route.map({ one.covers.contains($0.identity) }) == true {
      // Their identities are in the order of their making, also within one moment.
      if latest.map({ $0.last <= one.last }) ?? true { latest = one }
    }
    return latest
  }

  /// Whether those on a channel know of it already, and that it is as bad as it is.
  package func isTold(on channel: ChannelName, by route: Route? = nil) -> Bool {
    guard let told = told(on: channel, by: route), told.state != .over else { return false }
    return !alert.severity.isWorse(than: told.severity)
  }

  /// When someone was first told of it in this activation; nil when nobody was.
  package var firstTold: Instant? { told.lazy.filter { $0.state != .over }.map(\.since).min() }

  /// Remembers that a delivery tells those on a channel what it now is.
  package mutating func tell(
    _ delivery: DeliveryID,
    on channel: ChannelName,
    by route: String,
    covering routes: [String],
    at now: Instant
  ) {
    let state: Told.State = isFlapping ? .flapping : isActive ? .firing : .over
    dropped = nil
    guard let index = told.firstIndex(where: { $0.channel == channel }) else {
      told.append(
        Told(
          channel: channel,
          route: route,
          covers: routes,
          state: state,
          severity: alert.severity,
          delivery: delivery,
          at: now
        )
      )
      return
    }
    if told[index].state == .over, isActive {
      told[index].first = delivery
      told[index].since = now
    }
    // What stood for other routes stands for them as long as it says the same.
    let isSame = told[index].state == state && told[index].severity == alert.severity
    told[index].covers = (isSame ? told[index].covers.filter { !routes.contains($0) } : []) + routes
    told[index].route = route
    told[index].state = state
    told[index].severity = alert.severity
    told[index].last = delivery
    told[index].at = now
  }

  /// Remembers that nobody on these channels waits for its end.
  package mutating func forget(_ channels: [ChannelName]) {
    for index in told.indices where channels.contains(told[index].channel) { told[index].state = .over }
  }
}
