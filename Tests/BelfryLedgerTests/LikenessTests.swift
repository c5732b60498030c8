// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

/// Runs the same random history on both implementations and compares every answer.
@Suite("Both ledgers give the same answers")
struct LikenessTests {
  @Test("over random histories", arguments: 1...16)
  func answersAlike(seed: UInt64) async throws {
    try await compare(RandomHistory(seed: seed), seed)
  }

  @Test("over random histories in which what is over is removed", arguments: 101...116)
  func answersAlikeAfterPruning(seed: UInt64) async throws {
    let removed = try await compare(RandomHistory(seed: seed, prunes: true), seed, steps: 120)
    #expect(removed.deliveries + removed.decisions > 0)
  }

  @discardableResult
  private func compare(_ history: RandomHistory, _ seed: UInt64, steps: Int = 60) async throws -> PruneStep.Removed {
    var history = history
    var removed = PruneStep.Removed()
    let memory = try await TestLedger(.memory, ids: DeliveryIDSource(generator: SplitMix(state: seed)))
    let sqlite = try await TestLedger(.sqlite, ids: DeliveryIDSource(generator: SplitMix(state: seed)))
    for step in 0..<steps {
      let action = history.next(at: memory.now)
      let first = try await action.perform(on: memory)
      let second = try await action.perform(on: sqlite)
      removed += second.removed
      #expect(first == second, "step \(step): \(action)")
      try await history.note(first, of: memory.ledger)
      #expect(try await Answers(memory) == Answers(sqlite), "after step \(step): \(action)")
    }
    return removed
  }
}

/// The results of all queries on a ledger.
private struct Answers: Equatable {
  var summary: LedgerSummary
  var active: [AlertKey: UInt64]
  var nextTimer: Instant?
  var nextDelivery: [Instant?] = []
  var waiting: [[AlertRecord]] = []
  var records: [AlertRecord?] = []
  var decisions: [[RecordedDecision]] = []
  var dead: [DeliveryRecord]
  var recent: [DeliveryRecord]
  var sent: [DeliveryRecord?] = []
  var facts: AccountingFacts
  var health: [ChannelName: ChannelHealth]
  var hours: [LedgerHour]
  var known: [AlertKey: AlertRecord]
  var background: AlertBackground
  var backlog: Backlog

  init(_ environment: TestLedger) async throws {
    let ledger = environment.ledger
    let ids = RandomHistory.ids
    summary = try await ledger.summary()
    active = try await ledger.activeAlerts()
    nextTimer = try await ledger.nextTimer()
    dead = try await ledger.deadLetters(limit: 5)
    recent = try await ledger.recentDeliveries(limit: 5)
    facts = try await ledger.facts(after: nil, limit: 4)
    health = try await ledger.channelHealth()
    hours = try await ledger.hours(since: TestEnvironment.start)
    known = try await ledger.records(of: ids.map(AlertKey.sample))
    background = try await ledger.background(
      of: Array(known.values),
      decisions: Dictionary(uniqueKeysWithValues: zip(ids.map(AlertKey.sample), [0, 1, 2, 3, 4, 9, 99])),
      notifications: 2
    )
    backlog = try await ledger.backlog()
    for some in [nil, ["pager"], ["mail", "journal"]] as [Set<ChannelName>?] {
      nextDelivery.append(try await ledger.nextDelivery(channels: some))
    }
    for list in RandomHistory.lists { waiting.append(try await ledger.waiting(in: list)) }
    for id in ids {
      let record = try await ledger.record(of: .sample(id))
      records.append(record)
      decisions.append(try await ledger.decisions(about: .sample(id), limit: 4))
      for notified in record?.notified ?? [] { sent.append(try await ledger.delivery(notified.last)) }
    }
  }
}
