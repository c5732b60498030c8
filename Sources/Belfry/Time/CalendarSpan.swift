// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// A part of the day on some days of the calendar in a time zone, such as 22:00 to 07:00 from Monday to Friday, or all
/// of 25 December.
///
/// It starts at the first moment with the local time `from`, and ends at the last with the local time `to`. If a clock
/// change skips one of these times, the moment of the change is used; a span that is skipped completely is omitted.
/// So it always covers every local time in it. On a night with two 02:30, a span that ends at 02:30 ends at the
/// second: ending at the first would wake people when the clocks show 02:15 again, within the quiet hours, while ending
/// at the second delays waiting alerts by at most an hour.
package struct CalendarSpan: Sendable, Hashable {
  package let from: TimeOfDay
  /// The end; if it is not later than `from`, it is on the next day.
  package let to: TimeOfDay
  /// The days on which it starts.
  package let days: CalendarDays
  package let zone: TimeZone

  package init(from: TimeOfDay = .midnight, to: TimeOfDay = .midnight, days: CalendarDays, zone: TimeZone) {
    self.from = from
    self.to = to
    self.days = days
    self.zone = zone
  }

  /// How many days ahead a start is searched; a leap day comes after eight years at the latest.
  private static let horizon: Int64 = 12 * 366

  /// `22:00 to 07:00 mon-fri Europe/Paris`, `2026-12-25 UTC`.
  package var text: String {
    let isWholeDay = from == .midnight && to == .midnight
    let end = to == .midnight ? "24:00" : to.text
    let times = isWholeDay && !days.areAll ? "" : "\(from.text) to \(end)"
    let place = zone == .gmt ? "UTC" : zone.identifier
    return [times, days.text, place].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether it starts every day when it ends.
  package var isEndless: Bool { from == to && days.areAll }

  /// The end of those that cover a moment, one after the other, no later than `limit`; nil if none covers it, or if it ends later.
  func end(at moment: Instant, limit: Instant) -> Instant? {
    let clock = LocalClock(zone: zone)
    let today = clock.day(at: moment)
    var found: Instant?
    // Yesterday's may still apply. A clock set back at midnight repeats the end of a day after the next one has
    // started.
    for day in today - 2...today + 1 where days.contains(day) && begin(on: day, clock) <= moment {
      var last = day
      if from == to {
        let bound = clock.day(at: limit)
        while last < bound, days.contains(last + 1) { last += 1 }
      }
      var end = end(on: last, clock)
      while end > limit, last > day {
        last -= 1
        end = self.end(on: last, clock)
      }
      if end > moment, end <= limit, found.map({ end > $0 }) ?? true { found = end }
    }
    return found
  }

  /// The next start after `now`, whether or not it applies already; nil if there is none in the next years.
  package func next(after now: Instant) -> Instant? {
    let clock = LocalClock(zone: zone)
    let today = clock.day(at: now)
    var day = today
    while let found = days.first(from: day, through: today + CalendarSpan.horizon) {
      let begin = begin(on: found, clock)
      // A span that is skipped completely does not start.
      if begin > now, begin < end(on: found, clock) { return begin }
      day = found + 1
    }
    return nil
  }

  private func begin(on day: Int64, _ clock: LocalClock) -> Instant { clock.moment(.first, of: from, on: day) }

  /// The end of the one that starts on `day`.
  private func end(on day: Int64, _ clock: LocalClock) -> Instant {
    clock.moment(.last, of: to, on: to <= from ? day + 1 : day)
  }
}

/// Hours that recur: those of any of some spans, or those of none of them.
package struct Hours: Sendable, Hashable {
  private struct Part: Sendable, Hashable {
    let spans: [CalendarSpan]
    /// Whether it is the time outside of its spans.
    let isInverted: Bool

    func end(at moment: Instant, limit: Instant) -> Instant? {
      let end = spans.compactMap { $0.end(at: moment, limit: limit) }.max()
      guard isInverted else { return end }
      if end != nil { return nil }
      return min(limit, spans.compactMap { $0.next(after: moment) }.min() ?? limit)
    }
  }

  private var parts: [Part]

  package init(_ spans: [CalendarSpan], isInverted: Bool = false) {
    parts = [Part(spans: spans, isInverted: isInverted)]
  }

  /// The hours of either.
  package static func + (left: Hours, right: Hours) -> Hours {
    var both = left
    both.parts += right.parts
    return both
  }

  private static let day = Duration.seconds(86_400)
  /// The longest time ahead in which an end is searched, and how many spans one after the other.
  private static let (longest, steps) = (day * 400, 64)
  /// How far ahead an end is given for hours that have none; what waits for it is evaluated again then.
  private static let endless = day * 8

  /// The end of the hours that cover `now`; nil if none do.
  ///
  /// Hours that begin before or when others end continue them. Hours that have no end within 400 days have none: the
  /// result is then the last end within eight days, at which they still apply.
  package func end(at now: Instant) -> Instant? {
    var limit = now + Hours.longest
    var reached = reach(from: now, limit: limit)
    // No span is as long as two days: one that ends later would have been found.
    if reached.isCut || reached.end > limit - Hours.day * 2 {
      limit = now + Hours.endless
      reached = reach(from: now, limit: limit)
    }
    return reached.end > now ? reached.end : nil
  }

  private func reach(from now: Instant, limit: Instant) -> (end: Instant, isCut: Bool) {
    var (end, steps) = (now, 0)
    while let next = parts.compactMap({ $0.end(at: end, limit: limit) }).max(), next > end {
      end = next
      steps += 1
      if steps >= Hours.steps, end > now + Hours.endless { return (end, true) }
    }
    return (end, false)
  }
}
