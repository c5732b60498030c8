// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import BelfryTesting
import BelfryTransport
import Foundation
import Testing

@Suite("A file with two incompatible uses")
struct FileConflictTests {
  private static func findings(_ channels: String, _ rest: String = "", folder: String = "/srv/belfry") -> [String] {
    let names = channels.split(separator: "\n").map { "\"\($0.prefix { $0 != ":" })\"" }
    let entries = channels.split(separator: "\n").map { line in
      "\"\(line.prefix { $0 != ":" })\": {\(line.drop { $0 != ":" }.dropFirst())}"
    }
    let text = """
      {"channels": {\(entries.joined(separator: ", "))}, "routes": [{"to": [\(names.joined(separator: ", "))]}]\(rest)}
      """
    let reader = ConfigurationReader(
      registry: .linked,
      sources: .builtIn,
      environment: [:],
      fileIdentity: FilePlace.identity
    )
    return reader.read(SourceText(name: "etc/channels.json", bytes: Array(text.utf8)), folder: folder).findings
      .filter { $0.level == .error }.map { "\($0.path): \($0.message)" }
  }

  @Test(
    "is an error if a channel would write a file that Belfry reserves",
    arguments: [
      "channels.json", "./channels.json", "/srv/belfry/channels.json", "/srv/./belfry//channels.json",
      "/srv/belfry/var/../channels.json", "var/belfry.db", "var/belfry.db-wal", "var/belfry.db-shm",
      "var/belfry.db-run",
      "var/belfry.db-send", "var/audit.jsonl", "var/audit.jsonl-end",
    ]
  )
  func owned(_ path: String) {
    let findings = Self.findings(#"a: "kind": "file", "path": "\#(path)""#)
    #expect(findings.count == 1)
    #expect(findings.first?.hasPrefix("channels.a.path: this file is") == true)
  }

  @Test("is an error if a channel would write an old file of the audit log, and only if there are any")
  func rotated() {
    let channel = #"a: "kind": "file", "path": "var/audit.2026-11-24.jsonl""#
    let audit = #", "audit": {"path": "var/audit.jsonl", "rotate": {"every": "day"}}"#
    #expect(Self.findings(channel, audit).count == 1)
    #expect(Self.findings(channel).isEmpty)
  }

  @Test(
    "is an error between the ledger, the audit log and the configuration",
    arguments: [
      (#", "state": "var/one", "audit": "./var/one""#, "audit: this file is the ledger (`state`)."),
      (#", "state": "var/one", "audit": "var/one-wal""#, "audit: this file is the ledger (`state`)."),
      (#", "state": "channels.json""#, "state: this file is the configuration."),
      (#", "audit": {"path": "a/../channels.json"}"#, "audit: this file is the configuration."),
    ]
  )
  func between(_ rest: String, _ finding: String) {
    #expect(Self.findings(#"a: "kind": "file", "path": "out.jsonl""#, rest) == [finding])
  }

  @Test("is an error if two channels write it in two formats, but not in one")
  func forms() {
    let one = #"a: "kind": "file", "path": "out.jsonl""#
    #expect(Self.findings(one + "\n" + #"b: "kind": "file", "path": "./out.jsonl", "format": "jsonl""#).isEmpty)
    #expect(
      Self.findings(one + "\n" + #"b: "kind": "file", "path": "./out.jsonl", "format": "text""#)
        == ["channels.b.path: channels.a.path writes this file in another format."]
    )
  }

  @Test(
    "is an error if something reads or runs what a channel writes",
    arguments: [
      #""app": {"kind": "file", "path": "x/../out.jsonl"}"#,
      #""app": {"kind": "audit-rule", "seam": "x", "over": 1, "path": "out.jsonl"}"#,
      #""app": {"kind": "exec", "command": "/srv/belfry/out.jsonl"}"#,
      #""app": {"kind": "prometheus", "url": "http://localhost", "ca": "out.jsonl"}"#,
      #""app": {"kind": "file", "path": "var/belfry.db"}"#,
    ]
  )
  func readers(_ source: String) {
    let findings = Self.findings(#"a: "kind": "file", "path": "out.jsonl""#, #", "sources": {\#(source)}"#)
    #expect(findings.count == 1)
    #expect(findings.first?.hasPrefix("sources.app.") == true)
  }

  @Test("is no error if a source counts the rows of the audit log, or two settings read one file")
  func allowed() {
    let sources = #"""
      , "sources": {"rule": {"kind": "audit-rule", "seam": "x", "over": 1, "path": "var/audit.jsonl"},
                    "a": {"kind": "prometheus", "url": "https://a.example.com", "ca": "ca.pem"},
                    "b": {"kind": "prometheus", "url": "https://b.example.com", "ca": "ca.pem"}}
      """#
    #expect(Self.findings(#"a: "kind": "file", "path": "out.jsonl""#, sources).isEmpty)
  }

  @Test("is found through symbolic and hard links, and if the file does not exist yet")
  func links() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("var")
    try folder.link("link", to: "var")
    #expect(Self.findings(#"a: "kind": "file", "path": "link/belfry.db""#, folder: folder.path).count == 1)
    try folder.write("", to: "var/belfry.db")
    try FileManager.default.linkItem(atPath: folder.path("var/belfry.db"), toPath: folder.path("hard"))
    #expect(Self.findings(#"a: "kind": "file", "path": "hard""#, folder: folder.path).count == 1)
    #expect(Self.findings(#"a: "kind": "file", "path": "other""#, folder: folder.path).isEmpty)
  }
}
