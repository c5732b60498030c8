// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("A ledger in memory")
struct InMemoryTests {
  @Test("is apart from every other one, and answers a read that comes after the end")
  func isApart() async throws {
    let one = try await TestLedger(.sqliteInMemory)
    let other = try await TestLedger(.sqliteInMemory)
    try await one.ingest([.sample("a")])
    #expect(try await one.ledger.summary().activeAlerts == 1)
    #expect(try await other.ledger.summary().activeAlerts == 0)
    try await one.ledger.close()
    #expect(try await one.ledger.summary().activeAlerts == 1)
    try await other.ledger.close()
  }

  @Test("has no trouble, no damage, and no position that an audit log could miss")
  func isWell() async throws {
    let ledger = try await SQLiteLedger.inMemory(now: { TestEnvironment.start })
    _ = try await ledger.ingest([.fired(.sample("a"))], policy: ScriptedPolicy(), lease: .minute)
    try await ledger.inspect()
    #expect(try await ledger.recount() == [])
    #expect(await ledger.trouble() == nil)
    #expect(try await ledger.publishDamage() == [])
    #expect(try await ledger.position() == nil)
    try await ledger.close()
  }

  @Test("lets each caller read what it wrote, however many write and read at once")
  func readsWhatIsWritten() async throws {
    let environment = try await TestLedger(.sqliteInMemory)
    try await withThrowingTaskGroup(of: Int.self) { group in
      for caller in 0..<8 {
        group.addTask {
          var found = 0
          for number in 0..<25 {
            let alert = Alert.sample("a\(caller)/\(number)")
            try await environment.ingest([alert])
            if try await environment.ledger.record(of: alert.key) != nil { found += 1 }
          }
          return found
        }
      }
      for try await found in group { #expect(found == 25) }
    }
    #expect(try await environment.ledger.summary().activeAlerts == 200)
    try await environment.ledger.close()
  }

  @Test("keeps nothing of a request that fails, and all of the others in its turn")
  func failsAlone() async throws {
    let environment = try await TestLedger(.sqliteInMemory)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<20 {
        group.addTask {
          let lease = LeaseTerms.minute
          do {
            _ = try await environment.ledger.loop.write(weight: 1) { transaction in
              _ = try transaction.ingest([.fired(.sample("a\(number)"))], policy: ScriptedPolicy(), lease: lease)
              if number % 2 == 1 { throw Unwanted() }
            }
          } catch is Unwanted {}
        }
      }
      try await group.waitForAll()
    }
    let active = try await environment.ledger.activeAlerts().keys.map(\.id)
    #expect(Set(active) == Set((0..<10).map { "a\($0 * 2)" }))
    try await environment.ledger.close()
  }

  private struct Unwanted: Error {}
}
