// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Bad input", .enabled(if: ProcessInfo.processInfo.environment["BELFRY_SYSTEM_TESTS"] == "1"))
struct BadInputTests {
  @Test(
    "with five mistakes in channels.json gives five lines, each with its place, and nothing is started",
    arguments: ["check", "run"]
  )
  func configuration(command: String) async throws {
    let folder = try BelfryFolder([
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "pth": "out", "path": "out" }, "mail": { "kind": "smpt" } },
        "routes": [
          { "match": { "severity": "critical" }, "to": "uot" },
          { "to": "out", "cooldown": "30 minutes" }
        ],
        "interval": 0
      }
      """
    ])
    let result = try await folder.run(command)
    #expect(result.status == 2, "\(result)")
    let errors = result.output.split(separator: "\n").filter { $0.contains(": error: ") }
    let places = errors.map { $0.prefix { $0 != " " } }
    #expect(
      places == [
        "channels.json:2:42:", "channels.json:2:91:", "channels.json:4:50:", "channels.json:5:32:",
        "channels.json:7:15:",
      ],
      "\(result)"
    )
    #expect(folder.size(of: "var/belfry.db") == 0)
  }

  /// The content of a file, the expected message, and the alerts that are sent anyway.
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let write: @Sendable (BelfryFolder) throws -> Void
    let message: String
    let sent: Set<String>

    init(_ name: String, _ text: String, says message: String, sent: Set<String>) {
      self.init(name, says: message, sent: sent) { try $0.write(text, to: "bad.json") }
    }

    init(
      _ name: String,
      says message: String,
      sent: Set<String>,
      write: @escaping @Sendable (BelfryFolder) throws -> Void
    ) {
      self.testDescription = name
      self.write = write
      self.message = message
      self.sent = sent
    }
  }

  static let cases = [
    Case("no JSON", "Everything is fine.", says: "bad.json:1:1: error: ", sent: []),
    Case(
      "a comma is missing",
      #"[{ "id": "a", "title": "A" }, { "id": "b" "title": "B" }]"#,
      says: "bad.json:1:43: error: a comma is missing",
      sent: ["a", "b"]
    ),
    Case("cut off", #"[{ "id": "a", "title": "A" }, { "id": "b", "ti"#, says: "bad.json:1:", sent: ["a"]),
    Case("200 MB", says: "larger than", sent: []) { try $0.writeHuge(to: "bad.json") },
    Case(
      "an id twice",
      #"[{ "id": "a", "title": "A" }, { "id": "a", "severity": "critical", "title": "B" }]"#,
      says: #"the id "a" occurs twice"#,
      sent: ["a"]
    ),
    Case("no title", #"[{ "id": "a", "severity": "info" }]"#, says: "the alert has no title", sent: ["a"]),
    Case(
      "10,000 labels",
      #"[{ "id": "a", "title": "A", "labels": {\#(labels)} }, { "id": "b", "title": "B" }]"#,
      says: "an alert may have 128 labels; 9872 more are ignored",
      sent: ["a", "b"]
    ),
    Case(
      "things that are no alerts",
      #"[7, null, "a", [], { "id": "b", "title": "B" }]"#,
      says: "[0]: expected an alert as an object",
      sent: ["b"]
    ),
  ]

  @Test("is reported in one line, and everything else continues", arguments: cases)
  func alerts(bad: Case) async throws {
    let folder = try makeFolder()
    try bad.write(folder)
    let result = try await folder.run("run", "--once")
    #expect([0, 1].contains(result.status), "\(result)")
    #expect(result.output.contains(bad.message), "\(result)")
    let sent = Notices(lines: folder.bytes(of: "out.jsonl"))
    #expect(sent.alerts == bad.sent.union(["good"]), "\(result)")
    #expect(sent.torn == 0)
  }

  @Test("with control characters in every field changes no printed or written line")
  func controlCharacters() async throws {
    let folder = try makeFolder()
    let hostile = "a" + (0...0x9F).map { #"\u\#(String(0x10000 + $0, radix: 16).dropFirst())"# }.joined() + #"\u202eb"#
    let fields = [
      "id", "severity", "category", "title", "detail", "source_panel", "source_panel_route", "link", "first_seen_at",
    ]
    let members = fields.map { #""\#($0)": "\#(hostile)""# } + [#""labels": { "\#(hostile)": "\#(hostile)" }"#]
    try folder.write("[{ \(members.joined(separator: ", ")) }]", to: "bad.json")
    let result = try await folder.run("run", "--once")
    #expect(result.status == 0, "\(result)")
    #expect(result.output.split(separator: "\n").allSatisfy { $0.firstMatch(of: #/^[0-9T:-]+Z /#) != nil }, "\(result)")
    let written = ["out.jsonl", "out.txt", "var/audit.jsonl"].map {
      String(decoding: folder.bytes(of: $0), as: UTF8.self)
    }
    for text in written + [result.output] {
      let controls = text.unicodeScalars.filter {
        $0.properties.generalCategory == .control && $0 != "\n" && $0 != "\t" || $0 == "\u{202e}"
      }
      #expect(controls.isEmpty, "\(text)")
    }
    #expect(Notices(lines: folder.bytes(of: "out.jsonl")).distinct == 2)
  }

  /// Two sources, one of which is valid, and two output files.
  private func makeFolder() throws -> BelfryFolder {
    try BelfryFolder([
      "good.json": #"[{ "id": "good", "severity": "critical", "title": "Good" }]"#,
      "channels.json": """
      {
        "channels": {
          "out": { "kind": "file", "path": "out.jsonl" },
          "text": { "kind": "file", "path": "out.txt", "format": "text" }
        },
        "routes": [{ "to": ["out", "text"] }],
        "cooldown": "0s",
        "sources": {
          "good": { "kind": "file", "path": "good.json" },
          "bad": { "kind": "file", "path": "bad.json" }
        }
      }
      """,
    ])
  }

  private static let labels = (0..<10_000).map { #""l\#($0)": "v""# }.joined(separator: ", ")
}

extension BelfryFolder {
  /// Writes 200 MB of valid alerts.
  fileprivate func writeHuge(to path: String) throws {
    try write("[", to: path)
    let file = try FileHandle(forWritingTo: url.appending(path: path))
    defer { try? file.close() }  // the size is checked later
    try file.seekToEnd()
    let alert = #"{ "id": "h", "title": "\#(String(repeating: "t", count: 1_000))" }"#
    let block = Data(String(repeating: alert + ",\n", count: 1_000).utf8)
    for _ in 0..<200 { try file.write(contentsOf: block) }
    try file.write(contentsOf: Data("\(alert)]".utf8))
  }
}
