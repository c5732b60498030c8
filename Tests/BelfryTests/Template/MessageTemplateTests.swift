// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Foundation
import Testing

@Suite("A message's template")
struct MessageTemplateTests {
  private static let web = Alert(
    source: "prometheus",
    id: "a",
    severity: .critical,
    category: "HighErrorRate",
    title: "Errors above 5 %",
    detail: "Since the deployment.",
    labels: ["cluster": "eu", "instance": "web-1:9100", "alertname": "HighErrorRate"],
    firstSeen: "2026-11-23T05:23:00Z",
    annotations: ["summary": "Errors above 5 %", "runbook_url": "https://wiki.example.com/errors"],
    sourceLink: "https://prometheus.example.com/graph?g0.expr=up"
  )
  private static let disk = Alert(
    source: "prometheus",
    id: "b",
    severity: .warning,
    title: "Disk full",
    labels: ["cluster": "eu", "instance": "db-1:9100"],
    firstSeen: "2026-11-23T08:05:00Z",
    annotations: ["runbook": "javascript:alert(1)"]
  )

  private static func notice(_ content: Notice.Content) -> Notice {
    var notice = Notice(
      delivery: DeliveryID("0199c5a0-0000-7000-8000-000000000001"),
      channel: "oncall",
      content: content,
      reason: "new critical alert",
      route: "web",
      sentAt: Instant(seconds: 1_795_424_707),
      product: "Kora",
      cockpit: "https://kora.example.com"
    )
    notice.acknowledging = Notice.Acknowledging(
      home: "https://belfry.example.com",
      links: [web.key: "https://b.test/ack/1"]
    )
    return notice
  }

  private static func read(_ json: String) -> (template: MessageTemplate?, findings: [Finding]) {
    let source = SourceText(name: "channels.json", bytes: Array(json.utf8))
    let (node, problems) = JSONTree.parse(source)
    var report = Report(source: source, folder: "/")
    guard let node, problems.isEmpty else { return (nil, report.findings) }
    let template = MessageTemplate.read(node, &report)
    return (template, report.findings)
  }

  private static func text(_ json: String, _ notice: Notice) throws -> NoticeText {
    let read = read(json)
    let template = try #require(read.template, "\(read.findings.map(\.text))")
    var notice = notice
    notice.custom = template.text(for: notice)
    return NoticeText(notice, times: .asWritten)
  }

