// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The longest waits that the rules can set, by what waits.
package struct LongestWaits: Sendable, Hashable {
  /// The name of an alert's own timer: a reminder, an escalation, settling, or its expiry.
  package static let alert = "alert"

  private var waits: [String: Duration]

  /// - Parameter waits: by the kind of hold, such as `cooldown`, or `LongestWaits.alert`.
  package init(_ waits: [String: Duration]) { self.waits = waits }

  package init(_ rules: PolicyRules) {
    waits = [LongestWaits.alert: NoteStep.commandLifetime]
    for kind in RuleKinds.all {
      guard let (name, wait) = kind.longestWait(in: rules) else { continue }
      waits[name] = max(waits[name] ?? .zero, wait)
    }
  }

  package subscript(name: String) -> Duration { waits[name] ?? .zero }
  package var alert: Duration { self[LongestWaits.alert] }
}

extension ClockStep {
  /// When a hold's timer is due after the clock was set.
  package func due(_ due: Instant, of hold: HoldID, _ longest: LongestWaits) -> Instant {
    hold.hold.due(due, after: self, longest)
  }
}

extension HoldState {
  /// The state of a hold after the clock was set.
  package func following(_ step: ClockStep, of hold: HoldID, _ longest: LongestWaits) -> HoldState {
    following(step, longest[hold.kind], memory)
  }

  private func following(_ step: ClockStep, _ longest: Duration, _ memory: some HoldMemory) -> HoldState {
    HoldState(memory.following(step, longest: longest))
  }
}

extension AlertRecord {
  /// The record after the clock was set: its reminders, its escalations and its expiry are as far away as before.
  package func following(_ step: ClockStep, _ longest: LongestWaits) -> AlertRecord {
    var record = self
    for index in record.notified.indices {
      record.notified[index].since = step.moment(notified[index].since)
      record.notified[index].at = step.moment(notified[index].at)
    }
    for index in record.waits.indices {
      if let at = waits[index].start?.at { record.waits[index].start?.at = step.moment(at) }
    }
    record.changes = changes.map(step.moment)
    record.expiry = expiry.map { Expiry(at: step.expiry($0.at), isTimeout: $0.isTimeout) }
    // Its timer computes what is due again, so that it may fire too early, but never too late.
    record.timer = timer.map { timer in
      timer == expiry?.at ? step.expiry(timer) : step.end(timer, longest: longest.alert)
    }
    return record
  }
}

extension ClockStep {
  /// When an alert expires.
  ///
  /// Its sender may have named that time, by a clock that is right. After a step back it expires after as long as it would
  /// have; a step forward alone ends nothing.
  fileprivate func expiry(_ expiry: Instant) -> Instant {
    let left = expiry - before
    if left <= .zero || by > .zero && left > by { return expiry }
    return expiry + by
  }
}
