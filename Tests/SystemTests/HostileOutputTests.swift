// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// The output of commands when alerts, silences, operators and arguments contain terminal escapes and line breaks.
@Suite("Hostile text in the output of commands", .systemTest, .endsIfItHangs)
struct HostileOutputTests {
  /// It colours, clears, sets a title, reverses the following text, and starts a line that looks like one of Belfry's.
  static let hostile = "x\u{1B}[31m\u{9B}2J\u{1B}]0;t\u{7}\u{202E}\u{8}\u{7F}\r\nFAKE: all is well\u{2028}FAKE: again"

  static func quoted(_ text: String) -> String {
    // In a JSON string, control characters are written as escapes.
    text.unicodeScalars.map {
      $0.isASCII && $0.value >= 0x20 && $0 != "\"" && $0 != "\\" ? String($0) : "\\u" + hex($0)
    }
    .joined()
  }
  private static func hex(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  private static func folder() throws -> BelfryFolder {
    let text = quoted(hostile)
    return try BelfryFolder([
      "alerts.json": """
      [{ "id": "a\(text)", "severity": "critical", "category": "c\(text)", "title": "\(text)", "detail": "\(text)",
         "labels": { "team": "\(text)", "l\(text)": "b" } },
       { "id": "b", "severity": "info", "category": "info", "title": "\(text)" }]
      """,
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" },
                      "dead": { "kind": "exec", "command": ["/bin/sh", "-c", "printf '\\\\033[31mx\\\\nFAKE: z'; exit 65"] } },
        "routes": [{ "match": { "severity": "critical", "labels": { "team": { "not": "n\(text)" } } }, "to": ["out", "dead"],
                     "cooldown": "0s", "note": "\(text)" }, { "to": "out", "digest": "daily" }],
        "digests": { "daily": { "at": "09:00", "timezone": "Europe/Paris", "to": "out" } },
        "sources": { "alerts": { "kind": "file", "path": "alerts.json", "note": "\(text)" } }
      }
      """,
    ])
  }

  private func check(_ arguments: [String], _ folder: BelfryFolder) async throws {
    let result = try await BelfryProcess.run(arguments, in: folder.url)
    for scalar in result.output.unicodeScalars where scalar != "\n" && scalar != "\t" {
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      let isMark = (0x202A...0x202E).contains(scalar.value) || (0x2028...0x2029).contains(scalar.value)
      #expect(
        !isControl && !isMark,
        "\(arguments) printed U+\(HostileOutputTests.hex(scalar)): \(result.output.debugDescription)"
      )
      if isControl || isMark { return }
    }
    let lines = result.output.split(separator: "\n")
    #expect(!lines.contains { $0.hasPrefix("FAKE") }, "\(arguments) printed \(result.output)")
    #expect(!lines.isEmpty, "\(arguments)")
  }

  @Test("does not control a terminal and starts no line")
  func commands() async throws {
    let folder = try HostileOutputTests.folder()
    let text = HostileOutputTests.hostile
    let first: [[String]] = [
      ["run", "--once"], ["check"],
      ["silence", "add", "--label", "team=\(text)", "--for", "1h", "--comment", text, "--author", text],
      ["silence", "add", "--label", "l\(text)!=\(text)", "--for", "1h", "--comment", text, "--author", text, "--json"],
      ["ack", "b", "--by", text, "--comment", text],
      [
        "send", "--severity", "critical", "--title", text, "--category", text, "--id", "s\(text)", "--label",
        "k\(text)=\(text)",
      ],
    ]
    for arguments in first { try await check(arguments, folder) }
    let reading: [[String]] = [
      ["status"], ["silence", "list", "--all"], ["why", "b"], ["why", "alerts/a\(text)"], ["dead", "list"],
      ["digest", "list"],
      ["audit"], ["audit", "verify"], ["config", "log"], ["config", "show", "1"], ["config", "diff", "1"],
      ["explain", "--severity", "critical", "--category", text, "--label", "team=\(text)"], ["channels"],
    ]
    for arguments in reading {
      try await check(arguments, folder)
      if !["channels", "config"].contains(arguments[0]) { try await check(arguments + ["--json"], folder) }
    }
  }

  @Test("does not control a terminal if it is in an argument that an error repeats")
  func errors() async throws {
    let folder = try HostileOutputTests.folder()
    let text = HostileOutputTests.hostile
    let mistakes: [[String]] = [
      [text], ["--\(text)"], ["why"], ["why", text], ["ack", text], ["silence", "end", text], ["dead", "show", text],
      ["dead", "retry", text], ["config", "show", text], ["config", "diff", text], ["digest", "send", text],
      ["check", "--config", text], ["run", "--log-format=\(text)"], ["audit", "--since", text],
      ["silence", "add", "--severity", "info", "--for", text, "--comment", "x"],
      ["silence", "add", "--severity", "info", "--until", text, "--comment", "x"],
      ["silence", "add", "--severity", "info", "--for", "1h", "--between", text, "--comment", "x"],
      ["silence", "add", "--label", "a=/(\(text)/", "--for", "1h", "--comment", "x"],
      ["silence", "add", "--label", text, "--for", "1h", "--comment", "x"],
      ["explain", "--severity", "a", "--label", text],
      ["explain", "--severity", "a", "--at", text], ["explain", "--alert", text], ["import", "alertmanager", text],
      ["test", "--channel", text], ["send", "--severity", text], ["status", text],
    ]
    for arguments in mistakes { try await check(arguments, folder) }
  }
}
