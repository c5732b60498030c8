// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Several pushes of one alert are merged by Alertmanager's rules")
struct LifespanTests {
  private static let rules = #"{"routes": [{"to": "pager", "resolved": true}], "cooldown": "0s"}"#
  private static let now = PolicyEnvironment.start

  /// One push; times are in seconds from now, nil if it names none.
  struct Push: Sendable {
    var start: Int?
    var end: Int?

    init(_ start: Int?, _ end: Int?) {
      self.start = start
      self.end = end
    }

    /// The resulting event, with a timeout of five minutes.
    func event(_ source: SourceName = .push) -> Event {
      let alert = Alert(
        source: source,
        id: "a",
        severity: .warning,
        title: "T",
        firstSeen: start.map { (LifespanTests.now + .seconds($0)).iso8601 } ?? ""
      )
      let expiry = end.map { Expiry(at: LifespanTests.now + .seconds($0)) }
      return .pushed(alert, until: expiry ?? Expiry(at: LifespanTests.now + .seconds(300), isTimeout: true))
    }
  }

  /// Pushes, and the resulting start and end.
  static let table: [([Push], Int?, Int)] = [
    // A restarted Prometheus.
    ([Push(-3600, 240), Push(-1, 240)], -3600, 240),
    ([Push(-1, 240), Push(-3600, 240)], -3600, 240),
    ([Push(-3600, 240), Push(-1, 300)], -3600, 300),
    // The later stated end wins.
    ([Push(-60, 900), Push(-60, nil)], -60, 900),
    ([Push(-60, 900), Push(-60, nil), Push(-60, nil)], -60, 900),
    ([Push(-60, 180), Push(-60, 120)], -60, 180),
    ([Push(-60, 120), Push(-60, 180)], -60, 180),
    ([Push(-60, 180), Push(-60, nil)], -60, 300),
    // A timeout is replaced by a stated end.
    ([Push(-60, nil), Push(-60, 120)], -60, 120),
    ([Push(-60, nil), Push(-60, 900)], -60, 900),
    ([Push(-60, nil), Push(-30, nil)], -60, 300),
    // Without a start, it is as old as it is known.
    ([Push(-60, 240), Push(nil, 240)], -60, 240),
    ([Push(nil, 240), Push(nil, 300)], nil, 300),
    ([Push(nil, 240), Push(-60, 300)], -60, 300),
    // Only overlapping lifespans are merged.
    ([Push(-60, 120), Push(200, 300)], 200, 300),
  ]

  @Test("one by one", arguments: table)
  func oneByOne(pushes: [Push], start: Int?, end: Int) throws {
    var environment = try PolicyEnvironment(LifespanTests.rules)
    for push in pushes { environment.take(push.event()) }
    try check(environment, start, end)
  }

  @Test("all in one batch", arguments: table)
  func together(pushes: [Push], start: Int?, end: Int) throws {
    var environment = try PolicyEnvironment(LifespanTests.rules)
    environment.take(pushes.map { $0.event() })
    try check(environment, start, end)
  }

  private func check(_ environment: PolicyEnvironment, _ start: Int?, _ end: Int) throws {
    let record = try #require(environment.alerts[AlertKey(source: .push, id: "a")])
    #expect(record.expiry?.at == LifespanTests.now + .seconds(end))
    #expect(record.alert.firstSeen == start.map { (LifespanTests.now + .seconds($0)).iso8601 } ?? "")
    #expect(record.shown.firstSeen == (LifespanTests.now + .seconds(start ?? 0)).iso8601)
  }

  @Test("and a polled source keeps the earliest start as well, also in one batch")
  func polled() throws {
    var environment = try PolicyEnvironment(LifespanTests.rules)
    var alert = Alert(source: "prom", id: "a", severity: .warning, title: "T")
    alert.firstSeen = (Self.now - .seconds(3600)).iso8601
    var restarted = alert
    restarted.firstSeen = (Self.now - .seconds(1)).iso8601
    environment.take(.fired(alert))
    environment.take(.changed(restarted))
    #expect(environment.alerts[alert.key]?.alert == alert)
    environment.take(.resolved(alert.key))
    environment.take(.fired(restarted))
    #expect(environment.alerts[alert.key]?.alert == restarted, "it began again after it had ended")
    environment.take(.resolved(alert.key), .fired(alert), .changed(restarted))
    #expect(environment.alerts[alert.key]?.alert == alert)
  }

  @Test("and an alert sent again from the command line keeps its start, and lives a day from then")
  func sent() throws {
    var environment = try PolicyEnvironment(LifespanTests.rules)
    var alert = Alert(source: .command, id: "a", severity: .warning, title: "T", firstSeen: environment.now.iso8601)
    environment.take(.fired(alert))
    environment.advance(by: .hours(1))
    alert.firstSeen = environment.now.iso8601
    environment.take(.fired(alert))
    let record = try #require(environment.alerts[alert.key])
    #expect(record.alert.firstSeen == Self.now.iso8601)
    #expect(record.expiry?.at == environment.now + .hours(24))
  }

  @Test(
    "and a message states since when Belfry has known an alert whose source states no start",
    arguments: [
      #"{"routes": [{"to": "pager", "resolved": true, "repeat": "1h"}], "cooldown": "0s"}"#,
      #"{"routes": [{"to": "pager", "resolved": true, "group": {"wait": "10s", "every": "1h"}}]}"#,
      #"{"routes": [{"to": "pager", "resolved": true}], "burst": {"over": 1}}"#,
    ]
  )
  func firstSeen(rules: String) throws {
    var environment = try PolicyEnvironment(rules)
    let alerts = ["a", "b"].map { Alert(source: .push, id: $0, severity: .warning, title: "T") }
    environment.take(alerts.map { .pushed($0, until: Expiry(at: environment.now + .hours(9))) })
    var deliveries = environment.deliveries
    environment.advance(by: .hours(2))
    deliveries += environment.deliveries
    environment.take(alerts.map { .resolved($0.key) })
    deliveries += environment.deliveries
    environment.advance(by: .hours(2))
    let messages = (deliveries + environment.deliveries).flatMap(\.content.alerts)
    #expect(messages.count >= 4)
    #expect(messages.allSatisfy { $0.firstSeen == Self.now.iso8601 })
    #expect(environment.alerts[alerts[0].key]?.alert.firstSeen == "", "the ledger keeps what the source said")
  }
}
