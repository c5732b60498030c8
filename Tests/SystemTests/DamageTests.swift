// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import Foundation
import Testing

/// A ledger whose file was damaged.
@Suite("A damaged ledger", .systemTest, .endsIfItHangs)
struct DamageTests {
  /// The damaged part, and the expected message.
  struct Damage: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: @Sendable (Int) -> Range<Int>
    let messages: [String]
    /// Whether the damage is found before anything else is done.
    var isSeenAtOnce = true
  }

  private static let notOurs = [
    "belfry.db is not a Belfry ledger: ", "It was not changed.", "Set \"state\" in channels.json to another file",
  ]
  private static let damaged = [
    "belfry.db is damaged: ", "move the file, its -wal and its -shm away", "sqlite3 OLD .recover",
  ]

  private static let damages = [
    Damage(testDescription: "its first bytes", bytes: { _ in 0..<16 }, messages: notOurs),
    Damage(testDescription: "its header", bytes: { _ in 16..<100 }, messages: notOurs),
    Damage(testDescription: "its first page", bytes: { _ in 100..<4_096 }, messages: damaged),
    Damage(testDescription: "its middle", bytes: { $0 / 4..<$0 * 3 / 4 }, messages: damaged, isSeenAtOnce: false),
  ]

  @Test(
    "is reported with what to do, with exit status 1",
    arguments: damages,
    [["status"], ["send", "--severity", "info", "--title", "X"]]
  )
  func damage(_ damage: Damage, arguments: [String]) async throws {
    let folder = try await ledger()
    let written = try folder.damage("var/belfry.db", damage.bytes)
    let result = try await BelfryProcess.run(arguments, in: folder.url)
    #expect(result.status == 1, "\(result)")
    for message in damage.messages { #expect(result.output.contains(message), "\(result)") }
    if damage.isSeenAtOnce { #expect(folder.bytes(of: "var/belfry.db") == written, "the file is left as it is") }
  }

  @Test(
    "is repaired when the notifier starts, which keeps the damaged file and reports it",
    arguments: damages.dropFirst(2)
  )
  func salvage(_ damage: Damage) async throws {
    let folder = try await ledger()
    let written = try folder.damage("var/belfry.db", damage.bytes)
    let result = try await folder.run("run", "--once")
    #expect(result.status == 1, "\(result)")
    #expect(result.output.contains("ledger: damaged: damaged ledger belfry.db-damaged-"), "\(result)")
    let kept = try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "var").path)
      .filter { $0.hasPrefix("belfry.db-damaged-") && !$0.hasSuffix("-wal") }
    #expect(kept.count == 1)
    if let name = kept.first { #expect(folder.bytes(of: "var/\(name)") == written) }
    let status = try await folder.run("status")
    #expect(status.status == 1 && status.output.contains("DAMAGED: damaged ledger"), "\(status)")
  }

  @Test("moved aside as advised is replaced by an empty one, and active alerts are sent again")
  func movedAside() async throws {
    let folder = try await ledger()
    _ = try folder.damage("var/belfry.db") { _ in 0..<4_096 }
    #expect(try await folder.run("run", "--once").status == 1)
    for name in ["belfry.db", "belfry.db-wal", "belfry.db-shm"] where folder.size(of: "var/\(name)") > 0 {
      let file = folder.url.appending(path: "var/\(name)")
      try FileManager.default.moveItem(at: file, to: folder.url.appending(path: name))
    }
    #expect(try await folder.run("run", "--once").status == 0)
    #expect(Notices(lines: folder.bytes(of: "out.jsonl")).alerts.count == 200)
    #expect(folder.size(of: "belfry.db") > 0)
  }

  /// A folder in which 200 alerts were sent, with all their data in the one file.
  private func ledger() async throws -> BelfryFolder {
    let detail = String(repeating: "d", count: 1_000)
    let alerts = (0..<200).map {
      #"{ "id": "a\#($0)", "severity": "info", "title": "Alert a\#($0).", "detail": "\#(detail)" }"#
    }
    let folder = try BelfryFolder([
      "alerts.json": "[" + alerts.joined(separator: ",\n") + "]",
      "channels.json": """
      {
        "channels": { "out": { "kind": "file", "path": "out.jsonl" } },
        "routes": [{ "to": "out" }],
        "cooldown": "0s",
        "sources": { "alerts": { "kind": "file", "path": "alerts.json" } }
      }
      """,
    ])
    #expect(try await folder.run("run", "--once").status == 0)
    // The last command that closes the file checkpoints the WAL.
    try await eventually("the ledger is one file") {
      _ = try await folder.run("send", "--severity", "info", "--title", "S")
      return folder.size(of: "var/belfry.db-wal") == 0 && folder.size(of: "var/belfry.db") > 500_000
    }
    try FileManager.default.removeItem(at: folder.url.appending(path: "out.jsonl"))
    return folder
  }
}

extension BelfryFolder {
  /// Overwrites some bytes of a file with garbage.
  ///
  /// - Returns: The new content of the file.
  fileprivate func damage(_ path: String, _ range: (Int) -> Range<Int>) throws -> [UInt8] {
    var bytes = bytes(of: path)
    for index in range(bytes.count) { bytes[index] ^= 0x5A }
    let file = try FileHandle(forWritingTo: url.appending(path: path))
    try file.write(contentsOf: Data(bytes))
    try file.close()
    return bytes
  }
}
