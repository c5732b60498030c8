// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@Suite("Wall-clock windows, compared with a walk through local times")
struct WallClockPropertyTests {
  @Test(
    "start, apply and end as in the walk, around each clock change",
    arguments: [
      ("Europe/Paris", "2027-03-28T01:00:00Z"), ("Europe/Paris", "2027-10-31T01:00:00Z"),
      ("America/New_York", "2027-03-14T07:00:00Z"), ("America/New_York", "2027-11-07T06:00:00Z"),
      ("Australia/Lord_Howe", "2027-10-02T15:30:00Z"), ("Australia/Lord_Howe", "2027-04-03T15:00:00Z"),
      ("Asia/Kathmandu", "2027-06-01T00:00:00Z"), ("UTC", "2027-12-31T23:59:00Z"),
      ("America/Santiago", "2026-04-05T03:00:00Z"), ("America/St_Johns", "2006-10-29T02:31:00Z"),
      ("Africa/Cairo", "2026-04-23T22:00:00Z"), ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ]
  )
  func walk(zone: String, change: String) throws {
    let walk = ClockWalk(
      zone: try #require(TimeZone(identifier: zone)),
      around: try #require(Instant(iso8601: change)).microseconds / 60_000_000
    )
    var random = SeededGenerator(seed: 20_270_328)
    for _ in 0..<60 {
      let window = try WallClockWindow.any(in: walk.zone, &random)
      let faults = walk.faults(of: window, at: (0..<60).map { _ in walk.anyMinute(&random) })
      #expect(faults == [], "\(window.from.text)-\(window.to.text) \(window.days.map(\.name))")
    }
  }
}

/// The local time in a zone for each minute of three weeks, which is all that the zone is used for.
///
/// Minutes are counted from 1970: absolute ones, and local ones, some of which are skipped or repeated.
private struct ClockWalk {
  let zone: TimeZone
  let change: Int64
  private let shown: [Int64: Int64]
  private let first: [Int64: Int64]
  private let last: [Int64: Int64]

  static let day: Int64 = 1440
  private static let before = 7 * day
  private static let after = 15 * day

