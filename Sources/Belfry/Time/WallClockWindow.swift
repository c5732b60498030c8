// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A recurring part of the day on some days of the week in a time zone, such as 22:00 to 07:00 from Monday to Friday.
package struct WallClockWindow: Sendable, Hashable {
  package let from: TimeOfDay
  /// The end; if it is not later than `from`, it is on the next day.
  package let to: TimeOfDay
  /// The days on which it starts.
  package let days: Set<Weekday>
  package let zone: TimeZone

  package init(from: TimeOfDay, to: TimeOfDay, days: Set<Weekday>, zone: TimeZone) {
    precondition(!days.isEmpty, "a window begins on at least one day")
    self.from = from
    self.to = to
    self.days = days
    self.zone = zone
  }

  /// `22:00 to 07:00 Europe/Paris`.
  package var text: String { "\(from.text) to \(to.text) \(zone.identifier)" }

  /// The same hours, among those that need more conditions.
  package var span: CalendarSpan { CalendarSpan(from: from, to: to, days: CalendarDays(weekdays: days), zone: zone) }

  /// The end of the window that covers `now`, as of `Hours`; nil if none does.
  package func end(at now: Instant) -> Instant? { Hours([span]).end(at: now) }
}
