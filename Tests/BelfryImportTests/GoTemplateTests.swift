// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryImport

@Suite("A Go template")
struct GoTemplateTests {
  private static let definitions = """
    {{ define "title" }}[{{ .Status | toUpper }}] {{ template "name" . }}{{ end }}
    {{ define "name" -}} {{ .CommonLabels.alertname }} {{- end }}
    {{ define "one" }}{{ if .Annotations.summary }}{{ .Annotations.summary }}{{ end }}{{ end }}
    """

  private func translate(_ text: String) throws -> String {
    var translator = GoTemplateTranslator()
    try translator.read(Self.definitions)
    return try translator.translate(text)
  }

  @Test(
    "is translated if each of its parts has a counterpart",
    arguments: [
      ("a text", "a text"), ("{{ .Status }}", "{{ status }}"), (" a {{- .Status -}} b", " a{{ status }}b"),
      (
        #"[{{ .Status | toUpper }}{{ if eq .Status "firing" }}:{{ .Alerts.Firing | len }}{{ end }}] {{ .CommonLabels.alertname }}"#,
        #"[{{ status|upper }}{% if (status == "firing") %}:{{ firing|count }}{% endif %}] {{ shared.labels.alertname }}"#
      ),
      (
        "{{ range .Alerts }}{{ .Annotations.summary }} on {{ .Labels.instance }}\n{{ end }}",
        "{% for alert in alerts|top:50 %}{{ alert.annotations.summary }} on {{ alert.labels.instance }}\n{% endfor %}"
      ),
      (
        "{{ range .Alerts.Firing -}}{{ .StartsAt }}{{- else }}none{{ end }}",
        "{% for alert in firing|top:50 %}{{ alert.since }}{% else %}none{% endfor %}"
      ),
      (
        "{{ range .Alerts }}{{ if .Annotations.runbook_url }}<{{ .Annotations.runbook_url }}>{{ end }}{{ end }}",
        "{% for alert in alerts|top:50 %}{% if alert.annotations.runbook_url %}<{{ alert.annotations.runbook_url }}>{% endif %}{% endfor %}"
      ),
      (
        #"{{ if eq .CommonLabels.severity "critical" }}P1{{ else if eq .CommonLabels.severity "a" "b" }}P2{{ else }}P3{{ end }}"#,
        #"{% if (shared.labels.severity == "critical") %}P1{% elif (shared.labels.severity == "a" or shared.labels.severity == "b") %}P2{% else %}P3{% endif %}"#
      ),
      (
        "{{ range .CommonLabels.SortedPairs }}{{ .Name }}={{ .Value }} {{ end }}",
        "{% for name, value in shared.labels %}{{ name }}={{ value }} {% endfor %}"
      ),
      (
        #"{{ if gt (len .Alerts.Resolved) 0 }}{{ range .Alerts.Resolved }}{{ .Labels.alertname }}{{ end }}{{ end }}"#,
        "{% if (ended|count > 0) %}{% for alert in ended|top:50 %}{{ alert.labels.alertname }}{% endfor %}{% endif %}"
      ),
      (
        "{{ with .CommonAnnotations.description }}{{ . }}{{ else }}none{{ end }}",
        "{% if shared.annotations.description %}{{ shared.annotations.description }}{% else %}none{% endif %}"
      ),
      (
        #"{{ index .CommonLabels "app.kubernetes.io/name" }}{{ .GroupLabels.a | title }}"#,
        #"{{ shared.labels["app.kubernetes.io/name"] }}{{ shared.labels.a|title }}"#
      ),
      (
        "{{ range .Alerts }}{{ .Labels.a }} {{ $.Status }} {{ .GeneratorURL | safeUrl }}{{ end }}",
        "{% for alert in alerts|top:50 %}{{ alert.labels.a }} {{ status }} {{ alert.links.source }}{% endfor %}"
      ),
      (
        #"{{ range .Alerts }}{{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}{{ end }}"#,
        #"{% for alert in alerts|top:50 %}{{ alert.since|date:"%Y-%m-%d %H:%M:%S %Z" }}{% endfor %}"#
      ),
      ("{{ .Alerts | toJson }}", "{{ alerts|json }}"), ("a {{- /* why */ -}} x", "ax"),
      ("{{ `a \"b\"` }}", #"{{ "a \"b\"" }}"#),
      (#"{{ template "title" . }}"#, "[{{ status|upper }}] {{ shared.labels.alertname }}"),
      (
        #"{{ range .Alerts }}{{ template "one" . }}{{ end }}"#,
        "{% for alert in alerts|top:50 %}{% if alert.annotations.summary %}{{ alert.annotations.summary }}{% endif %}{% endfor %}"
      ),
      (#"x {{ template "slack.default.title" . }} {{ template "__alertmanagerURL" . }}"#, "x {{ title }} {{ link }}"),
      (
        #"{{ if and (eq .Status "firing") (not .CommonLabels.a) }}x{{ end }}"#,
        #"{% if ((status == "firing") and (not shared.labels.a)) %}x{% endif %}"#
      ),
    ]
  )
  func translated(text: String, expected: String) throws {
    let translation = try translate(text)
    #expect(translation == expected)
    // It must be a template of Belfry.
    let json = ImportedValue.object([.init("body", .text(translation))]).json
    let node = try #require(JSONTree.parse(SourceText(name: "t", bytes: Array(json.utf8))).node)
    var report = Report(source: SourceText(name: "t", bytes: []), folder: "/")
    _ = MessageTemplate.read(node, &report)
    #expect(report.findings.filter { $0.level == .error }.map(\.text) == [])
  }

  @Test(
    "is not translated if a part of it has none, which is named",
    arguments: [
      ("{{ range $i, $a := .Alerts }}{{ end }}", "`range` with variables"), ("{{ printf \"%s\" .Status }}", "`printf`"),
      ("{{ $x := .Status }}", "variables"), ("{{ .Status | reReplaceAll \"a\" \"b\" }}", "`reReplaceAll`"),
      ("{{ .Status", "not closed"), ("{{ if .Status }}", "a block is not closed"), ("{{ end }}", "`end`"),
      ("{{ template \"none\" . }}", "\"none\" is unknown"), ("{{ .Alerts.Firing.x }}", ".Alerts.Firing.x"),
      ("{{ range .CommonLabels.Values }}{{ end }}", ".CommonLabels.Values"), ("{% raw %}", "{%"),
      ("{{ range .Alerts }}{{ .EndsAt }}{{ end }}", ".EndsAt"),
      ("{{ range .Status }}{{ end }}", "something else than alerts"), ("{{ .Nothing }}", ".Nothing"),
      ("{{ \"a", "not closed"), ("{{ add 1 2 }}", "`add`"), ("{{", "not closed"), ("{{ ( }}", "incomplete"),
    ]
  )
  func untranslatable(text: String, reason: String) throws {
    let error = #expect(throws: GoTemplateTranslator.Untranslatable.self) { try translate(text) }
    #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
  }

  @Test("that names itself is not translated")
  func recursion() throws {
    var translator = GoTemplateTranslator()
    try translator.read(#"{{ define "a" }}{{ template "a" . }}{{ template "a" . }}{{ end }}"#)
    #expect(throws: GoTemplateTranslator.Untranslatable.self) { try translator.translate(#"{{ template "a" . }}"#) }
  }
}
