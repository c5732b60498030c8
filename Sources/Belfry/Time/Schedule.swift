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
        .map { clock.moment(showing: $0 * 86_400 + time.secondOfDay) }
      // Only a schedule without days has none, and none such is read.
      return moments.first { $0 > now } ?? now + .seconds(86_400)
    }
  }
}

/// Turns moments into what the clocks of a time zone show, in seconds that begin with 1970, and back.
private struct LocalClock {
  let zone: TimeZone

  /// Counted from 1970-01-01.
  func day(at moment: Instant) -> Int64 {
    let seconds = moment.microseconds.flooredQuotient(by: 1_000_000)
    return (seconds + offset(at: seconds)).flooredQuotient(by: 86_400)
  }

  /// The first moment at which the clocks show `time`; where they skip it, the moment at which they do.
  func moment(showing time: Int64) -> Instant {
    let before = offset(at: time - 86_400)
    let after = offset(at: time + 86_400)
    let early = time - max(before, after)
    let late = time - min(before, after)
    if early + offset(at: early) == time { return Instant(seconds: early) }
    if late + offset(at: late) == time { return Instant(seconds: late) }
    return Instant(seconds: change(after: early, before: late))
  }

  /// The first second at which the offset is another than at `start`; it is so at `end`.
  private func change(after start: Int64, before end: Int64) -> Int64 {
    var (low, high) = (start, end)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(at: middle) == offset(at: start) { low = middle } else { high = middle }
    }
    return high
  }

  /// Seconds east of UTC.
  private func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
  }
}

extension Int64 {
  /// Division that rounds down, also for what lies before 1970.
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
