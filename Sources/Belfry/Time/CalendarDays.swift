// SPDX-License-Identifier: Apache-2.0

/// Days of the calendar: those that meet every condition that is set, such as the Fridays in December.
///
/// Days are counted from 1970-01-01, in local time.
package struct CalendarDays: Sendable, Hashable {
  package var weekdays = Set(Weekday.allCases)
  /// Any of these; every day if there are none.
  package var dates: [DateSpan] = []
  /// Any of these; every day if there are none.
  package var monthDays: [MonthDaySpan] = []
  /// Any of these months, 1 to 12; every month if there are none.
  package var months: Set<Int> = []
  /// Any of these; every year if there are none.
  package var years: [YearSpan] = []

  package init(weekdays: Set<Weekday> = Set(Weekday.allCases)) { self.weekdays = weekdays }

  /// Whether the weekday alone decides.
  private var isWeekly: Bool { dates.isEmpty && monthDays.isEmpty && months.isEmpty && years.isEmpty }

  /// Whether every day is one of them.
  package var areAll: Bool { isWeekly && weekdays.count == Weekday.allCases.count }

  func contains(_ day: Int64) -> Bool {
    guard weekdays.contains(Weekday(day: day)) else { return false }
    if isWeekly { return true }
    guard dates.isEmpty || dates.contains(where: { $0.days.contains(day) }) else { return false }
    let date = CivilTime(day: day)
    return (months.isEmpty || months.contains(date.month))
      && (years.isEmpty || years.contains { $0.years.contains(date.year) })
      && (monthDays.isEmpty || monthDays.contains { $0.contains(date) })
  }

  /// The first of them from one day to another; nil if there is none.
  func first(from start: Int64, through last: Int64) -> Int64? {
    var day = start
    while day <= last {
      if contains(day) { return day }
      day = max(day + 1, nextCandidate(after: day))
    }
    return nil
  }

  /// A day up to which none of them follows: the next date, year or month that counts.
  private func nextCandidate(after day: Int64) -> Int64 {
    if !dates.isEmpty {
      return dates.map(\.days).filter { $0.upperBound > day }.map { max(day + 1, $0.lowerBound) }.min() ?? .max
    }
    if months.isEmpty && years.isEmpty { return day + 1 }
    var date = CivilTime(day: day)
    if !years.isEmpty, !years.contains(where: { $0.years.contains(date.year) }) {
      return Int64(CivilTime(year: date.year + 1, month: 1, day: 1).dayNumber)
    }
    guard !months.isEmpty, !months.contains(date.month) else { return day + 1 }
    (date.year, date.month) = date.month == 12 ? (date.year + 1, 1) : (date.year, date.month + 1)
    date.day = 1
    return Int64(date.dayNumber)
  }

  /// `mon-fri`, `days 24-31 dec 2026`; empty for every day.
  package var text: String {
    var parts: [String] = []
    if !dates.isEmpty { parts.append(dates.map(\.text).joined(separator: ",")) }
    if weekdays.count < Weekday.allCases.count { parts.append(Weekday.text(weekdays)) }
    if !monthDays.isEmpty { parts.append("days " + monthDays.map(\.text).joined(separator: ",")) }
    if !months.isEmpty { parts.append(months.sorted().map { MonthSpan.names[$0 - 1] }.joined(separator: ",")) }
    if !years.isEmpty { parts.append(years.map(\.text).joined(separator: ",")) }
    return parts.joined(separator: " ")
  }
}

/// Months as in `channels.json`: `dec`, or a range such as `nov-feb`, which may cross the end of the year.
package struct MonthSpan: FieldValue, Hashable {
  /// 1 to 12.
  package var months: Set<Int>

  static let names = CivilTime.monthNames.map { $0.lowercased() }

  package static var shape: FieldShape { .string("a month such as \"dec\", or months such as \"jun-aug\"") }
  package static func read(_ node: JSONNode, _ report: inout Report) -> MonthSpan? {
    guard let text = String.read(node, &report) else { return nil }
    let ends = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
      .map { word in names.firstIndex { $0 == word } }
    if let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2 {
      return MonthSpan(months: Set((0...(last - first + 12) % 12).map { (first + $0) % 12 + 1 }))
    }
    report.error(
      "\"\(text)\" is not a month or a range of months.",
      at: node.offset,
      remedy: "Write the first three letters of a month, such as \"dec\", or a range such as \"nov-feb\"."
    )
    return nil
  }
  package var shown: String { months.sorted().map { MonthSpan.names[$0 - 1] }.joined(separator: ", ") }
}