  init(zone: TimeZone, around change: Int64) {
    self.zone = zone
    self.change = change
    let minutes = change - ClockWalk.before..<change + ClockWalk.after
    let pairs = minutes.map { minute in
      (minute, minute + Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(minute * 60)))) / 60)
    }
    shown = Dictionary(uniqueKeysWithValues: pairs)
    first = Dictionary(pairs.map { ($1, $0) }) { earlier, _ in earlier }
    last = Dictionary(pairs.map { ($1, $0) }) { _, later in later }
  }

  private func index(_ minute: Int64) -> Int { Int(minute - change + ClockWalk.before) }

  /// Half of them are within three hours of the change, the others within four days.
  func anyMinute(_ random: inout SeededGenerator) -> Int64 {
    let reach: Int64 = Bool.random(using: &random) ? 180 : 4 * ClockWalk.day
    return change + Int64.random(in: -reach...reach, using: &random)
  }

  func faults(of window: WallClockWindow, at minutes: [Int64]) -> [String] {
    let stretches = stretches(of: window)
    var held = Array(repeating: false, count: shown.count)
    for minute in stretches.joined() { held[index(minute)] = true }
    return minutes.flatMap { minute in
      let now = Instant(seconds: minute * 60)
      var faults = faults(of: window, end: window.end(at: now), at: minute, held)
      let next = stretches.map(\.lowerBound).filter { $0 > minute }.min()
      if window.span.next(after: now)?.microseconds != next.map({ $0 * 60_000_000 }) { faults.append("next") }
      // Nothing changes within a minute.
      let late = now + .microseconds(59_999_999)
      if !window.isEndless, window.end(at: late) != window.end(at: now) { faults.append("end within the minute") }
      return faults.map { "\($0) after \(now.iso8601)" }
    }
  }

  private func faults(of window: WallClockWindow, end: Instant?, at minute: Int64, _ held: [Bool]) -> [String] {
    let now = Instant(seconds: minute * 60)
    var faults: [String] = []
    if window.isEndless {
      guard let end, end > now, end <= now + .seconds(8 * 86_400) else { return ["the end of an endless one"] }
      if window.end(at: end) == nil { faults.append("an endless one ends") }
    } else {
      let expected = held[index(minute)] ? (minute...).first { !held[index($0)] } : nil
      if end?.microseconds != expected.map({ $0 * 60_000_000 }) { faults.append("end") }
      if let end, end <= now { faults.append("end before now") }
      if let end, window.end(at: end) != nil { faults.append("it holds at its end") }
    }
    // Every local time in the window is covered; away from clock changes, no other time is.
    let isShown = shown[minute].map(window.names) ?? false
    if isShown, end == nil { faults.append("the clocks show a time of it, and it does not hold") }
    if !isShown, end != nil, abs(minute - change) > 2 * ClockWalk.day { faults.append("it holds at another time") }
    return faults
  }

  /// All windows of the walk, in absolute minutes, without those that are skipped completely.
  private func stretches(of window: WallClockWindow) -> [Range<Int64>] {
    let days = (change / ClockWalk.day - 5)...(change / ClockWalk.day + 13)
    return days.filter(window.begins).compactMap { day in
      let from = day * ClockWalk.day + window.from.minuteOfDay
      let to = (window.isOverMidnight ? day + 1 : day) * ClockWalk.day + window.to.minuteOfDay
      guard let begin = minute(from, in: first), let end = minute(to, in: last), begin < end else { return nil }
      return begin..<end
    }
  }

  /// The minute with local time `time`, or the first with a later one if it is skipped.
  private func minute(_ time: Int64, in minutes: [Int64: Int64]) -> Int64? {
    minutes[time] ?? (time...time + ClockWalk.day).lazy.compactMap { first[$0] }.first
  }
}

extension WallClockWindow {
  /// Most of its ends are in the hours in which clocks change.
  fileprivate static func any(in zone: TimeZone, _ random: inout SeededGenerator) throws -> WallClockWindow {
    let from = try TimeOfDay.any(&random)
    let isWholeDay = Int.random(in: 0..<8, using: &random) == 0
    var days = Set(Weekday.allCases)
    if Bool.random(using: &random) { days = days.filter { _ in Bool.random(using: &random) } }
    if days.isEmpty { days = [.sun] }
    return WallClockWindow(from: from, to: isWholeDay ? from : try TimeOfDay.any(&random), days: days, zone: zone)
  }

  fileprivate var isOverMidnight: Bool { to.minuteOfDay <= from.minuteOfDay }
  fileprivate var isEndless: Bool { from == to && days.count == 7 }

  /// 1970-01-01 was a Thursday.
  fileprivate func begins(on day: Int64) -> Bool { days.contains { Int64($0.rawValue) == (day + 3) % 7 } }

  /// Whether the window contains this local minute.
  fileprivate func names(_ shown: Int64) -> Bool {
    let (day, minute) = shown.quotientAndRemainder(dividingBy: ClockWalk.day)
    guard isOverMidnight else {
      return begins(on: day) && from.minuteOfDay <= minute && minute < to.minuteOfDay
    }
    return begins(on: day) && from.minuteOfDay <= minute || begins(on: day - 1) && minute < to.minuteOfDay
  }
}

extension TimeOfDay {
  fileprivate static func any(_ random: inout SeededGenerator) throws -> TimeOfDay {
    let hour = [0, 1, 2, 3, 23, .random(in: 0..<24, using: &random)].randomElement(using: &random)
    let minute = [0, 15, 30, 45, .random(in: 0..<60, using: &random)].randomElement(using: &random)
    return try #require(TimeOfDay(text: String(format: "%02d:%02d", hour ?? 0, minute ?? 0)))
  }

  fileprivate var minuteOfDay: Int64 { Int64(hour * 60 + minute) }
}
