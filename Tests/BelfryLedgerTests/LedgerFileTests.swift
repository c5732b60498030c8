// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import Foundation
import GRDB
import Testing
@testable import BelfryLedger

@Suite("The file under an open ledger", .endsIfItHangs)
struct LedgerFileTests {
  private let folder: TemporaryFolder
  private var path: String { folder.path("belfry.db") }

  init() throws { folder = try TemporaryFolder() }

  private func open(_ path: String, as role: ProcessRole = .guest) async throws -> SQLiteLedger {
    try await SQLiteLedger.open(path: path, as: role, now: { TestEnvironment.start })
  }

  private func take(_ alert: String, by ledger: SQLiteLedger) async throws {
    _ = try await ledger.ingest([.fired(.sample(alert))], policy: ScriptedPolicy(), lease: nil)
  }

  /// What happens to the file while it is open.
  enum Loss: String, CaseIterable, Sendable {
    case deleted
    case replaced
    case logDeleted
    case folderMoved
  }

  @Test(
    "accepts nothing more if it is missing or replaced, reports that, and recovers when it is restored",
    arguments: Loss.allCases
  )
  func noticesLoss(loss: Loss) async throws {
    let manager = FileManager.default
    let inner = folder.path("state")
    let path = inner + "/belfry.db"
    let ledger = try await open(path, as: .notifier)
    try await take("a", by: ledger)
    #expect(await ledger.trouble() == nil)

    let aside = folder.path("aside")
    switch loss {
    case .deleted, .replaced: try manager.moveItem(atPath: path, toPath: aside)
    case .logDeleted: try manager.moveItem(atPath: path + "-wal", toPath: aside)
    case .folderMoved: try manager.moveItem(atPath: inner, toPath: aside)
    }
    if loss == .replaced { try manager.copyItem(atPath: aside, toPath: path) }
    #expect(await ledger.trouble()?.code == .replaced)
    let error = await #expect(throws: LedgerError.self) { try await take("b", by: ledger) }
    #expect(error?.code == .replaced)
    #expect(error?.message.contains(path) == true)

    if loss == .replaced { try manager.removeItem(atPath: path) }
    switch loss {
    case .deleted, .replaced: try manager.moveItem(atPath: aside, toPath: path)
    case .logDeleted: try manager.moveItem(atPath: aside, toPath: path + "-wal")
    case .folderMoved: try manager.moveItem(atPath: aside, toPath: inner)
    }
    #expect(await ledger.trouble()?.code == .replaced, "until something was written")
    try await take("c", by: ledger)
    #expect(await ledger.trouble() == nil)
    try await ledger.close()
    let again = try await open(path)
    #expect(try await again.activeAlerts().keys.map(\.id).sorted() == ["a", "c"])
    try await again.close()
  }

  @Test("shows a guest that the notifier has another file open than the current one")
  func guestsLearn() async throws {
    let notifier = try await open(path, as: .notifier)
    try await take("a", by: notifier)
    for suffix in ["", "-wal", "-shm"] {
      try FileManager.default.moveItem(atPath: path + suffix, toPath: folder.path("aside") + suffix)
    }
    #expect(SQLiteLedger.missing(at: path)?.code == .replaced)
    let guest = try await open(path)
    let trouble = await guest.trouble()
    #expect(trouble?.code == .replaced)
    #expect(trouble?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
    try await guest.close()
    try await notifier.close()
    #expect(SQLiteLedger.missing(at: folder.path("none.db")) == nil)
  }

  // MARK: - One notifier per file

  @Test("refuses a second notifier that uses a symbolic link, or after the lock files were removed")
  func refusesTheSecond() async throws {
    let first = try await open(path, as: .notifier)
    try await take("a", by: first)
    let link = folder.path("link.db")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
    let byLink = await #expect(throws: LedgerError.self) { try await open(link, as: .notifier) }
    #expect(byLink?.code == .inUse)
    for suffix in ["-run", "-send"] { try FileManager.default.removeItem(atPath: path + suffix) }
    let withoutLock = await #expect(throws: LedgerError.self) { try await open(path, as: .notifier) }
    #expect(withoutLock?.code == .inUse)

    // A guest that uses the link sees what the notifier wrote, and the other way round.
    let guest = try await open(link)
    #expect(try await guest.activeAlerts().count == 1)
    try await take("b", by: guest)
    #expect(try await first.activeAlerts().count == 2)
    #expect(!FileManager.default.fileExists(atPath: link + "-wal"))
    try await guest.close()
    try await first.close()
    try await open(link, as: .notifier).close()
  }

  @Test(
    "is refused if it has a second name, because SQLite would keep two logs for it",
    arguments: [ProcessRole.guest, .notifier]
  )
  func refusesHardLinks(role: ProcessRole) async throws {
    let first = try await open(path, as: .notifier)
    try await take("a", by: first)
    let name = folder.path("other.db")
    try FileManager.default.linkItem(atPath: path, toPath: name)
    let error = await #expect(throws: LedgerError.self) { try await open(name, as: role) }
    #expect(error?.code == .cannotOpen)
    #expect(error?.message.contains("second name") == true)
    try FileManager.default.removeItem(atPath: name)
    try await take("b", by: first)
    #expect(await first.trouble() == nil)
    try await first.close()
  }

  // MARK: - Beside a busy notifier

  @Test("can be read while another process has it locked for writing")
  func asksBesideAWriter() async throws {
    try await open(path).close()
    var configuration = GRDB.Configuration()
    configuration.allowsUnsafeTransactions = true
    let writer = try DatabaseQueue(path: path, configuration: configuration)
    try writer.inDatabase {
      try $0.execute(
        sql:
          "PRAGMA journal_mode = WAL; INSERT INTO marks VALUES ('w', ''); BEGIN IMMEDIATE; INSERT INTO marks VALUES ('x', 'y')"
      )
    }
    let guest = try await open(path)
    #expect(try await guest.summary().activeAlerts == 0)
    #expect(try await guest.marks(beginning: "") == ["w": ""])
    try await guest.close()
    try writer.inDatabase { try $0.execute(sql: "ROLLBACK") }
    try writer.close()
  }

  @Test("gives a waiting writer its turn within a few commits of one that writes without end")
  func writesBesideAWriter() async throws {
    let busy = try await open(path, as: .notifier)
    let guest = try await open(path)
    let commits = try await withThrowingTaskGroup(of: Int.self) { group in
      for writer in 0..<4 {
        group.addTask {
          var count = 0
          while !Task.isCancelled {
            try await busy.note(marks: ["busy.\(writer)": "\(count)"])
            count += 1
          }
          return count
        }
      }
      while try await guest.marks(beginning: "busy.").isEmpty { await Task.yield() }
      for turn in 0..<20 { try await guest.note(marks: ["guest": "\(turn)"]) }
      group.cancelAll()
      return try await group.reduce(0, +)
    }
    #expect(commits > 0)
    #expect(try await busy.marks(beginning: "guest")["guest"] == "19")
    try await guest.close()
    try await busy.close()
  }
}
