// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing
@testable import BelfryLedger

@Suite("The file of a ledger")
struct SQLiteFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ path: String) async throws -> SQLiteLedger {
    try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
  }

  /// The error from opening the file.
  private func refusal(_ path: String) async throws -> LedgerError {
    let error = await #expect(throws: LedgerError.self) { try await open(path) }
    return try #require(error)
  }

  @Test("is created with its folder, and only the owner may read it")
  func makesTheFile() async throws {
    let path = folder.path("a/b/belfry.db")
    let ledger = try await open(path)
    try await ledger.adopt(policy: ScriptedPolicy(standing: [.list(.digest("d")): TestEnvironment.start]))
    for suffix in ["", "-wal", "-shm"] {
      let attributes = try FileManager.default.attributesOfItem(atPath: path + suffix)
      #expect(attributes[.posixPermissions] as? Int == 0o600, "belfry.db\(suffix)")
    }
    try await ledger.close()
  }

  @Test("is one file when it is closed, even after many reads")
  func leavesOneFile() async throws {
    let path = folder.path("belfry.db")
    let ledger = try await open(path)
    try await ledger.adopt(policy: ScriptedPolicy(standing: [.list(.digest("d")): TestEnvironment.start]))
    #expect(try await ledger.summary().activeAlerts == 0)
    try await ledger.close()
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
  }

  @Test("has every commit synced, and its WAL is overwritten and never truncated")
  func syncsCommits() throws {
    let pool = try SQLiteFile(at: folder.path("belfry.db")).open()
    let settings = try pool.writeWithoutTransaction { db in
      try ["journal_mode", "synchronous", "journal_size_limit"].map { try String.fetchOne(db, sql: "PRAGMA \($0)") }
    }
    #expect(settings == ["wal", "2", "-1"])
    try pool.close()
  }

  @Test("is refused if it is not a database, and left unchanged")
  func refusesText() async throws {
    let path = folder.path("notes.txt")
    let text = Data(String(repeating: "Buy milk.\n", count: 100).utf8)
    try text.write(to: URL(fileURLWithPath: path))
    let error = try await refusal(path)
    #expect(error.code == .notALedger)
    #expect(error.message.contains(path))
    #expect(error.remedy.contains("\"state\""))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == text)
  }

  @Test("is refused if it is another program's database, and left unchanged")
  func refusesForeignDatabases() async throws {
    let path = folder.path("music.db")
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "CREATE TABLE songs (title TEXT)") }
    try queue.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try await refusal(path).code == .notALedger)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
  }

  @Test("is refused if it is of a newer Belfry, and both versions are named")
  func refusesNewerVersions() async throws {
    let path = folder.path("belfry.db")
    try await open(path).close()
    let queue = try DatabaseQueue(path: path)
    try await queue.write { try $0.execute(sql: "PRAGMA user_version = 9") }
    try queue.close()
    let error = try await refusal(path)
    #expect(error.code == .newerVersion)
    #expect(error.message.contains("version 9"))
    #expect(error.message.contains("up to 8"))
  }

  @Test("is refused if its path cannot be a file", arguments: ["folder", "file/belfry.db"])
  func refusesPaths(name: String) async throws {
    try FileManager.default.createDirectory(atPath: folder.path("folder"), withIntermediateDirectories: false)
    try Data("x".utf8).write(to: URL(fileURLWithPath: folder.path("file")))
    let error = try await refusal(folder.path(name))
    #expect(error.code == .cannotOpen)
    #expect(error.message.contains(folder.path(name)))
  }

  @Test("is reported as damaged, with what to do")
  func reportsDamage() async throws {
    let path = folder.path("belfry.db")
    let ledger = try await open(path)
    let alerts = (0..<500).map { Alert.sample("a\($0)", detail: String(repeating: "x", count: 300)) }
    _ = try await ledger.ingest(alerts.map(Event.fired), policy: ScriptedPolicy(), lease: nil)
    try await ledger.close()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    let size = try file.seekToEnd()
    // Beyond the pages with the list of tables: without those it could not even be opened.
    let start = size / 4 / 4096 * 4096
    try file.seek(toOffset: start)
    try file.write(contentsOf: Data(repeating: 0xAA, count: Int(size - start)))
    try file.close()
    let damaged = try await open(path)
    let error = await #expect(throws: LedgerError.self) {
      _ = try await damaged.claim(LeaseTerms(count: 500, duration: .seconds(1)), channels: nil)
      _ = try await damaged.activeAlerts()
    }
    #expect(error?.code == .corrupt)
    #expect(error?.message.contains(path) == true)
    #expect(error?.remedy.contains(".recover") == true)
    try await damaged.close()
  }

  @Test("is reported as closed once it is closed")
  func refusesAfterClosing() async throws {
    let ledger = try await open(folder.path("belfry.db"))
    try await ledger.close()
    let reading = await #expect(throws: LedgerError.self) { try await ledger.nextTimer() }
    #expect(reading?.code == .closed)
    let writing = await #expect(throws: LedgerError.self) { try await ledger.adopt(policy: ScriptedPolicy()) }
    #expect(writing?.code == .closed)
  }
}
