// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryTestKit
import Testing

@Suite("A progress cursor")
struct MarkTests {
  private func holds(_ ledger: any Ledger) async throws {
    try await ledger.note(marks: ["wake.a": "1", "wake.%": "2", "wakeXa": "3"])
    try await ledger.note(marks: ["wake.a": "4", "wake.%": nil, "wake.none": nil])
    #expect(try await ledger.marks(beginning: "wake.") == ["wake.a": "4"])
    #expect(try await ledger.marks(beginning: "wake") == ["wake.a": "4", "wakeXa": "3"])
    #expect(try await ledger.marks(beginning: "wake.%") == [:])
  }

  @Test("is stored, changed and removed", arguments: Store.allCases)
  func changes(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await holds(environment.ledger)
    try await environment.ledger.close()
  }

  @Test("survives a restart in a file")
  func file() async throws {
    let folder = try TemporaryFolder()
    let path = folder.path("belfry.db")
    let ledger = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    try await holds(ledger)
    try await ledger.close()
    let again = try await SQLiteLedger.open(path: path, now: { TestEnvironment.start })
    #expect(try await again.marks(beginning: "") == ["wake.a": "4", "wakeXa": "3"])
    try await again.close()
  }
}
