// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("A mistake in the JSON of one pushed alert")
struct MendedPushTests {
  private func read(_ bytes: [UInt8], _ shape: PushShape) -> PushedAlerts {
    AlertDecoding.readPush(SourceText(name: "text", bytes: bytes), shape, now: Instant(seconds: 1_800_000_000))
  }

  /// A push of three alerts; the second one has this text as a member's value.
  private func push(_ bad: [UInt8], _ shape: PushShape, in member: String = "unknown") -> PushedAlerts {
    let good = #"{"status":"firing","labels":{"alertname":"A%"}}"#
    let list =
      [good.replacing("%", with: "1"), #"{"status":"firing","labels":{"alertname":"B"},"\#(member)":@}"#]
      + [good.replacing("%", with: "2")]
    let text =
      shape == .alertmanager ? "[\(list.joined(separator: ","))]" : #"{"alerts":[\#(list.joined(separator: ","))]}"#
    let parts = text.split(separator: "@")
    return read(Array(parts[0].utf8) + bad + Array(parts[1].utf8), shape)
  }

  private static let shapes: [PushShape] = [.alertmanager, .webhook, .own]

  @Test(
    "is corrected if its meaning is certain, with a remark that names the alert",
    arguments: [
      Array(#""\ud83d""#.utf8), Array(#""\udd25 x""#.utf8), Array("\"a".utf8) + [0xFF, 0x22],
      Array("1e400".utf8), Array(String(repeating: "9", count: 100_000).utf8),
      Array((String(repeating: "[", count: 40) + String(repeating: "]", count: 40)).utf8), Array("\"a\u{1}\nb\"".utf8),
    ],
    shapes
  )
  func mended(bad: [UInt8], shape: PushShape) {
    let pushed = push(bad, shape)
    #expect(pushed.fault == nil)
    #expect(pushed.alerts.map(\.index) == [0, 1, 2])
    #expect(pushed.refusedCount == 0)
    let isNumber = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bad[0])
    #expect(pushed.remarks.contains { $0.contains("[1]: ") } || isNumber && bad.count > 10)
  }

  @Test(
    "otherwise refuses only that alert",
    arguments: [
      "'single'", "True", "NaN", "012", "word", #""\x41""#, #"{"a":1,}"#, #"{"a":1 "b":2}"#, #"{a:1}"#, "[1,,2]",
      "/* c */ 1", #"{"a" 1}"#,
    ],
    shapes
  )
  func refused(bad: String, shape: PushShape) throws {
    let pushed = push(Array(bad.utf8), shape)
    #expect(pushed.fault == nil)
    #expect(pushed.alerts.map(\.index) == [0, 2])
    #expect(pushed.refusals.map(\.index) == [1])
    #expect(try #require(pushed.refusals.first).reason.hasPrefix("invalid JSON: "))
  }

  @Test(
    "refuses the whole text if it may hide the end of an alert",
    arguments: [#""open"#, "}", "]", "{", "@", #"{"a":}"#],
    shapes
  )
  func torn(bad: String, shape: PushShape) {
    let pushed = push(Array(bad.replacing("@", with: "^").utf8), shape)
    #expect(pushed.fault != nil)
    #expect(pushed.alerts.isEmpty)
  }

  @Test("is corrected and kept in a text for people")
  func texts() {
    let pushed = push(Array(#"{"summary":"cut \ud83d","description":"b"}"#.utf8), .webhook, in: "annotations")
    #expect(pushed.alerts.map(\.alert.title) == ["A1", "cut \u{FFFD}", "A2"])
  }

  @Test("costs nothing if it is outside the alerts and can be corrected")
  func wrapper() {
    let pushed = read(
      Array(#"{"commonAnnotations":{"summary":"\ud83d"},"alerts":[{"status":"firing","labels":{"a":"b"}}]}"#.utf8),
      .webhook
    )
    #expect(pushed.fault == nil && pushed.alerts.count == 1)
  }

  @Test("is reported for each of many alerts, up to a limit, and counted for all", .endsIfItHangs)
  func many() {
    let bad = #"{"labels":{"alertname":"A"},"x":'y'}"#
    let pushed = read(Array("[\(repeatElement(bad, count: 20_000).joined(separator: ","))]".utf8), .own)
    #expect(pushed.fault == nil)
    #expect(pushed.refusedCount == 20_000 && pushed.refusals.count == 100)
  }

  @Test(
    "in a webhook, an end together with `firing` does not end the alert",
    arguments: ["2027-01-15T08:00:02Z", "2020-01-01T00:00:00Z", "soon", "", "0001-01-01T00:00:00Z"]
  )
  func webhookEnd(end: String) throws {
    let now = Instant(seconds: 1_800_000_000)
    let pushed = read(
      Array(
        #"{"alerts":[{"status":"firing","startsAt":"2027-01-15T08:00:00Z","endsAt":"\#(end)","labels":{"a":"b"}}]}"#
          .utf8
      ),
      .webhook
    )
    let one = try #require(pushed.alerts.first)
    #expect(!one.isOver && one.endsAt == nil)
    #expect(
      one.event(at: now, timeout: PushedAlert.webhookTimeout)
        == .pushed(one.alert, until: Expiry(at: now + .seconds(86_400), isTimeout: true))
    )
  }

  @Test(
    "in a webhook, `resolved` ends the alert whatever its end",
    arguments: ["2099-01-01T00:00:00Z", "soon", ""]
  )
  func webhookResolved(end: String) throws {
    let pushed = read(
      Array(#"{"alerts":[{"status":"resolved","endsAt":"\#(end)","labels":{"a":"b"}}]}"#.utf8),
      .webhook
    )
    #expect(try #require(pushed.alerts.first).isOver)
  }
}
