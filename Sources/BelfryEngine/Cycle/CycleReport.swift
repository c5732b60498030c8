// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// What one cycle came to, counted.
package struct CycleReport: Sendable, Hashable {
  package var active = 0
  package var newlyFiring = 0
  package var newlyResolved = 0
  /// Alerts told at once, each alone.
  package var notified = 0
  package var cooldownSuppressed = 0
  package var burstSummarised = 0
  package var digestQueued = 0
  package var grouped = 0
  /// Held by a silence, by quiet hours or by another alert.
  package var muted = 0
  package var unrouted = 0

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
    case (.notify, .summarized, _), (.notify, _, .released(.burst, _)): burstSummarised += 1
    case (.notify, _, _): notified += 1
    case (.hold, .held(let hold, _), _): countHeld(by: hold)
    case (.suppress, .unrouted, _): unrouted += 1
    case (.hold, _, _), (.suppress, _, _): break
    }
  }

  private mutating func countHeld(by hold: ListKey) {
    switch hold {
    case .cooldown: cooldownSuppressed += 1
    case .group: grouped += 1
    case .burst: burstSummarised += 1
    case .digest: digestQueued += 1
    case .silence, .quiet, .inhibition, .expectation: muted += 1
    }
  }

  package var isQuiet: Bool { newlyFiring == 0 && newlyResolved == 0 }

  /// Such as `12 active, 3 new, 1 resolved: 2 sent, 1 held by a cooldown`.
  package var text: String {
    var parts: [String] = []
    func add(_ count: Int, _ text: String) { if count > 0 { parts.append("\(count) \(text)") } }
    add(notified, "sent")
    add(burstSummarised, "sent in a burst summary")
    add(cooldownSuppressed, "held by a cooldown")
    add(grouped, "waiting for a group")
    add(muted, "muted")
    add(digestQueued, "waiting for a digest")
    add(unrouted, "dropped by \"unrouted\"")
    let outcome = parts.isEmpty ? "" : ": " + parts.joined(separator: ", ")
    return "\(active) active, \(newlyFiring) new, \(newlyResolved) resolved\(outcome)"
  }
}
