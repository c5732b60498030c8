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
    try await queue.write { try $0.execute(sql: "PRAGMA user_version = 10") }
    try queue.close()
    let error = try await refusal(path)
    #expect(error.code == .newerVersion)
    #expect(error.message.contains("version 10"))
    #expect(error.message.contains("up to 9"))
  }

  @Test("is refused if it is older than version 7, and left unchanged", arguments: [1, 6])
  func refusesOlderVersions(version: Int) async throws {
    let path = folder.path("belfry.db")
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { db in
      try db.execute(
        sql: """
          PRAGMA application_id = \(SQLiteSchema.applicationID); CREATE TABLE alerts (id INTEGER PRIMARY KEY);
          PRAGMA user_version = \(version)
          """
      )
    }
    try queue.close()
    let error = try await refusal(path)
    #expect(error.code == .olderVersion)
    #expect(error.message.contains("version \(version)") && error.message.contains("from 7"))
    let tables = try await DatabaseQueue(path: path).read { db in
      try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema")
    }
    #expect(tables == ["alerts"])
  }

  @Test("of an older Belfry stays as it is while a notifier of that Belfry is using it")
  func waitsForTheOlderNotifier() async throws {
    let path = folder.path("belfry.db")
    let notifier = try await SQLiteLedger.open(path: path, as: .notifier, now: { TestEnvironment.start })
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 8") }
    let error = try await refusal(path)
    #expect(error.code == .inUse)
    #expect(error.remedy.contains("Restart"))
    #expect(try await queue.read { try Int.fetchOne($0, sql: "PRAGMA user_version") } == 8)
    try queue.close()
    try await notifier.close()
  }

  @Test("gives space back in small steps, and lists all tables before all indexes")
  func layout() throws {
    let pool = try SQLiteFile(at: folder.path("belfry.db")).open()
    let (mode, types) = try pool.read { db in
      let types = try String.fetchAll(
        db,
        sql: "SELECT type FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid"
      )
      return (try Int.fetchOne(db, sql: "PRAGMA auto_vacuum"), types)
    }
    #expect(mode == 2)
    #expect(types == types.sorted(by: >))
    try pool.close()
  }

  @Test("is a ledger, too, if the process that created it died before it had marked it as one")
  func marksLater() async throws {
    let path = folder.path("belfry.db")
    let queue = try DatabaseQueue(path: path)
    try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL") }
    try queue.close()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty == false)
    try await open(path).close()
    try await open(path).close()
  }

  @Test("is made once when several processes create it at the same time")
  func createsOnce() async throws {
    for round in 0..<40 {
      let path = folder.path("belfry-\(round).db")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 { group.addTask { try await open(path).close() } }
        try await group.waitForAll()
      }
    }
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
