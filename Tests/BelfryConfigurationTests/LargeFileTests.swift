// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfrySources
import BelfryTestKit
import Testing

@Suite("A file with many entries")
struct LargeFileTests {
  private static let count = 3_000

  private func findings(_ json: String, _ environment: [String: String] = [:]) -> [Finding] {
    ConfigurationReader(registry: .linked, sources: .builtIn, environment: environment)
      .read(SourceText(name: "channels.json", bytes: Array(json.utf8)), folder: "/nowhere").findings
  }

  private func file(routes: [String], separator: String) -> String {
    #"{"channels": {"journal": {"kind": "file", "path": "j.jsonl"}}, "unrouted": "drop", "routes": ["#
      + routes.joined(separator: separator) + "]}"
  }

  @Test("has each unreachable route reported, with its place and the route above it", arguments: [", ", ",\n"])
  func unreachable(separator: String) {
    let routes = (0..<Self.count).map { index in
      #"{"match": {"category": "c\#(index % (Self.count / 2))", "severity": "critical"}, "to": "journal"}"#
    }
    let found = findings(file(routes: routes, separator: separator))
    #expect(found.count == Self.count / 2)
    for (index, finding) in found.enumerated() {
      #expect(finding.path == "routes[\(Self.count / 2 + index)]")
      #expect(finding.message.contains("routes[\(index)] already takes"))
      #expect(finding.line == (separator == ", " ? 1 : Self.count / 2 + index + 1))
    }
    #expect(zip(found, found.dropFirst()).allSatisfy { ($0.line, $0.column) < ($1.line, $1.column) })
  }

  @Test("has each unknown name reported, in words that do not grow with the file")
  func unknown() {
    let found = findings(
      file(routes: (0..<Self.count).map { #"{"match": {"category": "c\#($0)"}, "to": "gone-\#($0)"}"# }, separator: ",")
    ).filter { $0.message.contains("there is no channel") }
    #expect(found.count == Self.count)
    #expect(found.allSatisfy { $0.text.utf8.count < 200 })
  }

  @Test("has each invalid variable reported once, and no value shown")
  func variables() {
    let routes = (0..<Self.count).map {
      #"{"match": {"category": "c\#($0)"}, "to": "journal", "cooldown": "${WINDOW_\#($0):-5m}"}"#
    }
    let environment = Dictionary(
      uniqueKeysWithValues: (0..<Self.count).map { ("WINDOW_\($0)", "hunter2-\($0)-hunter2") }
    )
    let found = findings(file(routes: routes, separator: ","), environment)
      .filter { $0.message.contains("is not valid here") }
    #expect(found.count == Self.count)
    for finding in found {
      #expect(finding.level == .warning)
      #expect(!finding.text.contains("hunter2"))
    }
  }

  @Test("has the fallbacks that form a loop reported, and not those that only lead to one", arguments: [1, 2, 3, 12])
  func loops(count: Int) {
    func channel(_ name: String, to other: String) -> String {
      #""\#(name)": {"kind": "file", "path": "\#(name).jsonl", "fallback": "\#(other)"}"#
    }
    let looping = (0..<count).map { channel("c\($0)", to: "c\(($0 + 1) % count)") }
    let leading = (0..<50).map { channel("l\($0)", to: $0 == 0 ? "c0" : "l\($0 - 1)") }
    let json = #"{"channels": {\#((looping + leading).joined(separator: ","))}, "routes": [{"to": ["l49", "c0"]}]}"#
    let found = findings(json).filter { $0.message.contains("loop") }
    #expect(found.count == count)
    let names = (0..<count).map { "c\($0)" }
    let shown = count <= 8 ? names : names.prefix(8) + ["…"]
    let words = (shown + ["c0"]).joined(separator: " → ")
    #expect(found.first { $0.path == "channels.c0.fallback" }?.message == "the fallbacks form a loop: \(words).")
  }

  @Test("has a file that channels write in two formats reported for each that differs from the first")
  func formats() {
    let channels = (0..<Self.count).map { index in
      #""c\#(index)": {"kind": "file", "path": "same.jsonl", "format": "\#(index % 2 == 0 ? "jsonl" : "text")"}"#
    }
    let json = #"{"channels": {\#(channels.joined(separator: ","))}, "routes": [{"to": "c0"}]}"#
    let found = findings(json).filter { $0.message.contains("in another format") }
    #expect(found.count == Self.count - 1)
    #expect(found.filter { $0.message.contains("channels.c0.path writes") }.count == Self.count / 2)
  }
}
