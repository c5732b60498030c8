// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What happened within one hour: counted as it happens, so that nobody has to look through all that there ever was.
package struct LedgerHour: Sendable, Hashable {
  /// When it began: a full hour of UTC.
  package let start: Instant
  /// How many alerts began to fire.
  package var fired: Int
  /// How many deliveries reached someone.
  package var delivered: Int
  /// How many were given up; one that is brought back and given up again counts again.
  package var dead: Int

  package static let length = Duration.seconds(3600)

  package init(start: Instant, fired: Int = 0, delivered: Int = 0, dead: Int = 0) {
    self.start = start
    self.fired = fired
    self.delivered = delivered
    self.dead = dead
  }

  /// The hour in which a moment is.
  package init(of moment: Instant) {
    let length = LedgerHour.length.microseconds
    let into = (moment.microseconds % length + length) % length
    self.init(start: Instant(microseconds: moment.microseconds - into))
  }

  /// Whether nothing happened.
  package var isEmpty: Bool { fired == 0 && delivered == 0 && dead == 0 }

  static func + (left: LedgerHour, right: LedgerHour) -> LedgerHour {
    LedgerHour(
      start: left.start,
      fired: left.fired + right.fired,
      delivered: left.delivered + right.delivered,
      dead: left.dead + right.dead
    )
  }

  /// Counts alerts that began: those of the outcome's that were not known before, or not as active since that moment.
  mutating func count(_ state: PolicyState, before: (AlertKey) -> AlertRecord?) {
    fired += state.changedAlerts.count { key in
      guard let record = state[alert: key] else { return false }
      guard let old = before(key) else { return true }
      return record.firedAt != old.firedAt || (record.isActive && !old.isActive)
    }
  }

  /// Counts an attempt that ended its delivery.
  mutating func count(_ result: Settlement.Result) {
    switch result.end {
    case .delivered: delivered += 1
    case .dead: dead += 1
    case .pending, .forwarded, .dropped, nil: break
    }
  }
}
