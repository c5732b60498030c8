// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

/// Runs the same random history on every store and compares each answer with the oracle's.
@Suite("All stores give the same answers")
struct LikenessTests {
  @Test("over random histories", arguments: 1...3)
  func answersAlike(seed: UInt64) async throws {
    try await compare(RandomHistory(seed: seed), seed)
  }

  @Test("over random histories in which what is over is removed", arguments: 101...103)
  func answersAlikeAfterPruning(seed: UInt64) async throws {
    let removed = try await compare(RandomHistory(seed: seed, prunes: true), seed, steps: 90)
    #expect(removed.deliveries + removed.decisions > 0 && removed.audits > 0)
  }

  @discardableResult
  private func compare(_ history: RandomHistory, _ seed: UInt64, steps: Int = 60) async throws -> PruneStep.Removed {
    var history = history
    var removed = PruneStep.Removed()
    let oracle = try await TestLedger(.oracle, ids: DeliveryIDSource(generator: SplitMix(state: seed)))
    var others: [TestLedger] = []
    for store in Store.allCases where store != .oracle {
      others.append(try await TestLedger(store, ids: DeliveryIDSource(generator: SplitMix(state: seed))))
    }
    for step in 0..<steps {
      let action = history.next(at: oracle.now)
      let expected = try await action.perform(on: oracle)
      removed += expected.removed
      // Most attempts get their rows, not all of them in order.
      let audited = try await oracle.ledger.unauditedAttempts(limit: 9).map(\.attempt).dropLast(step % 3)
      if step % 5 == 4 { try await oracle.ledger.noteAudited(Array(audited)) }
      // What is wrong stays wrong for some steps; asking everything takes most of the time.
      let answers = step % 3 == 2 || step == steps - 1 ? try await Answers(oracle) : nil
      for other in others {
        let answer = try await action.perform(on: other)
        #expect(answer == expected, "step \(step): \(action)")
        if step % 5 == 4 { try await other.ledger.noteAudited(Array(audited)) }
        guard let answers else { continue }
        let found = try await Answers(other)
        #expect(found == answers, "after step \(step): \(action): \(found.differences(from: answers))")
      }
      try await history.note(expected, of: oracle.ledger)
    }
    for other in others { try await other.ledger.close() }
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
  var unaudited: [AuditedAttempt]
  var audited: RangeSet<Int>
  var lastAttempt: Int
  var delivered: DeliveredPage
  var prunedBefore: Instant?

  /// The answers that are not the same, in both.
  func differences(from other: Answers) -> [String] {
    zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { mine, theirs in
      let (here, there) = (String(describing: mine.value), String(describing: theirs.value))
      return here == there ? nil : "\(mine.label ?? ""): \(here) instead of \(there)"
    }
  }

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
    unaudited = try await ledger.unauditedAttempts(limit: 20)
    audited = try await ledger.auditedNumbers()
    lastAttempt = try await ledger.lastAttempt()
    delivered = try await ledger.delivered(after: lastAttempt - 5, limit: 3)
    prunedBefore = try await ledger.size().prunedBefore
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
