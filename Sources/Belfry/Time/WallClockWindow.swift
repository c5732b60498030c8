// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A recurring part of the day on some days in a time zone, such as 22:00 to 07:00 from Monday to Friday.
///
/// It starts at the first moment with the local time `from`, and ends at the last with the local time `to`. If a clock
/// change skips one of these times, the moment of the change is used; a window that is skipped completely is omitted.
/// So it always covers every local time in it. On a night with two 02:30, a window that ends at 02:30 ends at the
/// second: ending at the first would wake people when the clocks show 02:15 again, within the quiet hours, while ending
/// at the second delays waiting alerts by at most an hour.
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

  /// The end of the window that covers `now`; nil if none does.
  ///
  /// If another window starts before or when it ends, this is the end of the last of them. A window of 24 hours on all
  /// days has no end: the result is then the last end within eight days, at which the window still applies.
  package func end(at now: Instant) -> Instant? {
    let clock = LocalClock(zone: zone)
    let today = clock.day(at: now)
    let limit = now + .seconds(8 * 86_400)
    var end: Instant?
    // Yesterday's may still apply. A clock set back at midnight repeats the end of a day after the next one has
    // started.
    for day in today - 2...today + 8 where days.contains(Weekday(day: day)) {
      let reached = end ?? now
      guard begin(on: day, clock) <= reached else { break }
      let next = self.end(on: day, clock)
      guard next <= limit else { break }
      if next > reached { end = next }
    }
    return end
  }

  /// The next start after `now`, whether or not a window applies already.
  package func next(after now: Instant) -> Instant {
    let clock = LocalClock(zone: zone)
    var day = clock.day(at: now)
    while true {
      let begin = begin(on: day, clock)
      // A window that is skipped completely does not start.
      if days.contains(Weekday(day: day)), begin > now, begin < end(on: day, clock) { return begin }
      day += 1
    }
  }

  private func begin(on day: Int64, _ clock: LocalClock) -> Instant { clock.moment(.first, of: from, on: day) }

  /// The end of the window that starts on `day`.
  private func end(on day: Int64, _ clock: LocalClock) -> Instant {
    clock.moment(.last, of: to, on: to <= from ? day + 1 : day)
  }
}
