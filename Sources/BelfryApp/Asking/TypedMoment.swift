// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Foundation

extension Instant {
  /// Examples of such times.
  static let typedForms =
    "Write it like 2026-11-25T07:00 (local time), 2026-11-25T07:00:00Z, 2026-11-25, 07:00 or \"sat 07:00\"."

  /// Reads a time as people type it: with its offset from UTC, in local time without one, or as the next such time of
  /// day, on any day or on a day of the week.
  init?(typed text: String, at now: Instant, in zone: TimeZone) {
    let words = text.split(separator: " ").map(String.init)
    if let clock = words.last, words.count <= 2, let time = TimeOfDay(text: clock) {
      let days = Weekday.allCases.filter { words.count == 1 || $0.name == words[0].lowercased() }
      guard !days.isEmpty else { return nil }
      self = Schedule.at(time, days: Set(days), zone: zone).next(after: now)
      return
    }
    guard let moment = Instant(iso8601: text) else { return nil }
    let clock = text.dropFirst(10)
    guard !clock.contains(where: { "Zz+-".contains($0) }) else {
      self = moment
      return
    }
    // It was read as if local time were UTC. Around a clock change the second step corrects it.
    let guess = moment - zone.offset(at: moment)
    self = moment - zone.offset(at: guess)
  }
}

extension TimeZone {
  fileprivate func offset(at moment: Instant) -> Duration {
    .seconds(secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(moment.microseconds / 1_000_000))))
  }
}
