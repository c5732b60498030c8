// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A stretch of the day that recurs on some days in a time zone, such as 22:00 to 07:00 from Monday to Friday.
///
/// It begins at the first moment at which the clocks show `from`, and ends at the last at which they show `to`. Where a
/// change of the clocks skips one of these times, the moment of the change stands for it; a window that is skipped whole
/// is left out. So it holds whenever the clocks show a time of it. On the night that has 02:30 twice, one to 02:30 ends at
/// the second: ending at the first would wake someone when the clocks show 02:15 again, within the hours that were to be
/// quiet, while ending at the second costs what has waited all night an hour more at most.
package struct WallClockWindow: Sendable, Hashable {
  package let from: TimeOfDay
  /// The window runs over midnight when this is no later than `from`; when it is the same, until that time the next day.
  package let to: TimeOfDay
  /// The days on which it begins.
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

  /// When the window ends that holds at `now`; nil when none does.
  ///
  /// Where another begins before it ends, or as it ends, that is the end of the last of them. A window of 24 hours on
  /// all days has no such end: it answers the last end within eight days, at which the window still holds.
  package func end(at now: Instant) -> Instant? {
    let clock = LocalClock(zone: zone)
    let today = clock.day(at: now)
    let limit = now + .seconds(8 * 86_400)
    var end: Instant?
    // Yesterday's may still hold. Clocks that are put back at midnight repeat the end of a day when the next has begun.
    for day in today - 2...today + 8 where days.contains(Weekday(day: day)) {
      let reached = end ?? now
      guard begin(on: day, clock) <= reached else { break }
      let next = self.end(on: day, clock)
      guard next <= limit else { break }
      if next > reached { end = next }
    }
    return end
  }

  /// The next beginning after `now`, whether or not a window holds already.
  package func next(after now: Instant) -> Instant {
    let clock = LocalClock(zone: zone)
    var day = clock.day(at: now)
    while true {
      let begin = begin(on: day, clock)
      // One that is skipped whole does not begin.
      if days.contains(Weekday(day: day)), begin > now, begin < end(on: day, clock) { return begin }
      day += 1
    }
  }

  private func begin(on day: Int64, _ clock: LocalClock) -> Instant { clock.moment(.first, of: from, on: day) }

  /// When the window ends that begins on `day`.
  private func end(on day: Int64, _ clock: LocalClock) -> Instant {
    clock.moment(.last, of: to, on: to <= from ? day + 1 : day)
  }
}
