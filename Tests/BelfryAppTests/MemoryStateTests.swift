// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import BelfryTestKit
import Testing
@testable import BelfryApp

@Suite("With the state in memory")
struct MemoryStateTests {
  private let folder: TemporaryFolder

  private static let alerts = #"[{"id": "disk", "severity": "critical", "title": "Disk full"}]"#

  init() throws {
    folder = try TemporaryFolder([
      "channels.json": """
      {"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}], "cooldown": "1h",
       "sources": {"app": {"kind": "file", "path": "alerts.json"}}, "state": "memory"}
      """,
      "alerts.json": Self.alerts,
    ])
  }

  private func command<Command: AsyncParsableCommand>(_ type: Command.Type, _ arguments: String...) async throws {
    var command = try type.parse(["--config", folder.path("channels.json")] + arguments)
    try await command.run()
  }

  /// The messages of the channel.
  private func sent() throws -> [Substring] {
    folder.has("out.jsonl") ? try folder.text("out.jsonl").split(separator: "\n") : []
  }

  @Test("`belfry send` delivers what it decided itself, as nobody else can")
  func send() async throws {
    try await command(SendCommand.self, "--severity", "critical", "--title", "Backup failed")
    #expect(try sent().count == 1)
    #expect(try folder.text("out.jsonl").contains("Backup failed"))
  }

  @Test("`belfry test` sends to a channel")
  func test() async throws {
    try await command(TestCommand.self, "--channel", "journal")
    #expect(try sent().count == 1)
  }

  @Test("each start sends the active alerts, because nothing is kept")
  func starts() async throws {
    try await command(RunCommand.self, "--once")
    try await command(RunCommand.self, "--once")
    #expect(try sent().count == 2)
    #expect(!folder.has("var/belfry.db") && !folder.has("memory"))
  }

  @Test("a dry run sends nothing and makes no ledger, even where the state is a file")
  func dryRun() async throws {
    let text = try folder.text("channels.json").replacing(#""memory""#, with: #""belfry.db""#)
    try folder.write(text, to: "channels.json")
    try await command(RunCommand.self, "--once", "--dry-run", folder.path("dry"))
    #expect(try sent().isEmpty)
    #expect(folder.has("dry/audit.jsonl"))
    #expect(!folder.has("belfry.db"))
  }

  @Test("`belfry audit verify` checks the log, and says that nothing else can be checked")
  func verify() async throws {
    try await command(RunCommand.self, "--once")
    try await command(AuditVerifyCommand.self)
    let rows = try folder.text("var/audit.jsonl")
    try folder.write(rows.replacing("disk", with: "cpu"), to: "var/audit.jsonl")
    await #expect(throws: ExitStatus.badNews) { try await command(AuditVerifyCommand.self) }
  }
}
