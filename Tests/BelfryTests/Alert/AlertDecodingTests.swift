// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Reading alerts")
struct AlertDecodingTests {
  @Test(
    "an alert in Belfry's format keeps every field",
    arguments: ["[%]", #"{"alerts": [%]}"#, #"{"version": 1, "alerts": [%], "more": {"a": [1]}}"#]
  )
  func own(frame: String) {
    let snapshot = read(
      frame.replacing(
        "%",
        with: """
          {"id": "disk-1", "severity": "critical", "category": "disk_full", "title": "Disk full", "detail": "Two\\nlines\\t.",
           "source_panel": "Disks", "source_panel_route": "/disks", "first_seen_at": "2026-11-23T17:00:00Z",
           "labels": {"b": "2", "a": "1"}, "unknown": [{"id": "no"}]}
          """
      )
    )
    #expect(snapshot.isComplete && snapshot.findings.isEmpty)
    #expect(
      snapshot.alerts == [
        Alert(
          source: "app",
          id: "disk-1",
          severity: .critical,
          category: "disk_full",
          title: "Disk full",
          detail: "Two\nlines\t.",
          labels: ["a": "1", "b": "2"],
          panel: "Disks",
          link: "/disks",
          firstSeen: "2026-11-23T17:00:00Z"
        )
      ]
    )
  }

  @Test("a link takes precedence over a route")
  func link() {
    let alert = read(#"[{"id":"a","severity":"info","title":"t","source_panel_route":"/x","link":"https://y"}]"#).alerts
      .first
    #expect(alert?.link == "https://y")
  }

  @Test("no alerts is a complete answer", arguments: ["[]", #"{"alerts": []}"#, "\u{FEFF}[]\n"])
  func empty(text: String) {
    let snapshot = read(text)
    #expect(snapshot.isComplete && snapshot.alerts.isEmpty && snapshot.findings.isEmpty)
  }

  @Test("an alert of Alertmanager is recognised by the fields it has instead of an ID")
  func alertmanager() {
    let snapshot = read(
      """
      [{"annotations": {"summary": "Target down", "description": "It is gone.", "runbook_url": "https://run/book"},
        "endsAt": "2026-11-23T18:00:00.000Z", "fingerprint": "0123456789abcdef", "receivers": [{"name": "x"}],
        "startsAt": "2026-11-23T16:00:00.000Z", "status": {"inhibitedBy": [], "silencedBy": ["s"], "state": "suppressed"},
        "updatedAt": "2026-11-23T17:00:00.000Z", "generatorURL": "http://prometheus/graph",
        "labels": {"alertname": "TargetDown", "severity": "critical", "job": "node"}}]
      """
    )
    #expect(snapshot.isComplete && snapshot.findings.isEmpty)
    #expect(
      snapshot.alerts == [
        Alert(
          source: "app",
          id: "0123456789abcdef",
          severity: .critical,
          category: "TargetDown",
          title: "Target down",
          detail: "It is gone.",
          labels: ["alertname": "TargetDown", "job": "node", "severity": "critical"],
          panel: "TargetDown",
          link: "https://run/book",
          firstSeen: "2026-11-23T16:00:00.000Z",
          annotations: [
            "summary": "Target down", "description": "It is gone.", "runbook_url": "https://run/book",
          ],
          sourceLink: "http://prometheus/graph"
        )
      ]
    )
  }

  @Test(
    "an alert of Alertmanager that has ended is not active",
    arguments: [
      ("2026-11-23T16:59:59Z", false), ("2026-11-23T17:00:00Z", false), ("2026-11-23T17:00:01Z", true),
      ("2026-11-23T17:30:00+01:00", false), ("0001-01-01T00:00:00Z", true), ("", true), ("soon", true),
    ]
  )
  func ended(end: String, isActive: Bool) {
    let snapshot = read(
      #"[{"fingerprint": "f", "endsAt": "\#(end)", "labels": {"severity": "info", "alertname": "A"}}]"#
    )
    #expect(snapshot.alerts.isEmpty == !isActive)
    #expect(snapshot.isComplete)
    #expect(snapshot.findings.map(\.path) == (end == "soon" ? ["[0].endsAt"] : []))
  }

  @Test("only firing alerts of Prometheus are read, with Prometheus' fingerprint as ID")
  func prometheus() {
    let snapshot = AlertDecoding.readPrometheus(
      SourceText(
        name: "prometheus",
        bytes: Array(
          """
          {"status": "success", "data": {"alerts": [
            {"labels": {"alertname": "Down", "level": "critical", "team": "web"}, "annotations": {"summary": "Gone", "link": "https://x"},
             "state": "firing", "activeAt": "2026-11-23T16:00:00.5Z", "value": "1e+00"},
            {"labels": {"alertname": "Slow"}, "annotations": {}, "state": "pending", "activeAt": "2026-11-23T16:00:00Z", "value": "1"}
          ]}}
          """.utf8
        )
      ),
      from: "prom",
      mapping: AlertLabelMapping(severity: "level", category: "team")
    )
    #expect(snapshot.isComplete && snapshot.findings.isEmpty)
    #expect(
      snapshot.alerts == [
        Alert(
          source: "prom",
          id: "71698c3a386d93d0",
          severity: .critical,
          category: "web",
          title: "Gone",
          labels: ["alertname": "Down", "level": "critical", "team": "web"],
          panel: "Down",
          link: "https://x",
          firstSeen: "2026-11-23T16:00:00.5Z",
          annotations: ["summary": "Gone", "link": "https://x"]
        )
      ]
    )
  }

  @Test(
    "an answer of Prometheus without a list of alerts proves nothing",
    arguments: [
      #"{"status":"error","errorType":"internal","error":"no such thing"}"#, #"{"status":"success","data":{}}"#, "[]",
      "{}", "<html>",
      #"{"status":"success","data":[]}"#, #"{"alerts":[]}"#, #"{"data":{"alerts":{}}}"#,
    ]
  )
  func prometheusError(text: String) {
    let snapshot = AlertDecoding.readPrometheus(SourceText(name: "p", bytes: Array(text.utf8)), from: "prom")
    #expect(!snapshot.isComplete && snapshot.alerts.isEmpty && !snapshot.findings.isEmpty)
  }

  @Test("a severity is recognised in any case, and an unknown one is kept unchanged")
  func severities() {
    let text = ["CRITICAL", "Warning", "info", "Page"].enumerated()
      .map { #"{"id":"\#($0)","severity":"\#($1)","title":"t"}"# }
    let snapshot = read("[\(text.joined(separator: ","))]")
    #expect(snapshot.alerts.map(\.severity.name) == ["critical", "warning", "info", "Page"])
    #expect(snapshot.findings.isEmpty)
  }

  @Test("a hundred thousand alerts are read completely")
  func many() {
    let text = (0..<100_000).map { #"{"id":"\#($0)","severity":"info","title":"t"}"# }.joined(separator: ",")
    let snapshot = read("[\(text)]")
    #expect(snapshot.alerts.count == 100_000 && snapshot.isComplete)
    #expect(snapshot.alerts.last?.id == "99999")
  }
}

/// Reads `text` like the source `app` at 2026-11-23T17:00:00Z.
func read(_ text: String, limits: AlertLimits = .standard) -> AlertSnapshot {
  AlertDecoding.read(
    SourceText(name: "alerts.json", bytes: Array(text.utf8)),
    from: "app",
    now: Instant(seconds: 1_795_453_200),
    limits: limits
  )
}
