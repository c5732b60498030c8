// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Times in messages")
struct TimeTests {
  @Test(
    "state how long ago an alert was first seen",
    arguments: [
      ("2026-11-23T09:05:07Z", "0s ago"),
      ("2026-11-23T09:04:25Z", "42s ago"),
      ("2026-11-23T09:04:07.001Z", "59s ago"),
      ("2026-11-23T09:04:07Z", "1m ago"),
      ("2026-11-23T09:01:10Z", "3m ago"),
      ("2026-11-23T08:05:08Z", "59m ago"),
      ("2026-11-23T08:05:07Z", "1h ago"),
      ("2026-11-23T04:00:00Z", "5h ago"),
      ("2026-11-22T09:05:08Z", "23h ago"),
      ("2026-11-22T09:05:07Z", "1d ago"),
      ("2026-11-21T09:05:07Z", "2d ago"),
      ("2025-11-23T09:05:07Z", "365d ago"),
      ("2026-11-23T10:02:07+01:00", "3m ago"),
      ("2026-11-23T09:02:07", "3m ago"),
      ("2026-11-23 09:02:07.5+00:00", "2m ago"),
      ("2026-11-23T09:06:00Z", "2026-11-23T09:06:00Z"),
      ("yesterday", "yesterday"),
      ("2026-02-30T00:00:00Z", "2026-02-30T00:00:00Z"),
      ("", "(unknown)"),
    ]
  )
  func relative(firstSeen: String, expected: String) throws {
    let now = try #require(Instant(iso8601: "2026-11-23T09:05:07Z"))
    #expect(relativeTime(firstSeen: firstSeen, now: now) == expected)
  }

  @Test(
    "are read and written as ISO 8601",
    arguments: [
      ("1970-01-01T00:00:00Z", 0),
      ("1969-12-31T23:59:59.999Z", -1_000),
      ("2000-02-29T12:34:56Z", 951_827_696_000_000),
      ("2026-11-23T09:05:07.000001Z", 1_795_424_707_000_001),
      ("9999-12-31T23:59:59.999999Z", 253_402_300_799_999_999),
    ] as [(String, Int64)]
  )
  func iso8601(text: String, microseconds: Int64) {
    #expect(Instant(microseconds: microseconds).iso8601 == text)
    #expect(Instant(iso8601: text)?.microseconds == microseconds)
  }

  @Test("are unchanged after a round trip, for every day of four centuries")
  func calendar() {
    for day in stride(from: -80_000, to: 80_000, by: 1) {
      let instant = Instant(seconds: Int64(day) * 86_400 + 3_661)
      let time = CivilTime(instant)
      guard time.instant == instant, time.weekday == ((day % 7) + 11) % 7 else {
        Issue.record("day \(day) became \(time)")
        return
      }
    }
  }

  @Test(
    "are rejected if they are invalid",
    arguments: [
      "2026", "2026-11-23T", "2026-11-23T9:05:07Z", "2026-11-23T25:00:00Z", "2026-11-23T09:05:07Zz", "2026-13-01",
      "2026-11-23T09:05:07+25:00", "2026-11-23T09:05:07.Z", "٢٠٢٦-11-23", "2025-02-29", "-026-11-23",
    ]
  )
  func unreadable(text: String) {
    #expect(Instant(iso8601: text) == nil)
  }
}