/// Days of a month as in `channels.json`: `24`, `24-31`, and counted from the end `-1` or `-3--1`.
package struct MonthDaySpan: FieldValue, Hashable {
  /// 1 to 31, or -1 to -31 for the last day and those before it.
  package var first: Int
  package var last: Int

  /// Nil if no month has such days.
  package init?(_ first: Int, _ last: Int) {
    let days = 1...31
    guard days.contains(abs(first)), days.contains(abs(last)), first > 0 || last < 0 else { return nil }
    let end = last > 0 || first < 0 ? last : last + 32
    guard first <= end else { return nil }
    self.first = first
    self.last = last
  }

  func contains(_ date: CivilTime) -> Bool {
    let length = date.daysInMonth
    let (first, last) = (
      self.first < 0 ? self.first + length + 1 : self.first, self.last < 0 ? self.last + length + 1 : self.last
    )
    return first <= date.day && date.day <= last
  }

  package static var shape: FieldShape {
    let text = "a day of the month such as 24 or -1 for the last one, or days such as \"24-31\" or \"-3--1\""
    return .said(text, .oneOf([.integer(-31...31), .string(text)]))
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> MonthDaySpan? {
    let written: String? =
      switch node.value {
      case .string(let text), .number(let text): text
      default: nil
      }
    if let written, let (first, last) = ends(of: written), let span = MonthDaySpan(first, last) { return span }
    report.error(
      "\(written.map { "\"\($0)\"" } ?? node.kindName) is not a day of the month or a range of days.",
      at: node.offset,
      remedy: "Write it like 24 or \"24-31\"; -1 is the last day of a month, \"-3--1\" its last three days."
    )
    return nil
  }

  /// The numbers of `24`, `24-31` or `-3--1`.
  private static func ends(of text: String) -> (Int, Int)? {
    // The first character may be a sign; a hyphen after it separates.
    guard let first = text.first else { return nil }
    let hyphen = text.dropFirst().firstIndex(of: "-")
    let head = hyphen.map { text[..<$0] } ?? text[...]
    let tail = hyphen.map { text[text.index(after: $0)...] } ?? head
    guard first != "+", tail.first != "+", let begin = Int(head), let end = Int(tail) else { return nil }
    return (begin, end)
  }

  package var text: String { first == last ? "\(first)" : "\(first)-\(last)" }
  package var shown: String { text }
}

/// Years as in `channels.json`: `2026`, or a range such as `2026-2028`.
package struct YearSpan: FieldValue, Hashable {
  package var years: ClosedRange<Int>

  package static var shape: FieldShape {
    let text = "a year such as 2026, or years such as \"2026-2028\""
    return .said(text, .oneOf([.integer(1970...9999), .string(text)]))
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> YearSpan? {
    let written: String? =
      switch node.value {
      case .string(let text), .number(let text): text
      default: nil
      }
    let ends = written?.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) } ?? []
    if let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
      first >= 1970, last <= 9999
    {
      return YearSpan(years: first...last)
    }
    report.error(
      "\(written.map { "\"\($0)\"" } ?? node.kindName) is not a year or a range of years.",
      at: node.offset,
      remedy: "Write it like 2026 or \"2026-2028\"."
    )
    return nil
  }
  package var text: String {
    years.count == 1 ? "\(years.lowerBound)" : "\(years.lowerBound)-\(years.upperBound)"
  }
  package var shown: String { text }
}

/// Dates as in `channels.json`: `2026-12-25`, or a range such as `2026-12-24/2027-01-02`, with both its ends.
package struct DateSpan: FieldValue, Hashable {
  /// Days since 1970-01-01.
  package var days: ClosedRange<Int64>

  package static var shape: FieldShape {
    .string("a date such as \"2026-12-25\", or dates such as \"2026-12-24/2027-01-02\"")
  }
  package static func read(_ node: JSONNode, _ report: inout Report) -> DateSpan? {
    guard let text = String.read(node, &report) else { return nil }
    let ends = text.split(separator: "/", omittingEmptySubsequences: false).map(day)
    if let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last {
      return DateSpan(days: first...last)
    }
    report.error(
      "\"\(text)\" is not a date or a range of dates.",
      at: node.offset,
      remedy: "Write it like \"2026-12-25\" or \"2026-12-24/2027-01-02\"."
    )
    return nil
  }

  private static func day(_ text: Substring) -> Int64? {
    guard text.utf8.count == 10 else { return nil }
    return Instant(iso8601: "\(text)T00:00:00Z").map { $0.microseconds / 86_400_000_000 }
  }

  private static func text(_ day: Int64) -> String {
    let date = CivilTime(day: day)
    return "\(date.year.padded(to: 4))-\(date.month.padded(to: 2))-\(date.day.padded(to: 2))"
  }
  package var text: String {
    days.count == 1
      ? DateSpan.text(days.lowerBound) : "\(DateSpan.text(days.lowerBound))/\(DateSpan.text(days.upperBound))"
  }
  package var shown: String { text }
}