  @Test(
    "has the values of a notice and of its alerts",
    arguments: [
      ("{{ status }} {{ isFiring }} {{ isResolved }} {{ kind }}", "firing true false group"),
      ("{{ severity }} {{ rank }} {{ count }} {{ suppressed }}", "critical 0 2 0"),
      (
        "{{ channel }} {{ product }} {{ route }} {{ reason }} {{ name }}",
        "oncall Kora web new critical alert cluster=eu"
      ),
      (
        "{{ title }} {{ now }} {{ link }}",
        "cluster=eu: 1 critical, 1 resolved 2026-11-23T09:05:07Z https://kora.example.com"
      ),
      ("{{ firing.count }} {{ firing.0.title }} {{ ended.0.title }}", "1 Errors above 5 % Disk full"),
      ("{{ shared.labels|join }} {{ shared.annotations|count }}", "cluster=eu 0"),
      ("{{ alerts.0.own.labels|join }}", "alertname=HighErrorRate, instance=web-1:9100"),
      ("{{ alerts.0.labels.instance|before:\":\" }}", "web-1"),
      ("{{ alerts.0.annotations.summary }}", "Errors above 5 %"),
      ("{{ alerts.0.links.runbook }}", "https://wiki.example.com/errors"), ("[{{ alerts.1.links.runbook }}]", "[]"),
      ("{{ alerts.0.links.source }}", "https://prometheus.example.com/graph?g0.expr=up"),
      (
        "{{ alerts.0.links.acknowledge }}[{{ alerts.1.links.acknowledge }}{{ alerts.0.links.silence }}]",
        "https://b.test/ack/1[]"
      ),
      ("{{ alerts.0.since }} {{ alerts.0.duration }}", "2026-11-23T05:23:00Z 3h 42m"),
      ("{{ alerts.1.status }} {{ alerts.1.duration }} {{ alerts.1.firings }}", "resolved 14m 2"),
      (
        "{{ alerts.0.acknowledged_by }} {{ alerts.0.id }} {{ alerts.0.source }} {{ alerts.0.category }}",
        "ann a prometheus HighErrorRate"
      ),
      ("{{ alerts.0.detail }}{{ alerts.0.isFlapping }}{{ alerts.0.panel }}", "Since the deployment.false"),
    ]
  )
  func data(source: String, expected: String) throws {
    // The order of the alerts in the notice is not that of the data: worst first.
    var notice = Self.notice(.group(name: "cluster=eu", [Self.disk, Self.web], firing: 1))
    notice.flags[Self.disk.key] = Notice.AlertFlags(isResolved: true, firings: 2, firedFor: .seconds(14 * 60))
    notice.flags[Self.web.key] = Notice.AlertFlags(acknowledgedBy: "ann")
    let json = "{\"body\": \"\(source.replacing("\"", with: "\\\""))\"}"
    #expect(try Self.text(json, notice).body == expected)
  }

  @Test("orders alerts of one severity by when they began")
  func order() throws {
    let alerts = ["09:00", "07:00", "08:00"].map { time in
      Alert(id: time, severity: .warning, title: time, firstSeen: "2026-11-23T\(time):00Z")
    }
    let text = try Self.text(
      #"{"body": "{% for a in alerts|top:2 %}{{ a.title }} {% endfor %}and {{ alerts|skip:2|count }} more"}"#,
      Self.notice(.burst(alerts))
    )
    #expect(text.body == "07:00 08:00 and 1 more")
  }

  @Test("replaces the title, the body and the facts, each only if it is given")
  func parts() throws {
    let notice = Self.notice(.alert(Self.web))
    let builtIn = NoticeText(notice, times: .asWritten)
    let titled = try Self.text(#"{"title": "[{{ status|upper }}]\n{{ title }}"}"#, notice)
    #expect(titled.headline == "[FIRING] Errors above 5 %" && titled.title == "" && titled.subject == titled.headline)
    #expect(titled.summary == titled.headline)
    #expect(titled.body == builtIn.body && titled.facts == builtIn.facts && titled.why == builtIn.why)
    let written = try Self.text(#"{"body": ["{{ title }}", "", "{{ alerts.0.detail }}"]}"#, notice)
    #expect(written.body == "Errors above 5 %\n\nSince the deployment.")
    #expect(written.headline == builtIn.headline && written.link == builtIn.link && written.facts == builtIn.facts)
    let stated = try Self.text(
      #"{"fields": {"Cluster": "{{ shared.labels.cluster }}", "Zone": "{{ shared.labels.zone }}", "A\nB": "1\n2"}}"#,
      notice
    )
    #expect(stated.facts.map(\.line) == ["Cluster: eu", "A B: 1 2"] && stated.body == builtIn.body)
    #expect(try Self.text(#"{"fields": {}}"#, notice).facts == [])
    let several = try Self.text(#"{"body": "{{ count }}"}"#, Self.notice(.burst([Self.web, Self.disk])))
    #expect(several.main == "2")
  }

  @Test("can contain the built-in text")
  func builtIn() throws {
    let notice = Self.notice(.burst([Self.web, Self.disk]))
    let builtIn = NoticeText(notice, times: .asWritten)
    let text = try Self.text(#"{"title": "{{ product }}: {{ title }}", "body": "{{ text }}"}"#, notice)
    #expect(text.headline == "Kora: \(builtIn.summary)" && text.main == builtIn.main.paragraphs)
  }

  @Test(
    "that cannot be used is replaced by the built-in text, with one note",
    arguments: [
      (
        #"{"title": "T", "body": "{% for a in alerts %}{{ a.detail }}{% endfor %}"}"#,
        "`body` of the template cannot be used: its text is longer than 65,536 bytes"
      ),
      (
        #"{"title": "{% for a in alerts %}{% for b in alerts %}{% endfor %}{% endfor %}x"}"#,
        "`title` of the template cannot be used: it takes more than 10,000 steps"
      ),
      (
        #"{"body": "B", "fields": {"a": "{% for a in alerts %}{{ alerts|json }}{% endfor %}"}}"#,
        "`fields` of the template cannot be used: its text is longer than 65,536 bytes"
      ),
      (
        #"{"title": "{{ shared.labels.none }}\n ", "body": "B"}"#, "`title` of the template cannot be used: it is empty"
      ),
    ]
  )
  func faults(json: String, trouble: String) throws {
    let detail = String(repeating: "x", count: 1_000)
    let alerts = (0..<1_000).map { Alert(id: "\($0)", severity: .critical, title: "T\($0)", detail: detail) }
    let notice = Self.notice(.burst(alerts))
    var builtIn = NoticeText(notice, times: .asWritten)
    builtIn.why += " · built-in text, because \(trouble)"
    #expect(try Self.text(json, notice) == builtIn)
  }

  @Test("notes why it was not used even if messages contain no reasons")
  func unexplained() throws {
    var notice = Self.notice(.alert(Self.web))
    (notice.reason, notice.route) = ("", "")
    let text = try Self.text(#"{"title": "{{ shared.labels.none }}"}"#, notice)
    #expect(text.why == "built-in text, because `title` of the template cannot be used: it is empty")
  }

  @Test("leaves out facts that do not fit")
  func manyFacts() throws {
    var notice = Self.notice(.alert(Self.web))
    let facts = (0..<100).map { NoticeText.Fact(name: "Name \($0)", value: String(repeating: "x", count: 100)) }
    let long = NoticeText.Fact(name: String(repeating: "y", count: 5_000), value: "z")
    for fields in [facts, [long]] {
      notice.custom = CustomText(fields: fields)
      #expect(NoticeText(notice, times: .asWritten).fitted(to: 2_000).plain.utf16.count <= 2_000)
    }
  }

  @Test("is short enough for a service with a small limit", arguments: [100, 500, 2_000, 40_000])
  func fitting(limit: Int) throws {
    let alerts = (0..<500).map { Alert(id: "\($0)", severity: .critical, title: "Alert number \($0)") }
    let json =
      #"{"title": "[{{ status|upper }}:{{ count }}] much", "body": "{% for a in alerts %}{{ a.title }}\n{% endfor %}"}"#
    let text = try Self.text(json, Self.notice(.burst(alerts))).fitted(to: limit)
    #expect(text.plain.utf16.count <= limit)
    #expect(text.plain.hasPrefix("[FIRING:500] much"))
    #expect(text.plain.components(separatedBy: "[FIRING:500]").count == 2)
    #expect(limit < 1_000 || text.plain.contains("Alert number 0\n"))
  }

  @Test(
    "is tried on samples of every kind; a fault is a warning with its place",
    arguments: [
      (#"{"title": "{{ alerts.0.title }}"}"#, []),
      (
        #"{"title": "{{ shared.labels.cluster }}"}"#,
        [
          "1:11: warning: title: for an alert without labels and annotations, the built-in text is sent: the title is empty."
        ]
      ),
      (
        "{\"title\": \"x\",\n \"body\": \"{% for a in alerts %}{% for b in alerts|top:20 %}{% if b.title %}{% endif %}{% endfor %}{% endfor %}\"}",
        [
          "2:10: warning: body: for a group of 1,000 alerts, the built-in text is sent: it takes more than 10,000 steps."
        ]
      ),
      (
        #"{"fields": {"a": "{{ title }}", "b": "{% for a in alerts %}{{ alerts|json }}{% endfor %}"}}"#,
        ["1:38: warning: fields.b: for a group of 1,000 alerts, the built-in text is sent: "]
      ),
      (#"{"title": "{% if kind == 'reminder' %} {% else %}x{% endif %}"}"#, ["1:11: warning: title: for a reminder, "]),
    ]
  )
  func samples(json: String, warnings: [String]) {
    let findings = Self.read(json).findings.map(\.text)
    #expect(findings.count == warnings.count, "\(findings)")
    for (finding, warning) in zip(findings, warnings) {
      #expect(finding.hasPrefix("channels.json:" + warning), "\(finding)")
    }
  }

  @Test(
    "with a mistake is an error with its place",
    arguments: [
      (#"{}"#, "1:1: error: the template is empty.", "Add \"title\""),
      (
        #"{"title": "{{ tilte }}"}"#, "1:11: error: title: line 1, column 4: there is no value \"tilte\".",
        "Did you mean"
      ),
      (
        "{\"body\": [\"a\",\n \"{{ alerts.0.labls }}\"]}", "2:2: error: body: line 2, column 13: there is no \"labls\"",
        "labels"
      ),
      (#"{"fields": {"a": "{{ x }}"}}"#, "1:18: error: fields.a: line 1, column 4: there is no value \"x\".", ""),
      (#"{"titel": "x"}"#, "1:2: error: titel", ""), (#"{"body": 1}"#, "1:10: error: body: expected a string", ""),
      (#"{"fields": ["a"]}"#, "1:12: error: fields: expected an object of names", ""),
    ]
  )
  func mistakes(json: String, text: String, remedy: String) throws {
    let finding = try #require(Self.read(json).findings.first)
    #expect(finding.text.hasPrefix("channels.json:" + text), "\(finding.text)")
    #expect(remedy.isEmpty || finding.remedy.contains(remedy), "\(finding.text)")
  }
}
