// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Links of alerts")
struct AlertLinksTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let annotations: Labels
    var sourceLink = ""
    var link = ""
    var details: String?
    var runbook: String?
    var dashboard: String?
    var source: String?
    var testDescription: String { "\(annotations.map { "\($0.name)=\($0.value)" }) \(sourceLink) \(link)" }
  }

  static let cases = [
    Case(annotations: [:]),
    Case(
      annotations: ["runbook_url": "https://wiki/disk", "dashboard_url": "https://grafana/d/1"],
      sourceLink: "http://prometheus/graph?g0.expr=up == 0",
      link: "https://own",
      details: "https://own",
      runbook: "https://wiki/disk",
      dashboard: "https://grafana/d/1",
      source: "http://prometheus/graph?g0.expr=up%20==%200"
    ),
    Case(
      annotations: ["runbook": "https://a", "dashboard": "https://b"],
      runbook: "https://a",
      dashboard: "https://b"
    ),
    Case(annotations: ["runbook_url": "https://a", "runbook": "https://b"], runbook: "https://a"),
    Case(annotations: ["runbook_url": "restart it", "runbook": "https://b"], runbook: "https://b"),
    // A path is one of the cockpit's; nothing leads out of it.
    Case(
      annotations: ["runbook_url": "/run/disk", "dashboard": "/../../d"],
      link: "disks/7",
      details: "https://kora.example/ui/disks/7",
      runbook: "https://kora.example/ui/run/disk",
      dashboard: "https://kora.example/ui/d"
    ),
    // Text that is no link.
    Case(annotations: ["runbook_url": "restart it", "runbook": "see the wiki", "dashboard": ""]),
    Case(
      annotations: [
        "runbook_url": "javascript:alert(1)", "runbook": "data:text/html,x", "dashboard_url": "file:///etc/passwd",
      ],
      sourceLink: "javascript:alert(1)"
    ),
    // The source's own link belongs to the source, not to the cockpit.
    Case(annotations: [:], sourceLink: "/graph?g0.expr=up"),
    // Nothing ends a link in HTML, Slack or mail.
    Case(
      annotations: ["runbook_url": "https://a/\"><script>|x> y"],
      runbook: "https://a/%22%3E%3Cscript%3E%7Cx%3E%20y"
    ),
  ]

  @Test("are apart from each other, absolute and safe, or missing", arguments: cases)
  func links(example: Case) {
    let alert = Alert(
      id: "a",
      severity: .info,
      title: "t",
      link: example.link,
      annotations: example.annotations,
      sourceLink: example.sourceLink
    )
    let links = AlertLinks(of: alert, cockpit: "https://kora.example/ui")
    #expect(links.details == example.details)
    #expect(links.runbook == example.runbook)
    #expect(links.dashboard == example.dashboard)
    #expect(links.source == example.source)
    #expect(links.named.map(\.url) == [links.details, links.runbook, links.dashboard, links.source].map { $0 ?? "" })
  }
}
