// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryImport

@Suite("The import of Grafana's contact points and policies")
struct GrafanaImporterTests {
  private static let export: String = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Grafana/export.yaml")
    return String(decoding: FileManager.default.contents(atPath: file.path) ?? Data(), as: UTF8.self)
  }()
  private static let mail = GrafanaImporter.Mail(server: "mail.example.com:587", from: "grafana@example.com")

  @Test("has a channels.json, variables and a report for an export")
  func golden() throws {
    let imported = try GrafanaImporter.read([Self.export], mail: Self.mail)
    try Golden().check(Array(imported.json.utf8), as: "grafana.json")
    try Golden().check(Array(imported.environment(withValues: false).utf8), as: "grafana.env")
    try Golden().check(Array((imported.report.lines.joined(separator: "\n") + "\n").utf8), as: "grafana.txt")
    for text in [imported.json, imported.report.lines.joined()] { #expect(!text.contains("hunter2")) }
    #expect(!imported.environment(withValues: true).contains("REDACTED"))
  }

  @Test("passes the check of channels.json")
  func check() throws {
    let imported = try GrafanaImporter.read([Self.export], mail: Self.mail)
    var environment: [String: String] = [:]
    for variable in imported.variables {
      environment[variable.name] = variable.name.contains("URL") ? "https://hooks.example.com/" : "C0123ABCD"
    }
    #expect(throws: Never.self) { try Configuration.parse(imported.json, environment: environment) }
  }

  @Test("reads several files, in YAML and in JSON, as one")
  func files() throws {
    let points =
      #"{"contactPoints": [{"name": "a", "receivers": [{"type": "webhook", "settings": {"url": "https://a.test"}}]}]}"#
    let policies = "policies: [{receiver: a, routes: [{receiver: a, object_matchers: [[x, =, y]]}]}]"
    let imported = try GrafanaImporter.read([points, policies])
    #expect(imported.channelCount == 1 && imported.routeCount == 2)
    #expect(imported.json.contains(#""match": ["x=\"y\""]"#))
    #expect(imported.report.isComplete)
  }

  @Test("is refused without a policy, and for other files", arguments: ["{}", "contactPoints: []", "- a", "a: ["])
  func refusals(text: String) {
    #expect(throws: YAMLProblem.self) { try GrafanaImporter.read([text]) }
  }
}
