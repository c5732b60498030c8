// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A recurring time: an interval, or a time of day on some days in a time zone.
package enum Schedule: Sendable, Hashable {
  case every(Duration)
  case at(TimeOfDay, days: Set<Weekday>, zone: TimeZone)

  /// The first scheduled moment after `now`.
  ///
  /// A local time that a clock change skips becomes the moment of the change; one that it repeats counts once, the
  /// first time.
  package func next(after now: Instant) -> Instant {
    switch self {
    case .every(let period): return now + period
    case .at(let time, let days, let zone):
      let clock = LocalClock(zone: zone)
      let today = clock.day(at: now)
      // A week and a day contain the time on each weekday after `now` at least once.
      let moments = (today...today + 8).lazy.filter { days.contains(Weekday(day: $0)) }
        .map { clock.moment(.first, of: time, on: $0) }
      // Only a schedule without days has none, and the configuration allows no such schedule.
      return moments.first { $0 > now } ?? now + .seconds(86_400)
    }
  }
}
