// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@Suite("Hours of the calendar, compared with a walk through two years")
struct HoursPropertyTests {
  @Test(
    "apply and end as in the walk",
    arguments: ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]
  )
  func walk(zone: String) throws {
    let walk = try YearsWalk(zone: #require(TimeZone(identifier: zone)))
    var random = SeededGenerator(seed: 20_261_225)
    for _ in 0..<12 {
      let spans = try (0..<Int.random(in: 1...3, using: &random)).map { _ in try walk.anySpan(&random) }
      let isInverted = Bool.random(using: &random)
      let hours = Hours(spans, isInverted: isInverted)
      let held = walk.held(spans).map { $0 != isInverted }
      let text = spans.map(\.text).joined(separator: ", ")
      for _ in 0..<40 {
        let slot = walk.anySlot(&random)
        let end = hours.end(at: walk.moment(slot)).map { walk.slot($0) }
        let fault = walk.fault(end, at: slot, held, isPlain: spans.count == 1)
        #expect(fault == nil, "\(isInverted ? "outside of " : "")\(text) at \(walk.moment(slot).iso8601)")
      }
    }
  }
}

/// Two years in steps of five minutes, and the local time in a zone at each, which is all that the zone is used for.
private struct YearsWalk {
  let zone: TimeZone
  private let start: Int64
  /// The local steps since 1970.
  private let shown: [Int64]
  private let first: [Int64: Int]
  private let last: [Int64: Int]
  private let changes: [Int]
  /// The dates of local days, and the number of days in their month.
  private let dates: [(day: Int64, date: DateComponents, length: Int)]

  private static let step: Int64 = 300
  private static let day: Int64 = 288
  private static let days: Int64 = 730

