// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// When something recurs: every so often, or at a time of day on some days in a time zone.
package enum Schedule: Sendable, Hashable {
  case every(Duration)
  case at(TimeOfDay, days: Set<Weekday>, zone: TimeZone)

  /// The first moment of the schedule after `now`.
  ///
  /// A local time that a change of the clocks skips is taken as the moment of the change; one that it repeats is taken once,
  /// the first time.
  package func next(after now: Instant) -> Instant {
    switch self {
    case .every(let period): return now + period
    case .at(let time, let days, let zone):
      let clock = LocalClock(zone: zone)
      let today = clock.day(at: now)
      // A week and a day hold the time on each weekday after `now` at least once.
      let moments = (today...today + 8).lazy.filter { days.contains(Weekday(day: $0)) }
        .map { clock.moment(.first, of: time, on: $0) }
      // Only a schedule without days has none, and none such is read.
      return moments.first { $0 > now } ?? now + .seconds(86_400)
    }
  }
}
