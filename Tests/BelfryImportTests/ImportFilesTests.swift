// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfrySources
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

@testable import BelfryImport

/// Imports every `Files/*.yml`; `Golden` has the `channels.json`, the variables and the report of each.
///
/// `BELFRY_RECORD=1` rewrites those.
@Suite("The import of an alertmanager.yml")
struct ImportFilesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Files")

  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasSuffix(".yml") }.map { String($0.dropLast(4)) }.sorted() ?? []

  static func imported(_ name: String) throws -> ImportedConfiguration {
    try AlertmanagerImporter.read(String(contentsOf: folder.appending(path: "\(name).yml"), encoding: .utf8))
  }

  /// Files that contain a URL, as every secret of the imported files may be.
  private static let files = ReferencedFiles(read: { _ in .success(Array("https://hooks.example.com/".utf8)) })

  @Test("has a channels.json, variables and a report for each real-world shape", arguments: names)
  func golden(name: String) throws {
    let imported = try Self.imported(name)
    try Golden().check(Array(imported.json.utf8), as: "\(name).json")
    try Golden().check(Array(imported.environment(withValues: false).utf8), as: "\(name).env")
    try Golden().check(Array((imported.report.lines.joined(separator: "\n") + "\n").utf8), as: "\(name).txt")
  }

  @Test("never shows a secret, except as a value of a variable if that is wanted", arguments: names)
  func secrets(name: String) throws {
    let imported = try Self.imported(name)
    let texts = [imported.json, imported.environment(withValues: false), imported.report.lines.joined()]
    for text in texts { #expect(!text.contains("hunter2")) }
    let source = try String(contentsOf: Self.folder.appending(path: "\(name).yml"), encoding: .utf8)
    let isSecretUsed = imported.variables.contains { $0.value.reveal().contains("hunter2") }
    #expect(imported.environment(withValues: true).contains("hunter2") == isSecretUsed)
    #expect(source.contains("hunter2") || !isSecretUsed)
  }

  @Test("passes the check of channels.json, and its routes cover every alert", arguments: names)
  func check(name: String) throws {
    let imported = try Self.imported(name)
    var environment: [String: String] = [:]
    for variable in imported.variables {
      // A Slack id is not in the file, so its value is empty.
      environment[variable.name] = variable.value.isEmpty ? "C0123ABCD" : variable.value.reveal()
    }
    for name in environment.keys where name.contains("URL") && environment[name] == "C0123ABCD" {
      environment[name] = "https://hooks.example.com/"
    }
    let reader = ConfigurationReader(
      registry: .linked,
      sources: .builtIn,
      environment: environment,
      files: Self.files
    )
    let source = SourceText(name: "channels.json", bytes: Array(imported.json.utf8))
    let (configuration, findings) = reader.read(source, folder: "/nowhere")
    let errors = findings.filter { $0.level == .error }.map(\.text)
    #expect(errors.isEmpty, "\(errors.joined(separator: "\n"))")
    #expect(configuration != nil)
  }
}
