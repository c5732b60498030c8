// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the ledger keeps of one alert: its content, whether it is active, who was notified of it, and what it waits for.
package struct AlertRecord: Sendable, Hashable {
  package var alert: Alert
  package var isActive: Bool
  /// When its current or last activation began.
  package var firedAt: Instant
  package var resolvedAt: Instant?
  /// What each channel knows about it, in the order in which they were first notified.
  package var notified: [NotifiedChannel]
  /// The channels that were notified of earlier activations only: their last messages may not be settled yet.
  package var past: [NotifiedChannel]
  /// The holds in which it waits, each with what began that.
  package var waits: [Wait]
  /// When the alert's own timer is due; nil if it has none.
  package var timer: Instant?
  /// When it ends by itself, unless its source reports it again.
  package var expiry: Expiry?
  package var acknowledgement: Acknowledgement?
  /// When it recently fired or resolved, the latest last; kept only if the rules detect flapping.
  package var changes: [Instant]
  package var isFlapping: Bool
  /// How often it fired since the last notification about it.
  package var firings: Int
  /// The inhibitions in which it counts as an alert that mutes others.
  package var inhibits: [GroupKey]
  /// The groups in which it counts as sent and firing.
  package var groups: [GroupKey]
  /// The rule by which nobody is notified of it; nil if there is none.
  package var dropped: Rule?

  package init(alert: Alert, firedAt: Instant) {
    self.alert = alert
    self.isActive = true
    self.firedAt = firedAt
    self.notified = []
    self.past = []
    self.waits = []
    self.changes = []
    self.isFlapping = false
    self.firings = 1
    self.inhibits = []
    self.groups = []
  }
}

extension AlertRecord {
  /// The alert as messages show it: if its source does not state when it began, that is when Belfry first saw it.
  package var shown: Alert {
    guard alert.firstSeen.isEmpty else { return alert }
    var shown = alert
    shown.firstSeen = firedAt.iso8601
    return shown
  }
}

/// Someone takes care of an alert: it is not reminded of, and does not escalate, until it resolves.
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

/// What the recipients on one channel know about an alert.
package struct NotifiedChannel: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    /// It fires.
    case firing
    /// It flaps.
    case flapping
    /// It resolved, or they need not know more.
    case over
  }

  package var channel: ChannelName
  /// The identity of the route that notified them last: its setting for resolutions applies, wherever the alert would go now.
  package var route: String
  /// The identities of the routes that need not send it themselves, because a summary was sent here instead.
  package var covers: [String]
  package var state: State
  /// The severity of the alert when they were last notified.
  package var severity: Severity
  /// The first delivery about it in this activation, and the last one.
  package var first: DeliveryID
  package var last: DeliveryID
  /// When they were first notified in this activation, and when last.
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
  package var holds: [HoldID] { waits.map(\.hold) }

  /// What the recipients on a channel know, by a message there or by one that stood for the route's.
  package func notified(on channel: ChannelName, by route: Route? = nil) -> NotifiedChannel? {
    var latest: NotifiedChannel?
    for one in notified where one.channel == channel || route.map({ one.covers.contains($0.identity) }) == true {
      // The IDs of deliveries are in the order of their creation, also within one moment.
      if latest.map({ $0.last <= one.last }) ?? true { latest = one }
    }
    return latest
  }

  /// Whether the recipients on a channel know that it fires with this severity or a higher one.
  package func isNotified(on channel: ChannelName, by route: Route? = nil) -> Bool {
    guard let known = notified(on: channel, by: route), known.state != .over else { return false }
    return !alert.severity.isWorse(than: known.severity)
  }

  /// When someone was first notified of it in this activation; nil if nobody was.
  package var firstNotified: Instant? { notified.lazy.filter { $0.state != .over }.map(\.since).min() }

  /// The deliveries about it on a channel before the next one; nil if there were none.
  package func earlier(on channel: ChannelName) -> EarlierDeliveries? {
    let known = notified.first { $0.channel == channel } ?? past.first { $0.channel == channel }
    return known.map { EarlierDeliveries(first: $0.first, last: $0.last) }
  }

  /// Notes that a delivery notifies the recipients on a channel of its current state.
  package mutating func noteNotified(
    by delivery: DeliveryID,
    on channel: ChannelName,
    route: String,
    covering routes: [String],
    at now: Instant
  ) {
    let state: NotifiedChannel.State = isFlapping ? .flapping : isActive ? .firing : .over
    dropped = nil
    if !past.isEmpty { past.removeAll { $0.channel == channel } }
    guard let index = notified.firstIndex(where: { $0.channel == channel }) else {
      notified.append(
        NotifiedChannel(
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
    if notified[index].state == .over, isActive {
      notified[index].first = delivery
      notified[index].since = now
    }
    // A message that stood for other routes does so as long as it says the same.
    let isSame = notified[index].state == state && notified[index].severity == alert.severity
    notified[index].covers = (isSame ? notified[index].covers.filter { !routes.contains($0) } : []) + routes
    notified[index].route = route
    notified[index].state = state
    notified[index].severity = alert.severity
    notified[index].last = delivery
    notified[index].at = now
  }

  /// Notes that no resolution is owed to the recipients on these channels.
  package mutating func forget(_ channels: [ChannelName]) {
    for index in notified.indices where channels.contains(notified[index].channel) { notified[index].state = .over }
  }
}
