// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryConfiguration
import BelfryTesting
import Foundation
import Testing
@testable import BelfryApp

/// The examples of the documentation.
///
/// The first line of each states its form:
///
/// | form | checked against |
/// | --- | --- |
/// | `json` | a whole `channels.json`, or a list of alerts: read without a finding |
/// | `json fragment` | some sections of `channels.json`; missing ones are added |
/// | `json fragment new-channel` | the same with the channel that the page makes, in `NewChannelTests` |
/// | `json input` | a body for an input, which `ExampleTests` writes to `body.json` |
/// | `json message` | JSON that a channel sends or writes |
/// | `sh` | run by `ExampleTests`, line by line, in a folder with the page's files |
/// | `sh untested` | not testable; it does not call `belfry` |
/// | `text output` | the output of `belfry run`, by `ExampleTests` |
/// | `text answer` | the output of the last command of the `sh` example above, by `ExampleTests` |
/// | `text drawing`, `swift`, `yaml` | nothing |
@Suite("The documentation's examples")
struct DocsTests {
  @Test("each state their form", arguments: DocsPage.all)
  func forms(page: DocsPage) {
    let known = [
      "json", "json fragment", "json fragment new-channel", "json input", "json message", "sh", "sh untested",
      "text output",
      "text answer", "text drawing", "swift", "yaml",
    ]
    for example in page.examples {
      #expect(known.contains(example.form), "\(page):\(example.line): no known form")
      guard example.form == "sh untested" else { continue }
      let calls = DocsPage.commands(in: example.text).contains { $0.first == "belfry" }
      #expect(!calls, "\(page):\(example.line): belfry is called, so it can be tested")
    }
  }

  @Test("JSON is read without a finding", arguments: DocsPage.all)
  func json(page: DocsPage) throws {
    for example in page.examples where example.form.hasPrefix("json") {
      let place = "\(page):\(example.line)"
      switch example.form {
      case "json" where example.text.hasPrefix("["): #expect(alertFindings(example.text) == [], "\(place)")
      case "json": #expect(findings(example.text) == [], "\(place)")
      case "json fragment": #expect(findings(try completed(example.text)) == [], "\(place)")
      case "json message": #expect(throws: Never.self, "\(place)") { try object(example.text) }
      default: break
      }
    }
  }

  @Test("commands in the text are understood", arguments: DocsPage.all)
  func commands(page: DocsPage) {
    let names = BelfryTool.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    for code in page.code where code.hasPrefix("belfry ") {
      let words = DocsPage.commands(in: code)[0]
      #expect(names.contains(words[1]), "\(page): \(code)")
      // A command without an option is only mentioned.
      guard words.contains(where: { $0.hasPrefix("-") }) else { continue }
      #expect(throws: Never.self, "\(page): \(code)") { _ = try BelfryTool.parseAsRoot(Array(words.dropFirst())) }
    }
  }

  @Test("the files in docs/examples and at the root are read without a finding")
  func files() throws {
    for path in ["channels.json", "docs/examples/kora/channels.json"] {
      #expect(findings(try text(path), environment: Self.kora) == [], "\(path)")
    }
    #expect(alertFindings(try text("docs/examples/alerts.json")) == [])
  }

  @Test("of the page about sources show the source of the example package")
  func ownSource() throws {
    let page = try #require(DocsPage.all.first { $0.path == "docs/writing-a-source.md" })
    let source = try text("Examples/OwnSource/Sources/Healthchecks/HealthchecksSource.swift")
    #expect(page.examples.contains { $0.text == source })
  }

  @Test("of the page about the architecture name files that exist, and a trip of at most 35 of them")
  func architecture() throws {
    let page = try text("docs/architecture.md")
    let named = page.matches(of: /`(Sources\/[^`<…]+)`/).map { String($0.output.1) }
    #expect(named.count > 40)
    for path in named {
      #expect(FileManager.default.fileExists(atPath: DocsPage.root.appending(path: path).path), "\(path)")
    }
    let trip = page.matches(of: /\n[0-9]+\. `([^`]+)`/).map { String($0.output.1) }
    #expect(Set(trip).count == trip.count && (20...35).contains(trip.count))
  }

  @Test("of the file channel's page show a line as the channel writes it")
  func fileLine() throws {
    let page = try #require(DocsPage.all.first { $0.path == "docs/channels/file.md" })
    let shown = try object(try #require(page.examples.first { $0.form == "json message" }).text)
    let golden = try text("Tests/BelfryFileTests/Golden/notices.jsonl")
    let written = try object(String(golden.prefix { $0 != "\n" }))
    #expect(Set(shown.keys) == Set(written.keys))
  }
}

// MARK: - Reading

extension DocsTests {
  private static let kora = [
    "KORA_SLACK_BOT_TOKEN": "xoxb-1", "KORA_SLACK_JOSHUA_USER_ID": "U012ABCDEF",
    "KORA_EMAIL_JOSHUA_ADDRESS": "j@example.com", "KORA_EMAIL_KORA_ADDRESS": "k@example.com",
  ]

  /// The published key of RFC 8032 §7.1, test 1.
  private static let signingKey = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
    -----END PRIVATE KEY-----
    """

  /// The findings in a `channels.json`; every variable in it is set, unless others are given.
  private func findings(_ text: String, environment: [String: String]? = nil) -> [String] {
    let names = text.matches(of: /\$\{([A-Z_]+)\}/).map { String($0.output.1) }
    let key = ["WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
    // All different, as tokens of the server must be.
    let values = names.map { name in
      (name, key[name] ?? (name.hasPrefix("DKIM") ? Self.signingKey : "s3cret-\(name)-of-a-test"))
    }
    let all = Dictionary(values) { first, _ in first }
    let reader = ConfigurationReader(
      registry: LinkedKinds.channels,
      sources: LinkedKinds.sources,
      environment: environment ?? all,
      files: ReferencedFiles(read: { path in .success(Array("s3cret-in-\(path)".utf8)) })
    )
    return reader.read(SourceText(name: "example", bytes: Array(text.utf8)), folder: "/nowhere").findings.map(\.text)
  }

  private func alertFindings(_ text: String) -> [String] {
    let source = SourceText(name: "example", bytes: Array(text.utf8))
    let snapshot = AlertDecoding.read(source, from: "alerts", now: Instant(seconds: 0))
    return snapshot.findings.map(\.text) + (snapshot.alerts.isEmpty ? ["no alerts"] : [])
  }

  /// A fragment completed to a whole file.
  private func completed(_ fragment: String) throws -> String {
    let sections = try object("{\(fragment)}")
    let channels = (sections["channels"] as? [String: Any])?.keys.sorted() ?? ["journal"]
    var text = fragment
    if sections["channels"] == nil { text += #", "channels": { "journal": { "kind": "file", "path": "out" } }"# }
    let names = channels.map { "\"\($0)\"" }.joined(separator: ", ")
    if sections["routes"] == nil { text += #", "routes": [{ "to": [\#(names)] }]"# }
    return "{\(text)}"
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOf: DocsPage.root.appending(path: path), encoding: .utf8)
  }
}
