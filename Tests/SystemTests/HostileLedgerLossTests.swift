// SPDX-License-Identifier: Apache-2.0
import BelfryTestKit
import BelfryTesting
import Foundation
import Testing

/// A ledger that has lost commits from after its position was recorded in the audit log.
@Suite("A ledger that lost commits", .systemTest, .endsIfItHangs)
struct HostileLedgerLossTests {
  private static let count = 20

  /// A notifier that accepted alerts, sent them, and was killed.
  private func killed() async throws -> BelfryFolder {
    let server = try await PushServer()
    try await server.pushAudited(Self.count)
    server.belfry.kill()
    try await server.belfry.exit()
    return server.folder
  }

  @Test("because of a changed byte in its WAL is reported by verify and the next start, and people are notified")
  func changedByte() async throws {
    let folder = try await killed()
    let wal = folder.url.appending(path: "var/belfry.db-wal")
    // After what was written there is room for more: zeros.
    let written = try #require(folder.bytes(of: "var/belfry.db-wal").lastIndex { $0 != 0 })
    let middle = UInt64(written / 2)
    let file = try FileHandle(forUpdating: wal)
    try file.seek(toOffset: middle)
    let byte = try #require(try file.read(upToCount: 1)?.first)
    try file.seek(toOffset: middle)
    try file.write(contentsOf: Data([byte ^ 0x10]))
    try file.close()

    let verify = try await folder.run("audit", "verify")
    #expect(verify.status == 1, "\(verify)")
    #expect(verify.output.contains("commits are missing: the audit log is newer"), "\(verify)")
    let run = try await folder.run("run", "--once")
    #expect(run.output.contains("ledger: its last "), "\(run)")
    let status = try await folder.run("status")
    #expect(status.status == 1 && status.output.contains("DAMAGED: "), "\(status)")
    #expect(String(decoding: folder.bytes(of: "out.jsonl"), as: UTF8.self).contains("ledger/damage"))
  }

  /// What happens to its files while nothing runs.
  enum Loss: CaseIterable, Sendable {
    case deleted
    case logDeleted
    case firstByteChanged
  }

  @Test(
    "completely is reported by verify and the next start",
    arguments: Loss.allCases
  )
  func gone(loss: Loss) async throws {
    let folder = try await killed()
    let manager = FileManager.default
    let path = folder.url.appending(path: "var/belfry.db").path
    switch loss {
    case .deleted: for suffix in ["", "-wal", "-shm"] { try manager.removeItem(atPath: path + suffix) }
    case .logDeleted: try manager.removeItem(atPath: path + "-wal")
    case .firstByteChanged:
      let file = try FileHandle(forWritingTo: URL(filePath: path + "-wal"))
      try file.write(contentsOf: Data([0xFF]))
      try file.close()
    }
    let verify = try await folder.run("audit", "verify")
    #expect(verify.status == 1, "\(verify)")
    #expect(verify.output.contains("are missing"), "\(verify)")
    let run = try await folder.run("run", "--once")
    #expect(run.output.contains("are missing"), "\(run)")
  }
}
