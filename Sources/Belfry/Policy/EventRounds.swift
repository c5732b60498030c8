// SPDX-License-Identifier: Apache-2.0

/// The events of a batch in the order in which they are taken: ends first, then the rest by severity and id.
///
/// What a batch says several times of one alert comes to what is true in the end, and to one end before it where it was told
/// as active before. What came and went within a batch is not told.
struct EventRounds {
  /// Each with every alert once, and how often that alert began and ended before, within the batch.
  private(set) var rounds: [[(event: Event, skipped: Int)]]

  init(_ events: [Event], _ state: PolicyState) {
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
      let acknowledgements = all.filter { if case .acknowledged = $0 { true } else { false } }
      let changes = all.filter { if case .acknowledged = $0 { false } else { true } }
      let wasActive = state[alert: key]?.isActive == true
      let ends = changes.count { $0.alert == nil }
      if let last = changes.last {
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

  private static func ordered(_ events: [(event: Event, skipped: Int)]) -> [(event: Event, skipped: Int)] {
    guard events.count > 1 else { return events }
    let active = events.compactMap { one in one.event.alert.map { (one: one, alert: $0) } }
    return events.filter { $0.event.alert == nil }
      + active.sorted { ($0.alert.severity, $0.alert.key) < ($1.alert.severity, $1.alert.key) }.map(\.one)
  }
}
