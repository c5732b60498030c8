// SPDX-License-Identifier: Apache-2.0
import Belfry
import Foundation
import Testing

@Suite("Hours and days as in times")
struct CalendarSpanTests {
  /// The cases of Alertmanager's time intervals, in Belfry's form.
  static let intervals: [(json: String, inside: [String], outside: [String])] = [
    (
      #"{"days": "mon-fri", "from": "09:00", "to": "17:00"}"#,
      [
        "2020-05-04T15:04:00Z", "2020-05-05T10:04:00Z", "2020-06-09T09:04:00Z", "2020-07-08T09:00:00Z",
        "2020-07-08T16:59:00Z",
      ],
      ["2020-05-03T15:04:00Z", "2020-05-04T08:59:00Z", "2020-05-05T05:00:00Z", "2020-07-08T17:00:00Z"]
    ),
    (
      #"{"monthdays": "4-6", "months": "apr", "years": 2020}"#,
      ["2020-04-04T15:04:00Z", "2020-04-05T00:00:00Z", "2020-04-06T23:05:00Z"],
      [
        "2018-05-03T15:04:00Z", "2020-04-03T23:59:00Z", "2020-06-04T23:59:00Z", "2019-04-06T23:59:00Z",
        "2020-04-07T00:00:00Z",
      ]
    ),
    (
      #"{"monthdays": "-3--1"}"#,
      [
        "2020-01-31T15:04:00Z", "2020-01-30T15:04:00Z", "2020-01-29T15:04:00Z", "2020-06-30T00:00:00Z",
        "2020-02-29T23:05:00Z",
      ],
      ["2018-05-03T15:04:00Z", "2020-01-27T15:04:00Z", "2020-04-03T23:59:00Z", "2020-03-01T00:00:00Z"]
    ),
    (
      #"{"months": "jun", "monthdays": "-31--1"}"#, ["2020-06-30T00:00:00Z", "2020-06-01T00:00:00Z"],
      ["2020-05-31T00:00:00Z", "2020-07-01T00:00:00Z"]
    ),
    (
      #"{"days": "mon-fri", "from": "09:00", "to": "17:00", "timezone": "Australia/Sydney"}"#,
      ["2021-04-06T13:00:00+10:00"], ["2021-04-06T13:00:00Z"]
    ),
    (
      #"{"days": "mon-fri", "from": "09:00", "to": "17:00", "months": "nov", "timezone": "Australia/Sydney"}"#,
      ["2021-11-01T09:00:00+11:00", "2021-10-31T22:00:00Z"], ["2021-10-31T21:00:00Z"]
    ),
    (
      """
      {"days": ["mon-fri", "sun"], "months": "jan-mar", "monthdays": "-7--1", "years": ["2020-2025", "2030-2035"],
       "from": "09:00", "to": "17:00"}
      """,
      [
        "2021-01-27T09:00:00Z", "2021-01-28T16:59:00Z", "2021-01-29T13:00:00Z", "2025-03-31T13:00:00Z",
        "2035-01-31T13:00:00Z",
      ],
      ["2021-01-30T13:00:00Z", "2021-04-01T13:00:00Z", "2026-01-30T13:00:00Z", "2035-01-31T17:01:00Z"]
    ),
    (
      """
      {"days": ["mon-wed", "sat", "sun"], "from": "13:00", "to": "15:00", "monthdays": [1, 10, "20--1"],
       "years": "2020-2023", "months": "jan-mar"}
      """,
      ["2021-01-10T13:00:00Z", "2021-01-30T14:24:00Z"],
      ["2021-01-09T13:00:00Z", "2021-01-20T12:59:00Z", "2021-02-02T13:00:00Z"]
    ),
    (
      #"{"monthdays": "30-31", "years": "2020-2023", "months": "feb"}"#, [],
      ["2021-02-28T13:00:00Z", "2020-02-29T13:00:00Z"]
    ),
    (#"{"monthdays": "1--1"}"#, ["2021-02-28T13:00:00Z", "2021-01-01T00:00:00Z"], []),
    // Cases of its own: ranges across the end of a week or a year, single dates, midnight.
    (
      #"{"months": "nov-feb", "days": "fri-mon"}"#, ["2026-12-25T12:00:00Z", "2027-02-01T12:00:00Z"],
      ["2026-12-24T12:00:00Z", "2027-03-01T12:00:00Z"]
    ),
    (
      #"{"dates": ["2026-12-25", "2026-12-31/2027-01-01"], "timezone": "Europe/Paris"}"#,
      ["2026-12-24T23:00:00Z", "2026-12-25T22:59:00Z", "2026-12-30T23:00:00Z", "2027-01-01T22:59:00Z"],
      ["2026-12-24T22:59:00Z", "2026-12-25T23:00:00Z", "2027-01-01T23:00:00Z", "2025-12-25T12:00:00Z"]
    ),
    (
      #"{"from": "22:00", "to": "06:00", "monthdays": -1}"#, ["2026-04-30T22:00:00Z", "2026-05-01T05:59:00Z"],
      ["2026-04-30T21:59:00Z", "2026-05-01T06:00:00Z", "2026-05-01T22:00:00Z"]
    ),
    (
      #"{"from": "18:00", "to": "24:00", "days": "sat"}"#, ["2026-12-26T18:00:00Z", "2026-12-26T23:59:00Z"],
      ["2026-12-27T00:00:00Z", "2026-12-26T17:59:00Z"]
    ),
  ]

  @Test("apply at the times that they name, and outside of them if they are inverted", arguments: intervals)
  func cases(json: String, inside: [String], outside: [String]) throws {
    let (entry, findings) = read(json)
    let span = try #require(entry).span.span
    #expect(findings == [])
    for text in inside {
      let moment = try #require(Instant(iso8601: text))
      #expect(Hours([span]).end(at: moment) != nil, "\(text)")
      #expect(Hours([span], isInverted: true).end(at: moment) == nil, "\(text)")
    }
    for text in outside {
      let moment = try #require(Instant(iso8601: text))
      #expect(Hours([span]).end(at: moment) == nil, "\(text)")
      #expect(Hours([span], isInverted: true).end(at: moment) != nil, "\(text)")
    }
  }

  @Test(
    "end when the last of several ends, however long that is",
    arguments: [
      ([#"{"months": "dec"}"#], "2026-12-03T12:00:00Z", "2027-01-01T00:00:00Z"),
      ([#"{"years": 2027}"#, #"{"months": "dec"}"#], "2026-12-03T12:00:00Z", "2028-01-01T00:00:00Z"),
      (
        [#"{"from": "22:00", "to": "07:00"}"#, #"{"days": "sat-sun"}"#], "2026-12-04T23:00:00Z", "2026-12-07T07:00:00Z"
      ),
      // Adjacent ones in two time zones.
      (
        [
          #"{"from": "00:00", "to": "12:00"}"#,
          #"{"from": "13:00", "to": "20:00", "timezone": "Europe/Paris", "days": "mon"}"#,
        ],
        "2026-12-07T01:00:00Z", "2026-12-07T19:00:00Z"
      ),
      // Without an end, the result is a moment within eight days.
      ([#"{"days": "mon-fri"}"#, #"{"days": "sat-sun"}"#], "2026-12-07T01:00:00Z", "2026-12-15T00:00:00Z"),
    ]
  )
  func ends(spans: [String], now: String, end: String) throws {
    let hours = Hours(try spans.map { try #require(read($0).entry).span.span })
    #expect(hours.end(at: try #require(Instant(iso8601: now)))?.iso8601 == end)
  }

  @Test(
    "begin again after years, or never",
    arguments: [
      (#"{"months": "feb", "monthdays": 29}"#, "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
      (#"{"dates": "2026-12-25"}"#, "2026-12-20T00:00:00Z", "2026-12-25T00:00:00Z"),
      (#"{"dates": "2026-12-25"}"#, "2026-12-25T00:00:00Z", nil),
      (#"{"years": 2026, "months": "jun"}"#, "2026-07-01T00:00:00Z", nil),
      (#"{"months": "apr", "monthdays": 31}"#, "2026-07-01T00:00:00Z", nil),
    ] as [(String, String, String?)]
  )
  func starts(json: String, now: String, start: String?) throws {
    let span = try #require(read(json).entry).span.span
    #expect(span.next(after: try #require(Instant(iso8601: now)))?.iso8601 == start)
  }

  @Test("outside of which something waits until they begin, for as long as it takes")
  func inverted() throws {
    let holiday = try #require(read(#"{"dates": "2026-12-25"}"#).entry).span.span
    let hours = Hours([holiday], isInverted: true)
    #expect(hours.end(at: try #require(Instant(iso8601: "2026-02-01T00:00:00Z")))?.iso8601 == "2026-12-25T00:00:00Z")
    // If they never begin again, the result is a moment within eight days.
    #expect(hours.end(at: try #require(Instant(iso8601: "2026-12-26T00:00:00Z")))?.iso8601 == "2027-01-03T00:00:00Z")
  }

  @Test(
    "read in words",
    arguments: [
      (#"{"from": "22:00", "to": "07:00"}"#, "22:00 to 07:00 UTC"),
      (#"{"from": "18:00", "to": "24:00", "days": "mon-fri"}"#, "18:00 to 24:00 mon-fri UTC"),
      (#"{"days": ["mon", "wed-thu"], "timezone": "Europe/Paris"}"#, "mon,wed,thu Europe/Paris"),
      (#"{"months": "dec", "monthdays": ["24-31", -1], "years": "2026-2028"}"#, "days 24-31,-1 dec 2026-2028 UTC"),
      (#"{"dates": ["2026-12-25", "2026-12-31/2027-01-01"]}"#, "2026-12-25,2026-12-31/2027-01-01 UTC"),
    ]
  )
  func words(json: String, text: String) throws {
    #expect(try #require(read(json).entry).span.span.text == text)
  }

  @Test(
    "that are unreadable are reported",
    arguments: [
      (#"{"monthdays": 0}"#, #"monthdays: "0" is not a day of the month"#),
      (#"{"monthdays": "-50--20"}"#, #""-50--20" is not a day of the month"#),
      (#"{"monthdays": "1-50"}"#, #""1-50" is not a day"#), (#"{"monthdays": "-15-5"}"#, #""-15-5" is not a day"#),
      (#"{"monthdays": "10--25"}"#, #""10--25" is not a day"#), (#"{"monthdays": "5-3"}"#, #""5-3" is not a day"#),
      (#"{"monthdays": "1.5"}"#, "is not a day"), (#"{"monthdays": "+3"}"#, "is not a day"),
      (#"{"monthdays": true}"#, "true or false is not a day of the month"),
      (#"{"months": "martius-jun"}"#, #""martius-jun" is not a month"#), (#"{"months": 12}"#, "expected a string"),
      (#"{"years": "2022-2020"}"#, #""2022-2020" is not a year"#), (#"{"years": "26"}"#, #""26" is not a year"#),
      (#"{"dates": "2026-02-29"}"#, #""2026-02-29" is not a date"#),
      (#"{"dates": "2026-12-25/2026-12-24"}"#, "is not a date"), (#"{"dates": "12-25"}"#, "is not a date"),
      (#"{"days": "fri-blurgsday"}"#, #""fri-blurgsday" is not a day"#), (#"{"days": 1}"#, "expected a string"),
      (#"{"from": "01:99", "to": "23:59"}"#, #""01:99" is not a time"#),
      (#"{"from": "00:00", "to": "24:01"}"#, #""24:01" is not a time"#),
      (#"{"from": "24:00", "to": "17:41"}"#, #""24:00" is not a time"#),
      (#"{"from": "14:03"}"#, "`to` is missing"), (#"{"to": "14:03"}"#, "`from` is missing"),
      ("{}", "it has no hours and no days."), (#"{"timezone": "Europe/Paris"}"#, "it has no hours and no days."),
      (#"{"months": []}"#, "months: the list is empty."),
      (#"{"from": "17:31", "to": "17:31"}"#, "warning: it never ends"),
      (#"{"from": "00:00", "to": "24:00"}"#, "warning: it never ends"),
    ]
  )
  func faulty(json: String, message: String) {
    let findings = read(json).findings
    #expect(findings.count == 1)
    #expect(findings.first?.contains(message) == true, "\(findings)")
  }

  private func read(_ json: String) -> (entry: HoursEntry?, findings: [String]) {
    let source = SourceText(name: "f", bytes: Array(json.utf8))
    var report = Report(source: source, folder: "/")
    let entry = JSONTree.parse(source).node.flatMap { HoursEntry.read($0, &report) }
    return (entry, report.findings.map(\.text))
  }
}
