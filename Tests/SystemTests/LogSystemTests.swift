// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("The log as JSON", .systemTest)
struct LogSystemTests {
  private static let secret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIzNDU2Nzg5MA=="
  private let folder: BelfryFolder

  init() throws {
    folder = try BelfryFolder([
      "alerts.json": ##"[{ "id": "a", "severity": "critical", "category": "disk", "title": "A\nB\u0000 \"C\"" }]"##,
      "channels.json": """
      {
        "channels": {
          "hook": { "kind": "webhook", "url": "http://127.0.0.1:9/${HOOK_PATH}", "signing_secrets": ["${HOOK_SECRET}"],
            "allow_addresses": ["127.0.0.1"] },
          "out": { "kind": "file", "path": "out.jsonl" }
        },
        "routes": [{ "to": ["hook", "out"], "cooldown": "0s" }],
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" }, "gone": { "kind": "file", "path": "gone.json" } },
        "server": { "listen": "127.0.0.1:0" },
        "interval": "1s"
      }
      """,
    ])
  }

  private var environment: [String: String] { ["HOOK_PATH": "path-9f8e7d6c5b", "HOOK_SECRET": Self.secret] }

  /// Every line of both streams, parsed as JSON.
  private func objects(_ output: String) throws -> [[String: Any]] {
    try output.split(separator: "\n").map { line in
      try #require(try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "no object: \(line)")
    }
  }

  @Test("is one object per line from first to last, and shows no secret")
  func whole() async throws {
    let belfry = try folder.start("run", "--log-format", "json", environment: environment)
    try await belfry.line(containing: #""outcome":"retried""#)
    try await belfry.line(containing: #""outcome":"delivered""#)
    try folder.write("{ wrong", to: "channels.json")
    try await belfry.line(containing: "stays in force")
    belfry.terminate()
    #expect(try await belfry.exit() == 0)
    let objects = try objects(belfry.output)
    #expect(objects.allSatisfy { $0["time"] is String && $0["level"] is String && $0["message"] is String })
    let topics = Set(objects.compactMap { $0["topic"] as? String })
    #expect(
      topics.isSuperset(of: [
        "program", "source", "channel", "decision", "delivery", "cycle", "server", "configuration",
      ])
    )
    let retried = try #require(objects.first { $0["outcome"] as? String == "retried" })
    #expect(retried["channel"] as? String == "hook")
    #expect(retried["alerts"] as? [String] == ["alerts/a"])
    #expect(objects.contains { $0["source"] as? String == "gone" && $0["level"] as? String == "warning" })
    #expect(!belfry.output.contains("path-9f8e7d6c5b") && !belfry.output.contains("c2VjcmV0"), "\(belfry.output)")
  }

  @Test("reports what prevents a start in the same format")
  func refused() async throws {
    try folder.write(#"{ "channels": {}, "routes": [], "state": "s.db" }"#, to: "channels.json")
    let wrong = try await folder.run("run", "--log-format", "json")
    #expect(wrong.status == 2)
    let findings = try objects(wrong.output)
    #expect(findings.contains { $0["level"] as? String == "error" && $0["line"] as? Int == 1 }, "\(wrong)")
    let missing = try await folder.run("run", "--log-format", "json", "--config", "nowhere.json")
    #expect(missing.status == 2)
    #expect(try objects(missing.output).count == 1, "\(missing)")
  }

  @Test("reports an error of a running part as an object too, and the exit status is right")
  func taken() async throws {
    let first = try folder.start("run", environment: environment)
    try await first.line(containing: "sent out")
    let second = try await folder.run("run", "--log-format", "json", environment: environment)
    #expect(second.status == 2)
    #expect(try objects(second.output).contains { $0["level"] as? String == "error" }, "\(second)")
    first.terminate()
    #expect(try await first.exit() == 0)
  }
}
