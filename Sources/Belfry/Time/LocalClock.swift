// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Turns moments into what the clocks of a time zone show, in seconds that begin with 1970, and back.
struct LocalClock {
  let zone: TimeZone

  /// Which of the moments counts that show the same time.
  enum Showing {
    case first
    case last
  }

  /// The day that the calendars show, counted from 1970-01-01.
  func day(at moment: Instant) -> Int64 {
    let seconds = moment.microseconds.flooredQuotient(by: 1_000_000)
    return (seconds + offset(at: seconds)).flooredQuotient(by: 86_400)
  }

  /// The moment at which the clocks show a time of a day, counted as `day(at:)` does; where they skip it, the moment at
  /// which they do.
  func moment(_ showing: Showing, of time: TimeOfDay, on day: Int64) -> Instant {
    let time = day * 86_400 + time.secondOfDay
    // No zone is a whole day from UTC: one offset is from before a change on that day, the other from after it.
    let before = offset(at: time - 86_400)
    let after = offset(at: time + 86_400)
    if before == after { return Instant(seconds: time - before) }
    let early = time - max(before, after)
    let late = time - min(before, after)
    for moment in showing == .first ? [early, late] : [late, early] where moment + offset(at: moment) == time {
      return Instant(seconds: moment)
    }
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
