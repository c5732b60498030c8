// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Converts moments to the local time of a time zone, in seconds since 1970, and back.
struct LocalClock {
  let zone: TimeZone

  /// Which moment to choose if several have the same local time.
  enum Showing {
    case first
    case last
  }

  /// The local date, in days since 1970-01-01.
  func day(at moment: Instant) -> Int64 {
    let seconds = moment.microseconds.flooredQuotient(by: 1_000_000)
    return (seconds + offset(at: seconds)).flooredQuotient(by: 86_400)
  }

  /// The moment with a local time of day, on a day counted as in `day(at:)`; if a clock change skips that time, the
  /// moment of the change.
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

  /// The first second at which the offset differs from that at `start`; it does at `end`.
  private func change(after start: Int64, before end: Int64) -> Int64 {
    var (low, high) = (start, end)
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if offset(at: middle) == offset(at: start) { low = middle } else { high = middle }
    }
    return high
  }

  /// The offset in seconds east of UTC.
  private func offset(at seconds: Int64) -> Int64 {
    Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds))))
  }
}

extension Int64 {
  /// Division that rounds down, also for times before 1970.
  fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
