// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The events of a batch in processing order: ends first, then the rest by severity and ID.
///
/// Several events of a batch about one alert are reduced to its final state, and to one end before it if the alert was
/// sent as active before. An alert that came and went within a batch is not sent.
struct EventRounds {
  /// Rounds with each alert at most once.
  private(set) var rounds: [[Step]]

  struct Step {
    let event: Event
    /// How often the alert started and ended earlier within the batch.
    var skipped = 0
  }

  init(_ events: [Event], _ state: PolicyState, at now: Instant) {
    let keys = events.compactMap(\.key)
    guard events.count > 1, Set(keys).count < keys.count else {
      rounds = [EventRounds.ordered(events.map { Step(event: $0) })]
      return
    }
    var first: [Step] = []
    var second: [Step] = []
    var order: [AlertKey] = []
    var byKey: [AlertKey: [Event]] = [:]
    for event in events {
      guard let key = event.key else {
        first.append(Step(event: event))
        continue
      }
      if byKey[key] == nil { order.append(key) }
      byKey[key, default: []].append(event)
    }
    for key in order {
      let all = byKey[key] ?? []
      let acknowledgements = all.filter(\.isAboutAcknowledgement)
      let changes = all.filter { !$0.isAboutAcknowledgement }
      let wasActive = state[alert: key]?.isActive == true
      let ends = changes.count { $0.alert == nil }
      if let last = EventRounds.merged(changes, at: now) {
        switch (last.alert, wasActive) {
        case (nil, true): first.append(Step(event: last))
        case (nil, false): break
        case (_?, true) where ends > 0:
          first.append(Step(event: .resolved(key)))
          second.append(Step(event: last, skipped: max(0, ends - 1)))
        case (_?, _): first.append(Step(event: last, skipped: ends))
        }
      }
      second += acknowledgements.map { Step(event: $0) }
    }
    rounds = [EventRounds.ordered(first), EventRounds.ordered(second)].filter { !$0.isEmpty }
  }

  /// Several statements about one alert combined: the last one, with the start and end of those since the last end.
  private static func merged(_ changes: [Event], at now: Instant) -> Event? {
    changes.reduce(nil) { older, newer in
      guard let older = older?.statement, let newest = newer.statement else { return newer }
      let merged = newest.alert.merged(after: older, since: now, until: newest.expiry, at: now)
      return newer.saying(merged.alert, until: merged.expiry)
    }
  }

  private static func ordered(_ events: [Step]) -> [Step] {
    guard events.count > 1 else { return events }
    var ordered: [Step] = []
    ordered.reserveCapacity(events.count)
    var active: [Place] = []
    active.reserveCapacity(events.count)
    for (index, one) in events.enumerated() {
      if let alert = one.event.alert {
        active.append(Place(severity: alert.severity, key: alert.key, index: index))
      } else {
        ordered.append(one)
      }
    }
    active.sort()
    for place in active { ordered.append(events[place.index]) }
    return ordered
  }

  /// What an event is sorted by: it is moved around instead of the event, which is large.
  private struct Place: Comparable {
    let severity: Severity
    let key: AlertKey
    let index: Int

    static func < (left: Place, right: Place) -> Bool {
      left.severity == right.severity ? left.key < right.key : left.severity < right.severity
    }
  }
}

extension Event {
  /// The active alert and its end, if the event states them; otherwise nil.
  fileprivate var statement: (alert: Alert, expiry: Expiry?)? {
    switch self {
    case .fired(let alert), .changed(let alert): (alert, nil)
    case .pushed(let alert, let expiry): (alert, expiry)
    case .resolved, .acknowledged, .unacknowledged, .silenced, .unsilenced: nil
    }
  }

  /// The event with the given content and end.
  fileprivate func saying(_ alert: Alert, until expiry: Expiry?) -> Event {
    switch self {
    case .fired: .fired(alert)
    case .changed: .changed(alert)
    case .pushed(_, let own): .pushed(alert, until: expiry ?? own)
    case .resolved, .acknowledged, .unacknowledged, .silenced, .unsilenced: self
    }
  }
}
