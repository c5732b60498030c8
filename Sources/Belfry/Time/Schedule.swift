// SPDX-License-Identifier: Apache-2.0
package import Foundation

/// When something recurs: every so often, or at a time of day on some days in a time zone.
package enum Schedule: Sendable, Hashable {
  case every(Duration)
  case at(TimeOfDay, days: Set<Weekday>, zone: TimeZone)

  /// The first moment of the schedule after `now`.
  ///
  /// A local time that a daylight-saving change skips is taken as the moment of the change's end; one that it repeats is taken
  /// once, the first time.
  package func next(after now: Instant) -> Instant {
    switch self {
    case .every(let period): return now + period
    case .at(let time, let days, let zone): return Schedule.next(time, on: days, in: zone, after: now)
    }
  }

  private static func next(_ time: TimeOfDay, on days: Set<Weekday>, in zone: TimeZone, after now: Instant) -> Instant {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    let start = Date(timeIntervalSince1970: Double(now.microseconds) / 1_000_000)
    let today = calendar.dateComponents([.year, .month, .day], from: start)
    // Two weeks hold every weekday at least once, whatever the zone skips.
    for offset in 0..<15 {
      var components = today
      components.day = (today.day ?? 1) + offset
      components.hour = time.hour
      components.minute = time.minute
      guard let date = calendar.date(from: components) else { continue }
      let weekday = Weekday(calendarNumber: calendar.component(.weekday, from: date))
      let moment = Instant(seconds: Int64(date.timeIntervalSince1970.rounded()))
      if days.contains(weekday), moment > now { return moment }
    }
    return now + .seconds(86_400)
  }
}

/// A time of day, such as 09:00.
package struct TimeOfDay: Sendable, Hashable {
  package var hour: Int
  package var minute: Int

  package init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) }),
      let hour = Int(parts[0]), let minute = Int(parts[1]), (0..<24).contains(hour), (0..<60).contains(minute),
      parts[1].count == 2
    else { return nil }
    self.hour = hour
    self.minute = minute
  }

  package var text: String { "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)" }
}

extension TimeOfDay: FieldValue {
  package static var shape: FieldShape { .string("a time of day such as \"09:00\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> TimeOfDay? {
    guard let text = String.read(node, &report) else { return nil }
    if let time = TimeOfDay(text: text) { return time }
    report.error(
      "\"\(text)\" is not a time of day.",
      at: node.offset,
      remedy: "Write it like \"09:00\", from 00:00 to 23:59."
    )
    return nil
  }
  package var shown: String { "\"\(text)\"" }
}

/// A day of the week, Monday first.
package enum Weekday: Int, Sendable, Hashable, CaseIterable {
  case mon, tue, wed, thu, fri, sat, sun

  /// - Parameter calendarNumber: as `Calendar` counts, from Sunday, which is 1.
  init(calendarNumber: Int) { self = Weekday(rawValue: (calendarNumber + 5) % 7) ?? .mon }

  package var name: String { String(describing: self) }
}

/// Days as `channels.json` names them: `mon`, or a span such as `mon-fri`; a span may go over the end of the week.
package struct WeekdaySpan: FieldValue, Hashable {
  package var days: Set<Weekday>

  package static var shape: FieldShape { .string("a day such as \"mon\", or days such as \"mon-fri\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> WeekdaySpan? {
    guard let text = String.read(node, &report) else { return nil }
    let ends = text.lowercased().split(separator: "-", omittingEmptySubsequences: false).map { word in
      Weekday.allCases.first { $0.name == word }
    }
    if let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 {
      let length = (last.rawValue - first.rawValue + 7) % 7
      return WeekdaySpan(days: Set((0...length).compactMap { Weekday(rawValue: (first.rawValue + $0) % 7) }))
    }
    report.error(
      "\"\(text)\" names no days.",
      at: node.offset,
      remedy: "Write \"mon\", \"tue\", \"wed\", \"thu\", \"fri\", \"sat\", \"sun\", or a span such as \"mon-fri\"."
    )
    return nil
  }
  package var shown: String { days.sorted { $0.rawValue < $1.rawValue }.map(\.name).joined(separator: ", ") }
}

/// A time zone by its name in the IANA database.
package struct TimeZoneName: FieldValue, Hashable {
  package var zone: TimeZone

  package static var shape: FieldShape { .string("a time zone such as \"Europe/Paris\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> TimeZoneName? {
    guard let text = String.read(node, &report) else { return nil }
    if text == "UTC" || TimeZone.knownTimeZoneIdentifiers.contains(text), let zone = TimeZone(identifier: text) {
      return TimeZoneName(zone: zone)
    }
    report.error(
      "\"\(text)\" is not a known time zone.",
      at: node.offset,
      remedy: Nearest.name(to: text, among: TimeZone.knownTimeZoneIdentifiers).map { "Did you mean \"\($0)\"?" }
        ?? "Use a name of the IANA database, such as \"Europe/Paris\"."
    )
    return nil
  }
  package var shown: String { "\"\(zone.identifier)\"" }
}
