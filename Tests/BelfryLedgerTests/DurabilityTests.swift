// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Foundation
import Testing

@Suite("Durable data")
struct DurabilityTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ name: String, now: Instant = TestEnvironment.start) async throws -> SQLiteLedger {
    try await SQLiteLedger.open(path: folder.path(name), now: { now })
  }

  @Test("is complete after closing and opening again")
  func reopens() async throws {
    let list = HoldID.cooldown(GroupKey("category=disk"))
    let first = try await open("belfry.db")
    let sent = try await first.ingest([.fired(.sample("a"))], policy: ScriptedPolicy(), lease: .minute)
    _ = try await first.ingest(
      [.fired(.sample("b"))],
      policy: ScriptedPolicy.hold(in: list, for: .seconds(90)),
      lease: nil
    )
    let settled = Settlement(
      id: sent.leased[0].delivery.id,
      token: sent.leased[0].token,
      result: .dead(because: .init("no", "reason"))
    )
    #expect(try await first.settle([settled]) == [true])
    let before = try await Everything(of: first, list: list, alerts: ["a", "b"])
    try await first.close()

    let second = try await open("belfry.db")
    let after = try await Everything(of: second, list: list, alerts: ["a", "b"])
    #expect(after == before)
    #expect(after.summary.activeAlerts == 2)
    #expect(after.dead.count == 1)
    try await second.close()
  }

  @Test("includes everything confirmed before a kill")
  func survivesKills() async throws {
    let ledger = try await open("belfry.db")
    let answered = Answered()
    try await withThrowingTaskGroup { group in
      for caller in 0..<4 {
        group.addTask {
          for number in 0..<40 {
            let id = "\(caller)-\(number)"
            _ = try await ledger.ingest([.fired(.sample(id))], policy: ScriptedPolicy(), lease: .minute)
            await answered.add(id)
          }
        }
      }
      group.addTask {
        for copy in 0..<4 {
          await answered.waitFor(count: 20 + copy * 35)
          let ids = await answered.ids
          // The files left by a kill: the file and its WAL, without a checkpoint (there is none in so short a run) or a
          // close.
          for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
              atPath: folder.path("belfry.db\(suffix)"),
              toPath: folder.path("copy\(copy).db\(suffix)")
            )
          }
          let found = try await open("copy\(copy).db", now: TestEnvironment.start + .seconds(60))
          let active = Set(try await found.activeAlerts().keys.map(\.id))
          #expect(ids.isSubset(of: active), "copy \(copy)")
          // Each alert is there with its delivery or not at all, and the leases expire by themselves.
          let claimed = try await found.claim(LeaseTerms(count: 1000, duration: .seconds(1)), channels: nil)
          #expect(Set(claimed.flatMap(\.alerts)) == active, "copy \(copy)")
          #expect(claimed.allSatisfy { $0.attempt == 2 })
          try await found.close()
        }
      }
      try await group.waitForAll()
    }
    try await ledger.close()
  }

  @Test("is written by two processes in turns: nothing is lost, and nothing leased twice")
  func sharesTheFile() async throws {
    let ledgers = [try await open("belfry.db"), try await open("belfry.db")]
    let claimed = try await withThrowingTaskGroup(of: [DeliveryID].self) { group in
      for (index, ledger) in ledgers.enumerated() {
        group.addTask {
          for number in 0..<50 {
            _ = try await ledger.ingest([.fired(.sample("\(index)-\(number)"))], policy: ScriptedPolicy(), lease: nil)
          }
          return []
        }
        group.addTask {
          var mine: [DeliveryID] = []
          for _ in 0..<50 {
            let leased = try await ledger.claim(LeaseTerms(count: 3, duration: .seconds(60)), channels: nil)
            mine += leased.map(\.delivery.id)
            let taken = try await ledger.settle(
              leased.map { Settlement(id: $0.delivery.id, token: $0.token, result: .delivered(Receipt())) }
            )
            #expect(taken.allSatisfy { $0 })
          }
          return mine
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    let rest = try await ledgers[0].claim(LeaseTerms(count: 1000, duration: .seconds(60)), channels: nil)
    let all = claimed + rest.map(\.delivery.id)
    #expect(all.count == 100)
    #expect(Set(all).count == 100)
    #expect(try await ledgers[1].activeAlerts().count == 100)
    for ledger in ledgers { try await ledger.close() }
  }

  /// The results of all queries on a ledger.
  private struct Everything: Equatable {
    var summary: LedgerSummary
    var active: [AlertKey: UInt64]
    var records: [AlertRecord?] = []
    var decisions: [[RecordedDecision]] = []
    var waiting: [AlertRecord]
    var dead: [DeliveryRecord]
    var nextTimer: Instant?

    init(of ledger: any Ledger, list: HoldID, alerts: [String]) async throws {
      summary = try await ledger.summary()
      active = try await ledger.activeAlerts()
      waiting = try await ledger.waiting(in: list)
      dead = try await ledger.deadLetters(limit: 10)
      nextTimer = try await ledger.nextTimer()
      for id in alerts {
        records.append(try await ledger.record(of: .sample(id)))
        decisions.append(try await ledger.decisions(about: .sample(id), limit: 10))
      }
    }
  }
}

/// The alerts whose ingestion was confirmed, and a way to wait until there are enough.
private actor Answered {
  private(set) var ids: Set<String> = []
  private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  func add(_ id: String) {
    ids.insert(id)
    for waiter in waiting where ids.count >= waiter.count { waiter.continuation.resume() }
    waiting.removeAll { ids.count >= $0.count }
  }

  func waitFor(count: Int) async {
    if ids.count >= count { return }
    await withCheckedContinuation { waiting.append((count, $0)) }
  }
}
