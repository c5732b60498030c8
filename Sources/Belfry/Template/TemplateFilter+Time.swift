// SPDX-License-Identifier: Apache-2.0
internal import Foundation

extension TemplateFilter {
  /// The filters for times and durations.
  static let times: [TemplateFilter] = [
    TemplateFilter("date", "date:\"%H:%M\",\"Europe/Paris\"") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...2)
      let pattern = try TimePattern(arguments.text(0))
      let zone = arguments.count == 1 ? TimeZone.gmt : try zone(arguments.text(1))
      return { (value, budget) throws(TemplateFault) in
        guard let instant = value.instant else { return .text(value.text) }
        return .text(try pattern.text(of: instant, in: zone, &budget))
      }
    },
    TemplateFilter("shift", "shift:\"-10m\"", to: .instant) { (arguments) throws(TemplateMisuse) in
      try arguments.expect(1...1)
      let written = arguments.text(0)
      let isEarlier = written.hasPrefix("-")
      guard let duration = Duration(text: isEarlier ? String(written.dropFirst()) : written) else {
        throw TemplateMisuse(text: "\"\(written)\" is not a duration.", remedy: "Write it like \"-10m\" or \"1h30m\".")
      }
      return { (value, _) throws(TemplateFault) in
        guard let instant = value.instant else { return value }
        return .instant(isEarlier ? instant - duration : instant + duration)
      }
    },
    TemplateFilter("duration", "duration") { (arguments) throws(TemplateMisuse) in
      try arguments.expect(0...0)
      return { (value, _) throws(TemplateFault) in .text(value.duration?.brief ?? value.text) }
    },
  ]

  private static func zone(_ name: String) throws(TemplateMisuse) -> TimeZone {
    if name == "UTC" { return .gmt }
    if let zone = TimeZone(identifier: name), zone.identifier == name { return zone }
    throw TemplateMisuse(
      text: "\"\(name)\" is not a known time zone.",
      remedy: Nearest.name(to: name, among: TimeZone.knownTimeZoneIdentifiers).map { "Did you mean \"\($0)\"?" }
        ?? "Use a name of the IANA database, such as \"Europe/Paris\"."
    )
  }
}

extension TemplateValue {
  /// The moment, or the one that a text names.
  fileprivate var instant: Instant? {
    switch self {
    case .instant(let instant): instant
    case .text(let text): Instant(iso8601: text)
    default: nil
    }
  }

  /// The duration, or the one that a number of seconds or a text names.
  fileprivate var duration: Duration? {
    switch self {
    case .duration(let duration): duration
    case .number(let seconds): .seconds(seconds)
    case .text(let text): Duration(text: text)
    default: nil
    }
  }
}

/// How a time is written, as `date` and `strftime` know it: `%Y-%m-%d %H:%M`.
private struct TimePattern: Sendable {
  private enum Part: Sendable {
    case text(String)
    case field(Character)
  }

  private static let fields = "aAbBdeFHIjmMpQsSTuyYzZ"
  private var parts: [Part] = []

  init(_ text: String) throws(TemplateMisuse) {
    var literal = ""
    var rest = text[...]
    while let character = rest.popFirst() {
      guard character == "%" else {
        literal.append(character)
        continue
      }
      switch rest.popFirst() {
      case "%": literal.append("%")
      case let field? where TimePattern.fields.contains(field):
        if !literal.isEmpty { parts.append(.text(literal)) }
        literal = ""
        parts.append(.field(field))
      case let other:
        throw TemplateMisuse(
          text: "\"%\(other.map(String.init) ?? "")\" is not a part of a date.",
          remedy: "Known: " + TimePattern.fields.map { "%\($0)" }.joined(separator: " ") + " %%."
        )
      }
    }
    if !literal.isEmpty { parts.append(.text(literal)) }
  }

  func text(of instant: Instant, in zone: TimeZone, _ budget: inout TemplateBudget) throws(TemplateFault) -> String {
    let date = Date(timeIntervalSince1970: TimeInterval(instant.wholeSeconds))
    let offset = zone.secondsFromGMT(for: date)
    let local = CivilTime(instant + .seconds(offset))
    var result = ""
    for part in parts {
      switch part {
      case .text(let text): result += text
      case .field(let field): result += TimePattern.text(of: field, local, offset, instant, zone)
      }
      try budget.check(result)
    }
    return result
  }

  private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  private static func text(
    of field: Character,
    _ time: CivilTime,
    _ offset: Int,
    _ instant: Instant,
    _ zone: TimeZone
  ) -> String {
    switch field {
    case "a": CivilTime.dayNames[time.weekday]
    case "A": days[time.weekday]
    case "b": CivilTime.monthNames[time.month - 1]
    case "B": months[time.month - 1]
    case "d": time.day.padded(to: 2)
    case "e": String(time.day)
    case "F": "\(time.year.padded(to: 4))-\(time.month.padded(to: 2))-\(time.day.padded(to: 2))"
    case "H": time.hour.padded(to: 2)
    case "I": ((time.hour + 11) % 12 + 1).padded(to: 2)
    case "j": time.dayOfYear.padded(to: 3)
    case "m": time.month.padded(to: 2)
    case "M": time.minute.padded(to: 2)
    case "p": time.hour < 12 ? "AM" : "PM"
    case "Q": String(Int64(instant.wholeSeconds) * 1000 + Int64(time.microsecond / 1000))
    case "s": String(instant.wholeSeconds)
    case "S": time.second.padded(to: 2)
    case "T": "\(time.hour.padded(to: 2)):\(time.minute.padded(to: 2)):\(time.second.padded(to: 2))"
    case "u": String(time.weekday == 0 ? 7 : time.weekday)
    case "y": abs(time.year % 100).padded(to: 2)
    case "Y": time.year.padded(to: 4)
    case "z": (offset < 0 ? "-" : "+") + (abs(offset) / 3600).padded(to: 2) + (abs(offset) / 60 % 60).padded(to: 2)
    default: abbreviation(of: zone, offset, instant)
    }
  }

  private static func abbreviation(of zone: TimeZone, _ offset: Int, _ instant: Instant) -> String {
    if zone == .gmt { return "UTC" }
    let date = Date(timeIntervalSince1970: TimeInterval(instant.wholeSeconds))
    return zone.abbreviation(for: date) ?? zone.identifier
  }
}

extension CivilTime {
  /// The day of the year, from 1.
  fileprivate var dayOfYear: Int {
    let start = CivilTime(year: year, month: 1, day: 1).instant
    let today = CivilTime(year: year, month: month, day: day).instant
    guard let start, let today else { return 1 }
    return Int((today.microseconds - start.microseconds) / 86_400_000_000) + 1
  }
}
