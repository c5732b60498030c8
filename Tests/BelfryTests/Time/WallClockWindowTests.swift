// SPDX-License-Identifier: Apache-2.0
import Belfry
import Foundation
import Testing

@Suite("Wall-clock windows")
struct WallClockWindowTests {
  @Test(
    "apply from their start until just before their end",
    arguments: [
      // 2027-01-15 is a Friday.
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-15T20:59:59.999999Z", nil),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-15T21:00:00Z", "2027-01-16T06:00:00Z"),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-15T23:00:00Z", "2027-01-16T06:00:00Z"),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-16T05:59:59.999999Z", "2027-01-16T06:00:00Z"),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-16T06:00:00Z", nil),
      ("09:00-17:00 mon-fri", "America/New_York", "2027-01-15T13:59:00Z", nil),
      ("09:00-17:00 mon-fri", "America/New_York", "2027-01-15T14:00:00Z", "2027-01-15T22:00:00Z"),
      ("09:00-17:00 mon-fri", "America/New_York", "2027-01-15T22:00:00Z", nil),
      ("22:00-07:00 mon", "Asia/Kathmandu", "2027-01-18T16:15:00Z", "2027-01-19T01:15:00Z"),
      ("23:59-00:00 mon-sun", "UTC", "2027-01-15T23:59:59Z", "2027-01-16T00:00:00Z"),
      ("00:00-00:01 mon-sun", "UTC", "2027-01-15T23:59:59Z", nil),
      ("22:00-07:00 mon-sun", "UTC", "1969-12-31T23:00:00Z", "1970-01-01T07:00:00Z"),
    ]
  )
  func holds(window: String, zone: String, now: String, end: String?) throws {
    #expect(try read(window, zone).end(at: instant(now))?.iso8601 == end)
  }

  @Test(
    "depend on the local day on which they start, not on the day in UTC",
    arguments: [
      // Saturday evening; Monday morning, of a night that began on Sunday; Monday evening.
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-16T22:00:00Z", nil),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-18T05:00:00Z", nil),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-18T21:00:00Z", "2027-01-19T06:00:00Z"),
      // Monday 01:00 in Kathmandu is still Sunday in UTC.
      ("00:30-02:00 mon", "Asia/Kathmandu", "2027-01-17T19:15:00Z", "2027-01-17T20:15:00Z"),
      ("00:30-02:00 sun", "Asia/Kathmandu", "2027-01-17T19:15:00Z", nil),
    ]
  )
  func days(window: String, zone: String, now: String, end: String?) throws {
    #expect(try read(window, zone).end(at: instant(now))?.iso8601 == end)
  }

  @Test(
    "last a whole day if they end at the time at which they start, and end with the last of adjacent ones",
    arguments: [
      ("00:00-00:00 fri", "2027-01-15T00:00:00Z", "2027-01-16T00:00:00Z"),
      ("00:00-00:00 fri", "2027-01-16T00:00:00Z", nil),
      ("09:00-09:00 sat-sun", "2027-01-16T09:00:00Z", "2027-01-18T09:00:00Z"),
      ("09:00-09:00 sat-sun", "2027-01-17T09:00:00Z", "2027-01-18T09:00:00Z"),
      ("09:00-09:00 tue-sun", "2027-01-12T09:00:00Z", "2027-01-18T09:00:00Z"),
      // For a window that never ends, the result is the last end within eight days.
      ("00:00-00:00 mon-sun", "2027-01-15T12:00:00Z", "2027-01-23T00:00:00Z"),
      ("12:00-12:00 mon-sun", "2027-01-15T12:00:00Z", "2027-01-23T12:00:00Z"),
      ("12:00-12:00 mon-sun", "2027-01-15T11:59:00Z", "2027-01-22T12:00:00Z"),
    ]
  )
  func chains(window: String, now: String, end: String?) throws {
    #expect(try read(window, "UTC").end(at: instant(now))?.iso8601 == end)
  }

  @Test(
    "use the moment of the change for a local time that is skipped",
    arguments: [
      // Paris: 2027-03-28 02:00 becomes 03:00, at 01:00Z.
      ("22:00-07:00", "Europe/Paris", "2027-03-27T22:00:00Z", "2027-03-28T05:00:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-03-28T00:59:59Z", nil),
      ("02:30-05:00", "Europe/Paris", "2027-03-28T01:00:00Z", "2027-03-28T03:00:00Z"),
      ("22:00-02:30", "Europe/Paris", "2027-03-27T22:00:00Z", "2027-03-28T01:00:00Z"),
      ("22:00-02:30", "Europe/Paris", "2027-03-28T01:00:00Z", nil),
      ("02:15-02:45", "Europe/Paris", "2027-03-28T00:59:59Z", nil),
      ("02:15-02:45", "Europe/Paris", "2027-03-28T01:00:00Z", nil),
      ("02:00-03:00", "Europe/Paris", "2027-03-28T01:00:00Z", nil),
      ("02:30-02:30", "Europe/Paris", "2027-03-28T00:59:59Z", "2027-04-05T00:30:00Z"),
      // New York: 2027-03-14 02:00 becomes 03:00, at 07:00Z.
      ("22:00-07:00", "America/New_York", "2027-03-14T03:00:00Z", "2027-03-14T11:00:00Z"),
      ("22:00-02:30", "America/New_York", "2027-03-14T03:00:00Z", "2027-03-14T07:00:00Z"),
      // Lord Howe, by half an hour: 2027-10-03 02:00 becomes 02:30, at 15:30Z.
      ("22:00-02:15", "Australia/Lord_Howe", "2027-10-02T11:30:00Z", "2027-10-02T15:30:00Z"),
      ("02:00-02:30", "Australia/Lord_Howe", "2027-10-02T15:30:00Z", nil),
      ("02:15-02:45", "Australia/Lord_Howe", "2027-10-02T15:30:00Z", "2027-10-02T15:45:00Z"),
      // Samoa had no 30 December 2011, which would have been a Friday.
      ("09:00-09:00 thu", "Pacific/Apia", "2011-12-29T19:00:00Z", "2011-12-30T10:00:00Z"),
      ("09:00-17:00 fri", "Pacific/Apia", "2011-12-30T10:00:00Z", nil),
      ("22:00-07:00 fri", "Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T17:00:00Z"),
    ]
  )
  func skipped(window: String, zone: String, now: String, end: String?) throws {
    #expect(try read(window, zone).end(at: instant(now))?.iso8601 == end)
  }

  @Test(
    "start the first time and end the last time that a repeated local time occurs",
    arguments: [
      // Paris: 2027-10-31 03:00 becomes 02:00, at 01:00Z.
      ("22:00-07:00", "Europe/Paris", "2027-10-30T20:00:00Z", "2027-10-31T06:00:00Z"),
      ("22:00-02:30", "Europe/Paris", "2027-10-30T20:00:00Z", "2027-10-31T01:30:00Z"),
      ("22:00-02:30", "Europe/Paris", "2027-10-31T00:45:00Z", "2027-10-31T01:30:00Z"),
      ("22:00-02:30", "Europe/Paris", "2027-10-31T01:30:00Z", nil),
      ("22:00-02:00", "Europe/Paris", "2027-10-30T20:00:00Z", "2027-10-31T01:00:00Z"),
      ("22:00-03:00", "Europe/Paris", "2027-10-30T20:00:00Z", "2027-10-31T02:00:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-10-31T00:29:59Z", nil),
      ("02:30-05:00", "Europe/Paris", "2027-10-31T00:30:00Z", "2027-10-31T04:00:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-10-31T01:10:00Z", "2027-10-31T04:00:00Z"),
      ("02:15-02:45", "Europe/Paris", "2027-10-31T00:15:00Z", "2027-10-31T01:45:00Z"),
      ("02:15-02:45", "Europe/Paris", "2027-10-31T01:45:00Z", nil),
      // The next one starts before it ends.
      ("02:45-02:15", "Europe/Paris", "2027-10-30T12:00:00Z", "2027-11-01T01:15:00Z"),
      ("02:45-02:15", "Europe/Paris", "2027-10-29T12:00:00Z", "2027-10-30T00:15:00Z"),
      // New York: 2027-11-07 02:00 becomes 01:00, at 06:00Z.
      ("22:00-07:00", "America/New_York", "2027-11-07T02:00:00Z", "2027-11-07T12:00:00Z"),
      ("22:00-01:30", "America/New_York", "2027-11-07T02:00:00Z", "2027-11-07T06:30:00Z"),
      // Lord Howe, by half an hour: 2027-04-04 02:00 becomes 01:30, at 15:00Z.
      ("22:00-01:45", "Australia/Lord_Howe", "2027-04-03T11:00:00Z", "2027-04-03T15:15:00Z"),
      // Santiago: 2026-04-05 00:00 becomes 23:00 of the Saturday, at 03:00Z.
      ("22:00-23:30 sat", "America/Santiago", "2026-04-05T02:45:00Z", "2026-04-05T03:30:00Z"),
      // Saint John's: 2006-10-29 00:01 becomes 23:01 of the Saturday, at 02:31Z: Friday's window still applies on
      // Sunday.
      ("23:45-23:30 fri", "America/St_Johns", "2006-10-29T02:30:30Z", "2006-10-29T03:00:00Z"),
    ]
  )
  func repeated(window: String, zone: String, now: String, end: String?) throws {
    #expect(try read(window, zone).end(at: instant(now))?.iso8601 == end)
  }

  @Test(
    "start at the next such local time after now",
    arguments: [
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-15T20:59:59Z", "2027-01-15T21:00:00Z"),
      ("22:00-07:00 mon-fri", "Europe/Paris", "2027-01-15T21:00:00Z", "2027-01-18T21:00:00Z"),
      ("22:00-07:00 fri", "Europe/Paris", "2027-01-15T21:00:00Z", "2027-01-22T21:00:00Z"),
      ("00:00-00:00", "UTC", "2027-01-15T12:00:00Z", "2027-01-16T00:00:00Z"),
      ("00:30-02:00 mon", "Asia/Kathmandu", "2027-01-16T00:00:00Z", "2027-01-17T18:45:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-28T01:00:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-10-30T12:00:00Z", "2027-10-31T00:30:00Z"),
      ("02:30-05:00", "Europe/Paris", "2027-10-31T00:30:00Z", "2027-11-01T01:30:00Z"),
      // One that is skipped completely does not start: 2027-03-28 is a Sunday.
      ("02:15-02:45", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-03-29T00:15:00Z"),
      ("02:15-02:45 sun", "Europe/Paris", "2027-03-27T12:00:00Z", "2027-04-04T00:15:00Z"),
      ("02:15-02:45 sun", "Europe/Paris", "2027-03-21T12:00:00Z", "2027-04-04T00:15:00Z"),
      ("02:00-02:30", "Australia/Lord_Howe", "2027-10-02T12:00:00Z", "2027-10-03T15:00:00Z"),
    ]
  )
  func next(window: String, zone: String, now: String, expected: String) throws {
    #expect(try read(window, zone).span.next(after: instant(now))?.iso8601 == expected)
  }

  /// Reads text such as `22:00-07:00 mon-fri`; without days it applies every day.
  private func read(_ text: String, _ zone: String) throws -> WallClockWindow {
    let parts = text.split(separator: " ")
    let times = try parts[0].split(separator: "-").map { try #require(TimeOfDay(text: String($0))) }
    var report = Report(source: SourceText(name: "f", bytes: []), folder: "/")
    let days = parts.dropFirst().compactMap { WeekdaySpan.read(JSONNode(.string(String($0)), offset: 0), &report) }
    let place = try #require(TimeZone(identifier: zone))
    return WallClockWindow(from: times[0], to: times[1], days: days.weekdays, zone: place)
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }
}
