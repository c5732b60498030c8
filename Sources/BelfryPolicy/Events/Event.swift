// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A change of a source's active alerts, or an operator's action on them.
package enum Event: Sendable, Hashable {
  /// It was not active and now is.
  case fired(Alert)
  /// It is still active, with other content.
  case changed(Alert)
  /// It is active, and ends by itself at `until` unless it is pushed again.
  case pushed(Alert, until: Expiry)
  /// It was active and no longer is.
  case resolved(AlertKey)
  /// Someone acknowledges it; with `during`, only if it has been active without interruption since then.
  case acknowledged(AlertKey, by: String, comment: String, during: Instant? = nil)
  /// Its acknowledgement is withdrawn.
  case unacknowledged(AlertKey, by: String)
  /// A silence starts, or replaces one with the same ID.
  case silenced(Silence)
  /// A silence is ended early.
  case unsilenced(SilenceID, by: String)

  /// The alert it is about; nil if it is about many.
  package var key: AlertKey? {
    switch self {
    case .fired(let alert), .changed(let alert), .pushed(let alert, _): alert.key
    case .resolved(let key), .acknowledged(let key, _, _, _), .unacknowledged(let key, _): key
    case .silenced, .unsilenced: nil
    }
  }
  /// The alert's new content; nil if it ended.
  package var alert: Alert? {
    switch self {
    case .fired(let alert), .changed(let alert), .pushed(let alert, _): alert
    case .resolved, .acknowledged, .unacknowledged, .silenced, .unsilenced: nil
    }
  }

  /// Whether it says who takes care of the alert, and nothing of the alert itself.
  var isAboutAcknowledgement: Bool {
    switch self {
    case .acknowledged, .unacknowledged: true
    case .fired, .changed, .pushed, .resolved, .silenced, .unsilenced: false
    }
  }
}

extension PushedAlerts {
  /// The events for the accepted alerts, in their order.
  ///
  /// Alerts that became one because labels were left out fire as long as one of them does. The sender may not repeat those
  /// that still fire when it reports that one ended. So that is ignored: the alert ends at the last end that was stated for
  /// a firing one, or after `timeout`. If the request has the whole group, it ends as soon as none of them fires.
  package func events(at now: Instant, timeout: Duration) -> [Event] {
    let joined = Dictionary(grouping: alerts.filter { $0.formerID != nil }) { ExactText($0.alert.id) }
    if joined.isEmpty { return alerts.map { $0.event(at: now, timeout: timeout) } }
    var taken: Set<ExactText> = []
    return alerts.compactMap { one in
      let id = ExactText(one.alert.id)
      guard one.formerID != nil, let members = joined[id] else { return one.event(at: now, timeout: timeout) }
      guard taken.insert(id).inserted else { return nil }
      guard let firing = PushedAlert.firing(of: members) else {
        return areWholeGroup ? .resolved(one.alert.key) : nil
      }
      return firing.event(at: now, timeout: timeout)
    }
  }
}

extension PushedAlert {
  /// The alert that stands for several that became one, with the latest of their ends; nil if none of them fires.
  fileprivate static func firing(of members: [PushedAlert]) -> PushedAlert? {
    let firing = members.filter { !$0.isOver }
    guard var first = firing.first else { return nil }
    for one in firing.dropFirst() where Alert.counts(one.known, instead: first.known) { first = one }
    let ends = firing.compactMap(\.endsAt)
    first.endsAt = ends.count == firing.count ? ends.max() : nil
    return first
  }

  private var known: (alert: Alert, formerID: ExactText) { (alert, ExactText(formerID ?? alert.id)) }

  /// The event for the alert; an alert without an end ends unless it is pushed again within `timeout`.
  package func event(at now: Instant, timeout: Duration) -> Event {
    guard !isOver else { return .resolved(alert.key) }
    return .pushed(alert, until: endsAt.map { Expiry(at: $0) } ?? Expiry(at: now + timeout, isTimeout: true))
  }
}
