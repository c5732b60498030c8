// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing
@testable import BelfryLedger

@Suite("The room of the ledger's log")
struct LogRoomTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("belfry.db") }

  init() throws { folder = try TemporaryFolder() }

  private func open(_ path: String) async throws -> SQLiteLedger {
    try await SQLiteLedger.open(path: path, as: .notifier, now: { TestEnvironment.start })
  }

  private func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
  }

  private func ingest(_ ids: [String], into ledger: SQLiteLedger) async throws {
    _ = try await ledger.ingest(ids.map { .fired(.sample($0)) }, policy: ScriptedPolicy(), lease: nil)
  }

  @Test("is there before it is needed, and does not grow with what is written")
  func isThere() async throws {
    let ledger = try await open(path)
    try await ledger.makeRoom()
    let room = try size(path + "-wal")
    #expect(room > LogRoom.pages * 4096)
    try await ingest((0..<500).map { "a\($0)" }, into: ledger)
    #expect(try size(path + "-wal") == room)
    try await ledger.makeRoom()
    #expect(try size(path + "-wal") == room)
    try await ledger.close()
  }

  @Test("is the end of the log for a process that starts after a crash: all that was written before and after is there")
  func survivesCrash() async throws {
    let ledger = try await open(path)
    try await ingest(["before"], into: ledger)
    try await ledger.makeRoom()
    let copies = ["room", "more"].map { folder.path($0 + ".db") }
    try copy(to: copies[0])
    try await ingest(["after"], into: ledger)
    try copy(to: copies[1])
    try await ledger.close()
    for (copy, expected) in zip(copies, [["before"], ["after", "before"]]) {
      let again = try await open(copy)
      #expect(try await again.alertKeys(activeOnly: true, limit: 10).map(\.id).sorted() == expected)
      #expect(try await again.damage().isEmpty)
      try await again.close()
    }
  }

  @Test("is left to others on a disk that has little", .enabled(if: SmallDisk.canBeMade))
  func littleRoom() throws {
    let disk = try SmallDisk()
    let path = disk.root.path("belfry.db-wal")
    try Data("frames".utf8).write(to: URL(fileURLWithPath: path))
    LogRoom.make(in: path, pageSize: 4096)
    #expect(try size(path) == 6)
  }

  /// Copies the files as they are, as a crash leaves them.
  private func copy(to other: String) throws {
    for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: other + suffix) }
  }
}
