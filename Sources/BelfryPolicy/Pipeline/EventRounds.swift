// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The events of a batch in processing order: ends first, then the rest by severity and ID.
///
/// Several events of a batch about one alert are reduced to its final state, and to one end before it if the alert was
/// sent as active before. An alert that came and went within a batch is not sent.
struct EventRounds {
  /// Rounds with each alert at most once, and how often that alert started and ended earlier within the batch.
  private(set) var rounds: [[(event: Event, skipped: Int)]]

  init(_ events: [Event], _ state: PolicyState, at now: Instant) {
    let keys = events.compactMap(\.key)
    guard events.count > 1, Set(keys).count < keys.count else {
      rounds = [EventRounds.ordered(events.map { ($0, 0) })]
      return
    }
    var first: [(event: Event, skipped: Int)] = []
    var second: [(event: Event, skipped: Int)] = []
    var order: [AlertKey] = []
    var byKey: [AlertKey: [Event]] = [:]
    for event in events {
      guard let key = event.key else {
        first.append((event, 0))
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
        case (nil, true): first.append((last, 0))
        case (nil, false): break
        case (_?, true) where ends > 0:
          first.append((.resolved(key), 0))
          second.append((last, max(0, ends - 1)))
        case (_?, _): first.append((last, ends))
        }
      }
      second += acknowledgements.map { ($0, 0) }
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

  private static func ordered(_ events: [(event: Event, skipped: Int)]) -> [(event: Event, skipped: Int)] {
    guard events.count > 1 else { return events }
    let active = events.compactMap { one in one.event.alert.map { (one: one, alert: $0) } }
    return events.filter { $0.event.alert == nil }
      + active.sorted { ($0.alert.severity, $0.alert.key) < ($1.alert.severity, $1.alert.key) }.map(\.one)
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