  init(zone: TimeZone) throws {
    self.zone = zone
    let begin = try #require(Instant(iso8601: "2026-01-01T00:00:00Z")).microseconds / 1_000_000
    start = begin / YearsWalk.step
    // No zone changes its clocks within half an hour that starts at a full or a half hour.
    let offsets = (0..<YearsWalk.days * 48).map { half in
      Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(begin + half * 1800)))) / YearsWalk.step
    }
    let start = start
    let shown = (0..<Int(YearsWalk.days * YearsWalk.day)).map { start + Int64($0) + offsets[$0 / 6] }
    self.shown = shown
    changes = offsets.indices.dropFirst().filter { offsets[$0] != offsets[$0 - 1] }.map { $0 * 6 }
    // Away from the changes of the clock, each local step occurs once: only those near them need a table.
    var (first, last) = ([Int64: Int](), [Int64: Int]())
    for change in changes {
      for slot in max(0, change - 2 * 288)..<min(shown.count, change + 2 * 288) {
        if first[shown[slot]] == nil { first[shown[slot]] = slot }
        last[shown[slot]] = slot
      }
    }
    (self.first, self.last) = (first, last)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    dates = (begin / 86_400 - 3...begin / 86_400 + YearsWalk.days + 2).map { day in
      let date = Date(timeIntervalSince1970: Double(day * 86_400))
      let length = calendar.range(of: .day, in: .month, for: date)?.count ?? 0
      return (day, calendar.dateComponents([.year, .month, .day, .weekday], from: date), length)
    }
  }

  func moment(_ slot: Int) -> Instant { Instant(seconds: (start + Int64(slot)) * YearsWalk.step) }
  func slot(_ moment: Instant) -> Int { Int(moment.microseconds / 1_000_000 / YearsWalk.step - start) }

  /// Half of them are within six hours of a change of the clock.
  func anySlot(_ random: inout SeededGenerator) -> Int {
    if Bool.random(using: &random), let change = changes.dropLast().randomElement(using: &random) {
      return change + .random(in: -72...72, using: &random)
    }
    return .random(in: 0..<shown.count * 5 / 6, using: &random)
  }

  /// What is wrong with an end; nil if nothing is.
  func fault(_ end: Int?, at slot: Int, _ held: [Bool], isPlain: Bool) -> String? {
    guard held[slot] else { return end == nil ? nil : "it applies at another time" }
    guard let end else { return "it does not apply" }
    let expected = held[slot...].firstIndex(of: false)
    if end == expected { return nil }
    // An end that is far away, or behind many spans, may be any time until when they apply.
    let isFar = expected.map { $0 - slot > 398 * 288 || (!isPlain && $0 - slot > 8 * 288) } ?? true
    return isFar && end > slot && (expected.map { end < $0 } ?? true) ? nil : "end"
  }

  /// The steps that the spans cover.
  func held(_ spans: [CalendarSpan]) -> [Bool] {
    var held = [Bool](repeating: false, count: shown.count)
    for span in spans {
      let (from, to) = (span.from.step, span.to.step)
      for (day, date, length) in dates where matches(date, length, span.days, day) {
        let begin = slot(of: day * YearsWalk.day + from, in: first)
        let end = slot(of: (to <= from ? day + 1 : day) * YearsWalk.day + to, in: last)
        for slot in max(0, begin)..<max(0, begin, min(held.count, end)) { held[slot] = true }
      }
    }
    return held
  }

  /// The slot with this local step, or the first with a later one if it is skipped.
  private func slot(of local: Int64, in slots: [Int64: Int]) -> Int {
    if let slot = slots[local] { return slot }
    for change in changes where shown[change - 1] < local && local < shown[change] { return change }
    let change = changes.last { shown[$0] <= local } ?? 0
    return change + Int(local - shown[change])
  }

  private func matches(_ date: DateComponents, _ length: Int, _ days: CalendarDays, _ day: Int64) -> Bool {
    let (number, weekday) = (date.day ?? 0, ((date.weekday ?? 0) + 5) % 7)
    func isIn(_ span: MonthDaySpan) -> Bool {
      let first = span.first < 0 ? length + 1 + span.first : span.first
      let last = span.last < 0 ? length + 1 + span.last : span.last
      return first <= number && number <= last
    }
    return days.weekdays.contains { $0.rawValue == weekday }
      && (days.dates.isEmpty || days.dates.contains { $0.days.contains(day) })
      && (days.months.isEmpty || days.months.contains(date.month ?? 0))
      && (days.years.isEmpty || days.years.contains { $0.years.contains(date.year ?? 0) })
      && (days.monthDays.isEmpty || days.monthDays.contains(where: isIn))
  }

  func anySpan(_ random: inout SeededGenerator) throws -> CalendarSpan {
    var days = CalendarDays()
    if Int.random(in: 0..<3, using: &random) == 0 {
      days.weekdays = days.weekdays.filter { _ in Bool.random(using: &random) }
      if days.weekdays.isEmpty { days.weekdays = [.sun] }
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      let (first, last) = (Int.random(in: -31...31, using: &random), Int.random(in: -31...31, using: &random))
      days.monthDays = [MonthDaySpan(min(first, last), max(first, last)), MonthDaySpan(first, first)].compactMap(\.self)
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      days.months = Set((0..<4).map { _ in .random(in: 1...12, using: &random) })
    }
    if Int.random(in: 0..<6, using: &random) == 0 { days.years = [try read("2027")] }
    if Int.random(in: 0..<5, using: &random) == 0 {
      days.dates = try (0..<3).map { _ in
        let first = try #require(dates.randomElement(using: &random)).day
        let ends = [first, first + .random(in: 0...9, using: &random)]
        return try read(ends.map { String(Instant(seconds: $0 * 86_400).iso8601.prefix(10)) }.joined(separator: "/"))
      }
    }
    let isWholeDay = Int.random(in: 0..<3, using: &random) == 0
    let from = isWholeDay ? .midnight : try TimeOfDay.any(&random)
    return CalendarSpan(from: from, to: isWholeDay ? from : try TimeOfDay.any(&random), days: days, zone: zone)
  }
}

/// Reads a value as in the file.
private func read<Value: FieldValue>(_ text: String) throws -> Value {
  var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
  return try #require(Value.read(JSONNode(.string(text), offset: 0), &report))
}

extension TimeOfDay {
  /// Most of them are in the hours in which clocks change.
  fileprivate static func any(_ random: inout SeededGenerator) throws -> TimeOfDay {
    let hour = [0, 1, 2, 3, 23, .random(in: 0..<24, using: &random)].randomElement(using: &random) ?? 0
    return try #require(TimeOfDay(text: String(format: "%02d:%02d", hour, 5 * Int.random(in: 0..<12, using: &random))))
  }

  fileprivate var step: Int64 { Int64(hour * 12 + minute / 5) }
}
