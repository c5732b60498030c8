// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import Testing

@Suite("Labels that a file changes on the way in")
struct AlertTransformTests {
  private static let now = Instant(seconds: 1_800_000_000)  // 2027-01-15T08:00:00Z

  static func transform(rename: Labels = [:], set: Labels = [:], drop: [String] = []) -> AlertTransform {
    var transform = AlertTransform()
    transform.rename.names = rename
    transform.set.labels = set
    transform.drop.names = Set(drop.map { ExactText($0) })
    return transform
  }

  struct Change: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let transform: AlertTransform
    let labels: Labels
  }

  private static let labels: Labels = [
    "env": "prod", "team": "db", "caf\u{E9}": "composed", "cafe\u{301}": "decomposed",
  ]

  static let changes: [Change] = [
    Change(testDescription: "nothing", transform: transform(), labels: labels),
    Change(
      testDescription: "a new name",
      transform: transform(rename: ["env": "environment", "missing": "other"]),
      labels: ["environment": "prod", "team": "db", "caf\u{E9}": "composed", "cafe\u{301}": "decomposed"]
    ),
    Change(
      testDescription: "two names exchanged",
      transform: transform(rename: ["env": "team", "team": "env"]),
      labels: ["team": "prod", "env": "db", "caf\u{E9}": "composed", "cafe\u{301}": "decomposed"]
    ),
    Change(
      testDescription: "a name that another label has: the renamed one counts",
      transform: transform(rename: ["env": "team"]),
      labels: ["team": "prod", "caf\u{E9}": "composed", "cafe\u{301}": "decomposed"]
    ),
    Change(
      testDescription: "only the name with the same bytes",
      transform: transform(rename: ["caf\u{E9}": "a"], drop: ["cafe\u{301}"]),
      labels: ["env": "prod", "team": "db", "a": "composed"]
    ),
    Change(
      testDescription: "a label that is set counts, whatever else gives it",
      transform: transform(rename: ["env": "team"], set: ["team": "web", "new": "1"], drop: ["team"]),
      labels: ["team": "web", "new": "1", "caf\u{E9}": "composed", "cafe\u{301}": "decomposed"]
    ),
  ]

  @Test("are left out, then renamed, then set, each by its bytes", arguments: changes)
  func applied(change: Change) { #expect(change.transform.labels(Self.labels) == change.labels) }

  private func snapshot(_ alerts: [String], _ transform: AlertTransform) -> AlertSnapshot {
    let text = #"{"status": "success", "data": {"alerts": [\#(alerts.joined(separator: ","))]}}"#
    var snapshot = AlertDecoding.readPrometheus(SourceText(name: "p", bytes: Array(text.utf8)), from: "prom")
    snapshot.transform(by: transform, .standard)
    return snapshot
  }

  private func alert(_ labels: String, summary: String = "S") -> String {
    #"{"state": "firing", "labels": {"alertname": "Down", \#(labels)}, "annotations": {"summary": "\#(summary)"}}"#
  }

  @Test("and left out join the alerts that differ only in them: the most severe one stays, in any order")
  func joined() throws {
    let alerts = [
      alert(#""pod_uid": "1", "severity": "warning""#, summary: "one"),
      alert(#""pod_uid": "2", "severity": "warning""#, summary: "two"),
      alert(#""pod_uid": "1", "severity": "info", "job": "b""#, summary: "three"),
    ]
    let dropped = Self.transform(drop: ["pod_uid"])
    let joined = snapshot(alerts, dropped)
    #expect(joined.alerts.map { $0.labels["job"] } == [nil, "b"])
    #expect(joined.alerts.allSatisfy { $0.labels["pod_uid"] == nil } && joined.findings.isEmpty && joined.isComplete)
    // The id is that of an alert that never had the label, so it is the same after a restart and from another sender.
    let plain = snapshot(
      [alert(#""severity": "warning""#), alert(#""severity": "info", "job": "b""#)],
      Self.transform()
    )
    #expect(joined.alerts.map(\.id) == plain.alerts.map(\.id))
    let title = try #require(joined.alerts.first?.title)
    for order in [[1, 0, 2], [2, 1, 0], [0, 2, 1]] {
      let again = snapshot(order.map { alerts[$0] }, dropped)
      #expect(again.alerts.first { $0.id == joined.alerts[0].id }?.title == title)
    }
    let worse = alert(#""pod_uid": "3", "severity": "warning", "team": "a""#, summary: "worse")
    let severe = alert(#""pod_uid": "4", "severity": "warning", "team": "b""#, summary: "as severe")
    let ranked = snapshot([worse, severe], Self.transform(set: ["severity": "critical"], drop: ["pod_uid", "team"]))
    #expect(ranked.alerts.map(\.severity) == [.critical])
  }

  @Test("and only renamed or set leave every id as it is, and so does a label that an alert does not have")
  func sameID() {
    let alerts = [alert(#""env": "prod""#), alert(#""env": "test", "pod_uid": "1""#)]
    let before = snapshot(alerts, Self.transform()).alerts
    let after = snapshot(alerts, Self.transform(rename: ["env": "environment"], set: ["team": "web"])).alerts
    #expect(after.map(\.id) == before.map(\.id))
    #expect(after.map { $0.labels["environment"] } == ["prod", "test"])
    let dropped = snapshot(alerts, Self.transform(drop: ["pod_uid"])).alerts
    #expect(dropped[0].id == before[0].id && dropped[1].id != before[1].id)
    let given = #"[{"id": "mine", "severity": "info", "title": "t", "labels": {"pod_uid": "1"}}]"#
    var own = read(given)
    own.transform(by: Self.transform(drop: ["pod_uid"]), .standard)
    #expect(own.alerts.map(\.id) == ["mine"] && own.alerts.first?.labels.isEmpty == true)
  }

  @Test("and cut or left out beyond the limits still tell alerts apart by their whole text")
  func cutLabels() {
    let long = String(repeating: "x", count: 5_000)
    let many = (0..<140).map { #""l\#($0)": "x""# }.joined(separator: ",")
    let alerts = [
      alert(#""long": "\#(long)1", "pod_uid": "1""#), alert(#""long": "\#(long)2", "pod_uid": "1""#),
      alert(#""long": "\#(long)1", "pod_uid": "2""#), alert(#"\#(many), "z": "1", "pod_uid": "1""#),
      alert(#"\#(many), "z": "2", "pod_uid": "1""#), alert(#"\#(many), "z": "1", "pod_uid": "2""#),
    ]
    #expect(Set(snapshot(alerts, Self.transform()).alerts.map(\.id)).count == 6)
    #expect(Set(snapshot(alerts, Self.transform(drop: ["pod_uid"])).alerts.map(\.id)).count == 4)
  }

  @Test("and left out also join alerts of Belfry's own format that have no id")
  func derivedIDs() {
    let alert = { (uid: String, title: String) in
      #"{"title": "\#(title)", "severity": "info", "labels": {"pod_uid": "\#(uid)", "job": "a"}}"#
    }
    var snapshot = read("[\(alert("1", "T")), \(alert("2", "T")), \(alert("1", "U")), \(alert("1", ""))]")
    let plain = read(#"[{"title": "T", "severity": "info", "labels": {"job": "a"}}]"#)
    snapshot.transform(by: Self.transform(drop: ["pod_uid"]), .standard)
    #expect(snapshot.alerts.count == 3)
    #expect(snapshot.alerts.first?.id == plain.alerts.first?.id)
  }

  @Test("and carry the severity or the category give it under their new names, in the severities of the file")
  func carried() throws {
    let scale = SeverityScale([["critical", "p1"], ["error"], ["warning"]])
    let text = #"[{"labels": {"alertname": "A", "priority": "P1", "area": "disk"}}, {"labels": {"alertname": "B"}}]"#
    let change = Self.transform(rename: ["priority": "severity", "area": "category"])
    let pushed = push(text, .alertmanager, change, scale)
    #expect(pushed.alerts.map(\.alert.severity.name) == ["critical", "warning"])
    #expect(pushed.alerts.map(\.alert.category) == ["disk", "B"])
    #expect(pushed.remarks.count == 1, "only B has no severity")
    // A label that is left out has said what it says.
    let dropped = push(
      #"[{"labels": {"alertname": "A", "severity": "p1", "category": "disk"}}]"#,
      .alertmanager,
      Self.transform(drop: ["severity", "category"]),
      scale
    )
    #expect(dropped.alerts.map(\.alert.severity.rank) == [0] && dropped.alerts.map(\.alert.category) == ["disk"])
    var polled = AlertDecoding.readPrometheus(
      SourceText(
        name: "p",
        bytes: Array(#"{"data": {"alerts": [{"labels": {"alertname": "A", "priority": "P1"}}]}}"#.utf8)
      ),
      from: "prom"
    )
    polled.transform(by: change, scale)
    #expect(polled.alerts.map(\.severity.rank) == [0])
  }

  // MARK: - Pushes

  private func push(
    _ text: String,
    _ shape: PushShape,
    _ transform: AlertTransform,
    _ severities: SeverityScale = .standard
  ) -> PushedAlerts {
    AlertDecoding.readPush(
      SourceText(name: "the request", bytes: Array(text.utf8)),
      shape,
      now: Self.now,
      severities: severities,
      transform: transform
    )
  }

  private func pushed(_ uid: String, _ rest: String) -> String {
    #"{"labels": {"alertname": "A", "severity": "info", "pod_uid": "\#(uid)"}, \#(rest)}"#
  }

  /// The events, each as what it says.
  private func events(_ alerts: [String], _ shape: PushShape, drop: [String] = ["pod_uid"]) -> [String] {
    let list = alerts.joined(separator: ",")
    let text = shape == .webhook ? #"{"alerts": [\#(list)]}"# : "[\(list)]"
    let pushed = push(text, shape, Self.transform(drop: drop))
    #expect(pushed.alerts.count == alerts.count)
    return pushed.events(at: Self.now, timeout: .seconds(300)).map { event in
      switch event {
      case .pushed(_, let expiry): "fires for \(Int((expiry.at - Self.now) / .seconds(1))) s"
      case .resolved: "ends"
      default: "?"
      }
    }
  }

  @Test("and left out of pushed alerts make one that fires as long as one of them does")
  func pushedAlerts() {
    let (over, open) = (#""endsAt": "2027-01-15T07:59:00Z""#, #""endsAt": "2027-01-15T08:04:00Z""#)
    #expect(events([pushed("1", over), pushed("2", open)], .alertmanager) == ["fires for 240 s"])
    #expect(events([pushed("2", open), pushed("1", over)], .alertmanager) == ["fires for 240 s"])
    // The sender may not repeat the second one now, so the end of the first proves nothing.
    #expect(events([pushed("1", over)], .alertmanager) == [])
    #expect(events([pushed("1", over)], .alertmanager, drop: ["other"]) == ["ends"])
    let later = #""endsAt": "2027-01-15T08:05:00Z""#
    #expect(events([pushed("1", later), pushed("2", open)], .alertmanager) == ["fires for 300 s"])
    #expect(events([pushed("1", open), pushed("2", #""annotations": {}"#)], .alertmanager) == ["fires for 300 s"])
    // A webhook has the whole group.
    let (firing, resolved) = (#""status": "firing""#, #""status": "resolved""#)
    #expect(events([pushed("1", resolved), pushed("2", firing)], .webhook) == ["fires for 300 s"])
    #expect(events([pushed("1", resolved), pushed("2", resolved)], .webhook) == ["ends"])
    #expect(
      events(
        [pushed("1", firing), #"{"labels": {"alertname": "B", "severity": "info"}, "status": "resolved"}"#],
        .webhook
      )
        == ["fires for 300 s", "ends"]
    )
  }
}
