// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The events of one hour, counted as they happen so that nobody has to read the whole history.
package struct LedgerHour: Sendable, Hashable {
  /// Its start: a full hour in UTC.
  package let start: Instant
  /// The number of alerts that started to fire.
  package var fired: Int
  /// The number of deliveries that succeeded.
  package var delivered: Int
  /// The number of deliveries that became dead; one that is retried and becomes dead again counts twice.
  package var dead: Int

  package static let length = Duration.seconds(3600)

  package init(start: Instant, fired: Int = 0, delivered: Int = 0, dead: Int = 0) {
    self.start = start
    self.fired = fired
    self.delivered = delivered
    self.dead = dead
  }

  /// The hour that contains a moment.
  package init(of moment: Instant) {
    let length = LedgerHour.length.microseconds
    let into = (moment.microseconds % length + length) % length
    self.init(start: Instant(microseconds: moment.microseconds - into))
  }

  /// Whether every count is 0.
  package var isEmpty: Bool { fired == 0 && delivered == 0 && dead == 0 }

  package static func + (left: LedgerHour, right: LedgerHour) -> LedgerHour {
    LedgerHour(
      start: left.start,
      fired: left.fired + right.fired,
      delivered: left.delivered + right.delivered,
      dead: left.dead + right.dead
    )
  }

  /// Counts the outcome's new alerts: those that were unknown before, or not active since that moment.
  package mutating func count(_ state: PolicyState, before: (AlertKey) -> AlertRecord?) {
    fired += state.changedAlerts.count { key in
      guard let record = state[alert: key] else { return false }
      guard let old = before(key) else { return true }
      return record.firedAt != old.firedAt || (record.isActive && !old.isActive)
    }
  }

  /// Counts an attempt that ended its delivery.
  package mutating func count(_ result: Settlement.Result) {
    switch result.end {
    case .delivered: delivered += 1
    case .dead: dead += 1
    case .pending, .forwarded, .dropped, .withdrawn, nil: break
    }
  }
}
