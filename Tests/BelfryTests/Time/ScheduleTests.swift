// SPDX-License-Identifier: Apache-2.0
import Belfry
import Foundation
import Testing

@Suite("Schedules")
struct ScheduleTests {
  private func at(_ time: String, _ zone: String, days: Set<Weekday> = Set(Weekday.allCases)) throws -> Schedule {
    .at(try #require(TimeOfDay(text: time)), days: days, zone: try #require(TimeZone(identifier: zone)))
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

  @Test("of an interval are due one interval later")
  func every() throws {
    #expect(Schedule.every(.seconds(90)).next(after: Instant(seconds: 10)) == Instant(seconds: 100))
  }

  @Test(
    "of a time of day are due at the next such local time",
    arguments: [
      // An ordinary day, before and after the time, and at it.
      ("09:00", "Europe/Paris", "2027-01-15T07:59:59Z", "2027-01-15T08:00:00Z"),
      ("09:00", "Europe/Paris", "2027-01-15T08:00:00Z", "2027-01-16T08:00:00Z"),
      ("00:00", "UTC", "2027-01-15T23:59:59.999Z", "2027-01-16T00:00:00Z"),
      ("23:59", "UTC", "2027-12-31T23:59:30Z", "2028-01-01T23:59:00Z"),
      ("09:00", "Asia/Kathmandu", "2027-06-01T03:14:59Z", "2027-06-01T03:15:00Z"),
      ("00:30", "Asia/Kathmandu", "2027-06-01T18:44:00Z", "2027-06-01T18:45:00Z"),
      // Paris: 2027-03-28 02:00 becomes 03:00; 2027-10-31 03:00 becomes 02:00.
      ("09:00", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T07:00:00Z"),
      ("02:00", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
      ("02:30", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
      ("02:59", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
      ("03:00", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
      ("02:30", "Europe/Paris", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"),
      ("02:30", "Europe/Paris", "2027-10-30T12:00:00Z", "2027-10-31T00:30:00Z"),
      ("02:30", "Europe/Paris", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"),
      ("02:30", "Europe/Paris", "2027-10-31T01:15:00Z", "2027-11-01T01:30:00Z"),
      ("03:00", "Europe/Paris", "2027-10-31T00:45:00Z", "2027-10-31T02:00:00Z"),
      ("12:00", "Europe/Paris", "2027-10-31T00:45:00Z", "2027-10-31T11:00:00Z"),
      // New York: 2027-03-14 02:00 becomes 03:00; 2027-11-07 02:00 becomes 01:00.
      ("02:30", "America/New_York", "2027-03-14T05:00:00Z", "2027-03-14T07:00:00Z"),
      ("01:30", "America/New_York", "2027-11-07T04:00:00Z", "2027-11-07T05:30:00Z"),
      ("01:30", "America/New_York", "2027-11-07T05:30:00Z", "2027-11-08T06:30:00Z"),
      // Lord Howe, by half an hour: 2027-10-03 02:00 becomes 02:30; 2027-04-04 02:00 becomes 01:30.
      ("02:15", "Australia/Lord_Howe", "2027-10-02T10:00:00Z", "2027-10-02T15:30:00Z"),
      ("02:30", "Australia/Lord_Howe", "2027-10-02T10:00:00Z", "2027-10-02T15:30:00Z"),
      ("01:45", "Australia/Lord_Howe", "2027-04-03T10:00:00Z", "2027-04-03T14:45:00Z"),
      ("01:45", "Australia/Lord_Howe", "2027-04-03T14:45:00Z", "2027-04-04T15:15:00Z"),
      // Samoa had no 30 December 2011.
      ("09:00", "Pacific/Apia", "2011-12-29T20:00:00Z", "2011-12-30T10:00:00Z"),
      ("09:00", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T19:00:00Z"),
      // Before 1970.
      ("09:00", "UTC", "1969-12-31T23:00:00Z", "1970-01-01T09:00:00Z"),
      ("09:00", "UTC", "1969-12-30T23:00:00Z", "1969-12-31T09:00:00Z"),
    ]
  )
  func clock(time: String, zone: String, now: String, expected: String) throws {
    #expect(try at(time, zone).next(after: instant(now)).iso8601 == expected)
  }

  @Test(
    "on some days wait for the next of them",
    arguments: [
      ([.fri], "2027-01-15T08:00:00Z", "2027-01-22T08:00:00Z"),
      ([.fri], "2027-01-15T07:00:00Z", "2027-01-15T08:00:00Z"),
      ([.mon], "2027-01-15T07:00:00Z", "2027-01-18T08:00:00Z"),
      ([.thu], "2027-01-15T07:00:00Z", "2027-01-21T08:00:00Z"),
      ([.sat, .sun], "2027-01-16T08:00:00Z", "2027-01-17T08:00:00Z"),
    ] as [(Set<Weekday>, String, String)]
  )
  func days(days: Set<Weekday>, now: String, expected: String) throws {
    #expect(try at("09:00", "Europe/Paris", days: days).next(after: instant(now)).iso8601 == expected)
  }

  @Test("use the local day and not that of UTC")
  func localDay() throws {
    // Monday 08:00 in Kathmandu is Monday 02:15 in UTC; Monday 01:00 there is still Sunday in UTC.
    #expect(
      try at("01:00", "Asia/Kathmandu", days: [.mon]).next(after: instant("2027-01-16T00:00:00Z")).iso8601
        == "2027-01-17T19:15:00Z"
    )
  }

  @Test(
    "are due exactly once on each day of three years, in order",
    arguments: [
      "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC",
      // These zones change their clocks at midnight.
      "America/Santiago", "Africa/Cairo",
    ],
    ["00:00", "01:30", "01:45", "02:00", "02:15", "02:30", "03:00", "09:00", "23:59"]
  )
  func oncePerDay(zone: String, time: String) throws {
    let schedule = try at(time, zone)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(identifier: zone))
    var now = try instant("2026-01-01T12:00:00Z")
    var dates: Set<DateComponents> = []
    let days = 3 * 365
    for _ in 0..<days {
      let next = schedule.next(after: now)
      #expect(next > now)
      now = next
      let date = Date(timeIntervalSince1970: Double(now.microseconds / 1_000_000))
      dates.insert(calendar.dateComponents([.year, .month, .day], from: date))
    }
    #expect(dates.count == days)
    #expect(now - (try instant("2026-01-01T12:00:00Z")) < .seconds((days + 1) * 86_400))
  }

  @Test(
    "use the days of a span, also across the end of the week",
    arguments: [
      ("mon", [Weekday.mon]), ("mon-wed", [.mon, .tue, .wed]), ("fri-mon", [.mon, .fri, .sat, .sun]),
      ("Sun-Sun", [.sun]),
      ("", nil), ("monday", nil), ("mon-", nil), ("mon-tue-wed", nil), ("-", nil),
    ] as [(String, [Weekday]?)]
  )
  func spans(text: String, days: [Weekday]?) {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    let span = WeekdaySpan.read(JSONNode(.string(text), offset: 0), &report)
    #expect(span?.days == days.map(Set.init))
    #expect((report.errorCount == 0) == (days != nil))
  }

  @Test(
    "accept names of time zones, aliases included",
    arguments: [
      ("Europe/Paris", true), ("Asia/Kolkata", true), ("US/Pacific", true), ("Etc/UTC", true), ("UTC", true),
      ("europe/paris", false), ("GMT+3", false), ("Europe/Pari", false), ("", false),
    ]
  )
  func zones(name: String, isKnown: Bool) {
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    #expect((TimeZoneName.read(JSONNode(.string(name), offset: 0), &report) != nil) == isKnown)
  }
}

@Suite("Durations in text")
struct DurationTextTests {
  @Test(
    "are read",
    arguments: [
      ("90s", 90_000), ("30m", 1_800_000), ("24h", 86_400_000), ("7d", 604_800_000), ("500ms", 500),
      ("1h30m", 5_400_000),
      ("0", 0), ("0s", 0), ("1800", 1_800_000), ("1d1h1m1s1ms", 90_061_001),
      ("", nil), ("-1", nil), ("+5", nil), ("-5s", nil), ("1.5h", nil), ("1h 30m", nil), ("5 minutes", nil), ("s", nil),
      ("5x", nil), ("5S", nil), ("1e3", nil), ("٣s", nil), ("99999999999999999999", nil), ("4000d", nil), (" 5", nil),
      ("3660d", 316_224_000_000), ("3660d1s", nil),
    ] as [(String, Int?)]
  )
  func read(text: String, milliseconds: Int?) {
    #expect(Duration(text: text) == milliseconds.map { .milliseconds($0) })
  }

  @Test("are written so that they read back", arguments: [0, 1, 999, 1000, 61_000, 3_600_000, 5_400_000, 604_800_000])
  func roundTrip(milliseconds: Int) {
    let duration = Duration.milliseconds(milliseconds)
    #expect(Duration(text: duration.text) == duration)
  }
}
