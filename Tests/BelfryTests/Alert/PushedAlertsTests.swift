// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Testing

@Suite("Pushed alerts")
struct PushedAlertsTests {
  private let now = Instant(seconds: 1_800_000_000)  // 2027-01-15T08:00:00Z

  private func read(_ text: String, _ shape: PushShape = .alertmanager) -> PushedAlerts {
    AlertDecoding.readPush(SourceText(name: "the request", bytes: Array(text.utf8)), shape, now: now)
  }

  @Test("of Prometheus are read with their end")
  func prometheus() throws {
    let pushed = read(
      """
      [{"annotations":{"summary":"Disk full","description":"90 %"},"endsAt":"2027-01-15T08:04:00.000Z",
        "startsAt":"2027-01-15T07:59:30.123Z","generatorURL":"http://p:9090/graph?g0",
        "labels":{"alertname":"DiskFull","severity":"critical","instance":"db1"}}]
      """
    )
    let one = try #require(pushed.alerts.first)
    #expect(one.alert.source == .push)
    #expect(one.alert.severity == .critical)
    #expect(one.alert.category == "DiskFull")
    #expect(one.alert.title == "Disk full")
    #expect(one.alert.link == "http://p:9090/graph?g0")
    #expect(one.alert.firstSeen == "2027-01-15T07:59:30.123Z")
    #expect(one.endsAt == now + .seconds(240))
    #expect(!one.isOver)
    #expect(one.event(at: now, timeout: .seconds(300)) == .pushed(one.alert, until: Expiry(at: now + .seconds(240))))
    #expect(pushed.refusedCount == 0 && pushed.fault == nil)
  }

  @Test("without an end, or with Go's zero time, end by the timeout")
  func noEnd() throws {
    let text = #"[{"labels":{"alertname":"A"},"startsAt":"0001-01-01T00:00:00Z","endsAt":"0001-01-01T00:00:00.000Z"}]"#
    let one = try #require(read(text).alerts.first)
    #expect(one.endsAt == nil)
    #expect(one.alert.firstSeen.isEmpty)
    #expect(
      one.event(at: now, timeout: .seconds(300))
        == .pushed(one.alert, until: Expiry(at: now + .seconds(300), isTimeout: true))
    )
  }

  @Test("whose end has passed are resolved, and still identified by their labels")
  func resolved() throws {
    let pushed = read(
      """
      [{"labels":{"alertname":"A","b":"c"},"endsAt":"2027-01-15T08:00:00Z"}, {"labels":{"b":"c","alertname":"A"}}]
      """
    )
    try #require(pushed.alerts.count == 2)
    #expect(pushed.alerts[0].event(at: now, timeout: .zero) == .resolved(pushed.alerts[1].alert.key))
  }

  @Test("ignore labels without a value")
  func emptyLabels() throws {
    let pushed = read(#"[{"labels":{"alertname":"A","b":""}}, {"labels":{"alertname":"A"}}]"#)
    #expect(Set(pushed.alerts.map(\.alert.id)).count == 1)
  }

  @Test(
    "that are invalid are named with their place, and do not affect the others",
    arguments: [
      ("7", "it is not an object"), (#"{"annotations":{}}"#, "it has no labels"),
      (#"{"labels":{"a":""}}"#, "it has no labels"),
      (#"{"labels":[1]}"#, "it has no labels"),
      (#"{"labels":{"a":"b"},"endsAt":"soon"}"#, "endsAt is not a time. Write it like 2026-11-23T17:00:00Z"),
      (
        #"{"labels":{"a":"b"},"startsAt":"2027-01-15T09:00:00Z","endsAt":"2027-01-15T08:30:00Z"}"#,
        "it ends before it starts"
      ),
    ]
  )
  func refused(bad: String, reason: String) {
    let pushed = read(#"[{"labels":{"alertname":"A"}}, \#(bad), {"labels":{"alertname":"B"}}]"#)
    #expect(pushed.alerts.map(\.index) == [0, 2])
    #expect(pushed.refusals == [PushedAlerts.Refusal(index: 1, reason: reason)])
  }

  @Test(
    "are all refused if the text is not JSON, or not a list",
    arguments: [
      "", "{", "[", #"[{"labels":{"a":"b"}}"#, #"[{"labels":{"a":"b"}},]"#, #"{"alerts":[]}"#, "7", "null",
      #"[{"labels":{"a":"b"}}] x"#, String(repeating: "[", count: 100_000),
    ]
  )
  func torn(text: String) {
    let pushed = read(text)
    #expect(pushed.fault != nil)
    #expect(pushed.alerts.isEmpty)
  }

  @Test("are ranked in the severities of the file, with a remark about a word that is in no row")
  func severities() {
    let text =
      #"[{"labels":{"alertname":"A","severity":"P1"}},{"labels":{"alertname":"B","severity":"odd"}},"#
      + #"{"labels":{"alertname":"C"}}]"#
    let scale = SeverityScale([["page", "p1"], ["error"]])
    let pushed = AlertDecoding.readPush(
      SourceText(name: "push", bytes: Array(text.utf8)),
      .alertmanager,
      now: now,
      severities: scale
    )
    #expect(pushed.alerts.map(\.alert.severity) == ["page", "odd", "error"].map(scale.severity))
    #expect(
      pushed.remarks.filter { $0.contains("row") } == [
        #"[1].labels.severity: "odd" is in no row of `severities`; it ranks last."#
      ]
    )
    #expect(read(text).remarks.allSatisfy { !$0.contains("row") })
  }

  @Test("in Belfry's format state their end by their state")
  func own() throws {
    let pushed = read(
      """
      {"alerts": [{"id": "a", "severity": "critical", "title": "T", "ends_at": "2027-01-15T09:00:00Z"},
                  {"id": "b", "severity": "info", "title": "T", "state": "resolved"},
                  {"id": "c", "severity": "info", "title": "T", "state": "gone"}, {"severity": "info"}]}
      """,
      .own
    )
    #expect(pushed.alerts.map(\.alert.id) == ["a", "b"])
    #expect(pushed.alerts.map(\.isOver) == [false, true])
    #expect(pushed.alerts.first?.endsAt == now + .seconds(3600))
    #expect(pushed.refusals.map(\.index) == [2, 3])
  }

  @Test("may be an empty list, which is not a mistake")
  func none() {
    #expect(read("[]").fault == nil)
    #expect(read(#"{"alerts": []}"#, .own).fault == nil)
    #expect(read(#"{"alarms": []}"#, .own).fault != nil)
  }

  @Test("list a hundred refusals, and count all of them")
  func manyRefusals() {
    let pushed = read("[" + repeatElement("1", count: 5_000).joined(separator: ",") + "]")
    #expect(pushed.refusedCount == 5_000)
    #expect(pushed.refusals.count == 100)
  }
}
