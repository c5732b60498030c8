// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// What one cycle came to, counted.
package struct CycleReport: Sendable, Hashable {
  package var active = 0
  package var newlyFiring = 0
  package var newlyResolved = 0
  /// Alerts sent at once, each alone.
  package var notified = 0
  /// Alerts that wait in a hold, or were sent in the summary of a burst, by the kind of hold.
  package private(set) var held: [String: Int] = [:]
  package var unrouted = 0
  /// Alerts that only routes with `drop` take.
  package private(set) var dropped = 0

  package init(active: Int) { self.active = active }

  mutating func count(_ events: [Event]) {
    for event in events {
      switch event {
      case .fired: newlyFiring += 1
      case .resolved: newlyResolved += 1
      case .changed, .pushed, .acknowledged, .unacknowledged, .silenced, .unsilenced: break
      }
    }
  }

  mutating func count(_ decisions: [RecordedDecision]) {
    for recorded in decisions { count(recorded.decision) }
  }

  private mutating func count(_ decision: Decision) {
    switch (decision.outcome, decision.cause.factor, decision.cause.trigger) {
    case (.notify, .summarized, _): held["burst", default: 0] += 1
    case (.notify, _, .released(let hold, _)) where hold.burst != nil: held[hold.kind, default: 0] += 1
    case (.notify, _, _): notified += 1
    case (.hold, .held(let hold, _), _): held[hold.kind, default: 0] += 1
    case (.suppress, .unrouted, _): unrouted += 1
    case (.suppress, .routedNowhere, _): dropped += 1
    case (.hold, _, _), (.suppress, _, _): break
    }
  }

  package var isQuiet: Bool { newlyFiring == 0 && newlyResolved == 0 }

  /// Such as `12 active, 3 new, 1 resolved: 2 sent, 1 held by a cooldown`.
  package var text: String {
    var parts: [String] = []
    func add(_ count: Int, _ text: String) { if count > 0 { parts.append("\(count) \(text)") } }
    add(notified, "sent")
    for counted in HoldID.counted { add(counted.kinds.reduce(0) { $0 + (held[$1] ?? 0) }, counted.text) }
    add(unrouted, "dropped by \"unrouted\"")
    add(dropped, "dropped by a route")
    let outcome = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    return "\(active) active, \(newlyFiring) new, \(newlyResolved) resolved\(outcome)"
  }
}
