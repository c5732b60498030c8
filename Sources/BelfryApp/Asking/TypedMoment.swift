// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

extension Instant {
  /// What examples of such a moment are.
  static let typedForms = "Write it like 2026-11-25T07:00 (local time), 2026-11-25T07:00:00Z, 2026-11-25 or 07:00."

  /// Reads a moment as a person types it: with its offset from UTC, by the local clock without one, or as the time of day
  /// that comes next.
  init?(typed text: String, at now: Instant, in zone: TimeZone) {
    if let time = TimeOfDay(text: text) {
      self = Schedule.at(time, days: Set(Weekday.allCases), zone: zone).next(after: now)
      return
    }
    guard let moment = Instant(iso8601: text) else { return nil }
    let clock = text.dropFirst(10)
    guard !clock.contains(where: { "Zz+-".contains($0) }) else {
      self = moment
      return
    }
    // It was read as if the local clock showed UTC. Around a change of the clocks the second step sets it right.
    let guess = moment - zone.offset(at: moment)
    self = moment - zone.offset(at: guess)
  }
}

extension TimeZone {
  fileprivate func offset(at moment: Instant) -> Duration {
    .seconds(secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(moment.microseconds / 1_000_000))))
  }
}
