// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// Reads every `Golden/*.json`; its findings are in the `.txt` beside it.
///
/// `BELFRY_RECORD=1` rewrites those.
@Suite("Findings")
struct FindingsTests {
  static let environment = [
    "TOKEN": "hunter2-from-the-environment", "EMPTY": "", "SHORT": "abc", "ZERO": "0", "LOUD": "true",
  ]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")

  static let names =
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?
    .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted() ?? []

  @Test("are listed line by line, each with its place, cause and remedy", arguments: names)
  func golden(name: String) throws {
    let text = try findings(in: name).map { $0.text + "\n" }.joined()
    try Golden().check(Array(text.utf8), as: "\(name).txt")
  }

  @Test("never show a secret", arguments: names)
  func secrets(name: String) throws {
    for finding in try findings(in: name) { #expect(!finding.text.contains("hunter2")) }
  }

  @Test("are missing for a file that uses every key")
  func sound() throws {
    #expect(try findings(in: "sound").isEmpty)
  }

  @Test("of a file with five mistakes are five")
  func five() throws {
    #expect(try findings(in: "five-mistakes").count == 5)
  }

  private func findings(in name: String) throws -> [Finding] {
    let bytes = try [UInt8](Data(contentsOf: FindingsTests.folder.appending(path: "\(name).json")))
    let reader = ConfigurationReader(
      registry: TestChannel.registry,
      sources: .builtIn,
      environment: FindingsTests.environment
    )
    let (configuration, findings) = reader.read(SourceText(name: "channels.json", bytes: bytes), folder: "/etc/belfry")
    #expect((configuration == nil) == findings.contains { $0.level == .error })
    return findings
  }

  @Test(
    "show names and words with line breaks or control characters on one line, safe for a terminal",
    arguments: [
      #""inter\nval": {}"#, #""mode": "imme\ndiate""#, #""interval": "\u001b[2J5s""#, #""sources": {"a\r": {}}"#,
    ]
  )
  func oneLine(member: String) throws {
    let error = #expect(throws: Unreadable.self) {
      try Configuration.reading(#"{"routes": [{"to": "pager"}], \#(member)}"#)
    }
    for finding in try #require(error).findings {
      #expect(!finding.text.unicodeScalars.contains { $0.properties.generalCategory == .control }, "\(finding.text)")
    }
  }
}
