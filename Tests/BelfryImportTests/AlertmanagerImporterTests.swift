// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@testable import BelfryImport

@Suite("The importer of Alertmanager's configuration")
struct AlertmanagerImporterTests {
  private func imported(_ lines: String...) throws -> ImportedConfiguration {
    try AlertmanagerImporter.read(lines.joined(separator: "\n"))
  }

  @Test("knows every key of Alertmanager")
  func keys() throws {
    let report = try ImportFilesTests.imported("every-key").report
    #expect(report.findings.filter { $0.text.contains("unknown") }.map(\.path) == [])
  }

  @Test(
    "reports a key that it does not know, with its line",
    arguments: [
      ("route: {receiver: a}\nreceivers: [{name: a}]\nrouts: {}", "routs", 3),
      ("route: {receiver: a,\n  group_by_: b}\nreceivers: [{name: a}]", "route.group_by_", 2),
      ("route: {receiver: a}\nreceivers:\n- name: a\n  fax_configs: []", "receivers[0].fax_configs", 4),
      (
        "route: {receiver: a}\nreceivers:\n- name: a\n  webhook_configs:\n  - url: a\n    http_config:\n      x: 1",
        "receivers[0].webhook_configs[0].http_config.x", 7
      ),
      ("global: {x: 1}\nroute: {receiver: a}\nreceivers: [{name: a}]", "global.x", 1),
      ("route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules:\n- x: 1", "inhibit_rules[0].x", 4),
      (
        "route: {receiver: a}\nreceivers: [{name: a}]\ntime_intervals:\n- name: b\n  time_intervals:\n  - x: 1",
        "time_intervals[0].time_intervals[0].x", 6
      ),
    ]
  )
  func unknown(text: String, path: String, line: Int) throws {
    let report = try imported(text).report
    #expect(report.lost.contains { $0.path == path && $0.line == line && $0.text == "this key is unknown." })
    #expect(!report.isComplete)
  }

  @Test(
    "refuses a file without a route, and a value that is no configuration",
    arguments: ["", "receivers: []", "- a", "route: [a]", "a"]
  )
  func refusals(text: String) {
    #expect(throws: YAMLProblem.self) { try imported(text) }
  }

  @Test(
    "reports a value of another type than its key has",
    arguments: [
      ("group_wait: soon", "a duration"), ("continue: maybe", "true or false"), ("routes: {a: b}", "a list"),
      ("receiver: [a]", "a text"), ("group_by: {a: b}", "a list of texts"), ("match: a", "a mapping"),
    ]
  )
  func types(member: String, expected: String) throws {
    let report = try imported("route:", "  receiver: a", "  routes:", "  - \(member)", "receivers: [{name: a}]").report
    #expect(report.lost.contains { $0.line == 4 && $0.text.contains(expected) }, "\(report.lines)")
  }

  @Test("makes one variable for a secret that several receivers share, and several for several")
  func variables() throws {
    let shared = try imported(
      "global: {smtp_smarthost: 'm:25', smtp_from: a@b, smtp_auth_username: a, smtp_auth_password: s}",
      "route: {receiver: a}",
      "receivers: [{name: a, email_configs: [{to: a@b}, {to: b@b, auth_password: t}]}, {name: A, email_configs: [{to: c@b}]}]"
    )
    #expect(shared.variables.map(\.name) == ["AM_SMTP_AUTH_PASSWORD", "AM_A_AUTH_PASSWORD"])
    let same = try imported(
      "route: {receiver: a-b}",
      "receivers: [{name: a-b, webhook_configs: [{url: 'http://a'}]}, {name: a_b, webhook_configs: [{url: 'http://b'}]}]"
    )
    #expect(same.variables.map(\.name) == ["AM_A_B_URL", "AM_A_B_URL_2"])
  }

  @Test(
    "sends mail without TLS only to this machine, or without a login",
    arguments: [
      ("localhost:25", "a", true, [], []), ("relay.example.com:25", "", true, [], ["require_tls"]),
      ("relay.example.com:25", "a", false, ["require_tls"], []), ("relay.example.com:465", "a", false, [], []),
    ]
  )
  func clearMail(server: String, username: String, isClear: Bool, lost: [String], changed: [String]) throws {
    let imported = try imported(
      "route: {receiver: a}",
      "receivers:",
      "- name: a",
      "  email_configs: [{to: a@b, from: b@b, smarthost: '\(server)', auth_username: '\(username)', require_tls: false}]"
    )
    #expect(imported.json.contains(#""security": "none""#) == isClear)
    func keys(_ findings: [ImportReport.Finding]) -> [String] {
      findings.compactMap { $0.path.split(separator: ".").last.map(String.init) }
    }
    #expect(keys(imported.report.lost) == lost)
    #expect(keys(imported.report.changed) == changed)
  }

  @Test("writes values of variables so that a shell reads them unchanged")
  func environment() throws {
    let values = ["plain-1.2/x", "a b", "a$b`c\"\\", "it's", "it's $HOME `x` \"y\" \\"]
    let receivers = values.enumerated().map { index, value in
      let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "{name: r\(index), webhook_configs: [{url: \"\(quoted)\"}]}"
    }
    let text = try imported("route: {receiver: r0}", "receivers: [\(receivers.joined(separator: ", "))]")
      .environment(withValues: true)
    for line in [
      "AM_R0_URL=plain-1.2/x", "AM_R1_URL='a b'", "AM_R2_URL='a$b`c\"\\'", "AM_R3_URL=\"it's\"",
      #"AM_R4_URL="it's \$HOME \`x\` \"y\" \\""#,
    ] { #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)") }
  }

  @Test("keeps a literal ${ of a file literal")
  func literals() throws {
    let json = try imported("route: {receiver: a, routes: [{matchers: ['b=\"${c}\"']}]}", "receivers: [{name: a}]").json
    #expect(json.contains(#"b=\"$${c}\""#))
  }

  @Test("writes a list of ten thousand routes and receivers, each channel under a name of its own")
  func large() throws {
    var lines = ["route:", "  receiver: r/0", "  routes:"]
    for index in 0..<10_000 { lines += ["  - receiver: r/\(index)", "    matchers: ['a=\"\(index)\"', b=~\"c.*\"]"] }
    lines.append("receivers:")
    for index in 0..<10_000 { lines.append("- {name: r/\(index), webhook_configs: [{url: 'http://a/\(index)'}]}") }
    let imported = try AlertmanagerImporter.read(lines.joined(separator: "\n"))
    #expect(imported.channelCount == 10_000)
    #expect(imported.routeCount == 10_001)
    #expect(imported.variables.count == 10_000)
  }
}
