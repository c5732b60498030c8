// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import Synchronization

/// When a process dies: at which of its transactions, and before or after it.
struct CrashPlan: Sendable {
  enum Side: String, Sendable, CaseIterable {
    /// Nothing was written.
    case before
    /// It was committed, but the process does not know it.
    case after
  }

  /// The transaction's number, from 1.
  var transaction: Int
  var side: Side
}

struct Crash: Error {}

/// The ledger of one process, which dies at one transaction; the witness sees everything committed.
final class CrashingLedger: Ledger {
  private let inner: any Ledger
  private let witness: Witness
  private let life: Life
  private let plan: CrashPlan?
  private let count = Mutex(0)

  init(_ inner: any Ledger, witness: Witness, life: Life, plan: CrashPlan?) {
    self.inner = inner
    self.witness = witness
    self.life = life
    self.plan = plan
  }

  var transactions: Int { count.withLock { $0 } }

  private func transaction<Result: Sendable>(
    _ body: () async throws -> Result,
    seen: (Result) async throws -> Void
  ) async throws -> Result {
    try await witness.turns.pass { try await transactionInTurn(body, seen: seen) }
  }

  private func transactionInTurn<Result: Sendable>(
    _ body: () async throws -> Result,
    seen: (Result) async throws -> Void
  ) async throws -> Result {
    try checkAlive()
    let number = count.withLock { count in
      count += 1
      return count
    }
    let isLast = number == plan?.transaction
    if isLast, plan?.side == .before { throw die(number) }
    let result = try await body()
    try await seen(result)
    if isLast { throw die(number) }
    return result
  }

  private func die(_ number: Int) -> Crash {
    life.end()
    witness.crashed("the process dies \(plan?.side.rawValue ?? "at") transaction \(number)")
    return Crash()
  }

  private func checkAlive() throws { if life.isOver { throw Crash() } }

  private func read<Result>(_ body: () async throws -> Result) async throws -> Result {
    try checkAlive()
    return try await body()
  }

  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await transaction {
      try await inner.ingest(events, policy: policy, lease: lease)
    } seen: { ingested in
      witness.took(events)
      try await show(ingested)
    }
  }

  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) async throws -> Ingested {
    try await transaction {
      try await inner.enqueue(delivery, because: decision, lease: lease)
    } seen: { ingested in
      try await show(ingested)
    }
  }

  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await transaction {
      try await inner.fire(only: only, policy: policy, lease: lease)
    } seen: { ingested in
      try await show(ingested)
    }
  }

  /// Shows the witness the decisions, and each new delivery in the ledger.
  private func show(_ ingested: Ingested) async throws {
    for id in ingested.decisions.flatMap(\.decision.deliveries) where !witness.knows(id) {
      guard let record = try await inner.delivery(id) else {
        witness.fault("\(id) was decided, but is not in the ledger")
        continue
      }
      witness.created(record)
    }
    for recorded in ingested.decisions { witness.decided(recorded) }
    try await checkOrder(ingested.leased)
    witness.leased(ingested.leased)
  }

  /// Checks that nothing is leased while an earlier delivery about the same alert on its channel is unsettled.
  ///
  /// What was forwarded there from another channel follows the order of that one.
  private func checkOrder(_ leased: [LeasedDelivery]) async throws {
    for one in leased where one.delivery.forwardings.isEmpty {
      for id in witness.read({ $0.unsettled(before: one.delivery) }) {
        guard let record = try await inner.delivery(id) else { continue }
        if record.status == .pending {
          witness.fault("\(one.delivery.id) was leased before \(id), an earlier one about the same alert")
        } else {
          witness.change { $0.forget(record.delivery) }
        }
      }
    }
  }

  func position() async throws -> LedgerPosition? { try await inner.position() }
  func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws {
    try await inner.noteLoss(of: commits, upTo: position)
  }
  func trouble() async -> LedgerError? { await inner.trouble() }
  func damage() async throws -> Set<Damage> { try await read { try await inner.damage() } }
  func publishDamage() async throws -> Set<Damage> { try await read { try await inner.publishDamage() } }

  func adopt(policy: any PolicyDeciding) async throws {
    try await transaction {
      try await inner.adopt(policy: policy)
    } seen: { _ in
    }
  }

  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery] {
    try await transaction {
      try await inner.claim(terms, channels: channels)
    } seen: { leased in
      // What is forwarded from a failing channel does not wait for what stays there.
      if terms.takesWaiting { witness.overtook(leased.map(\.delivery)) } else { try await checkOrder(leased) }
      witness.leased(leased)
    }
  }

  func settle(_ settlements: [Settlement]) async throws -> [Bool] {
    try await transaction {
      try await inner.settle(settlements)
    } seen: {
      witness.settled(settlements, $0)
    }
  }

  func nextTimer() async throws -> Instant? { try await read { try await inner.nextTimer() } }
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant? {
    try await read { try await inner.nextDelivery(channels: channels) }
  }
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64] {
    try await read { try await inner.activeAlerts(besides: source) }
  }
  func waiting(in list: HoldID) async throws -> [AlertRecord] { try await read { try await inner.waiting(in: list) } }
  func record(of alert: AlertKey) async throws -> AlertRecord? { try await read { try await inner.record(of: alert) } }
  func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord] {
    try await read { try await inner.records(of: alerts) }
  }
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord] {
    try await read { try await inner.records(after: after, activeOnly: activeOnly, limit: limit) }
  }
  func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision] {
    try await read { try await inner.decisions(about: alert, limit: limit) }
  }
  func delivery(_ id: DeliveryID) async throws -> DeliveryRecord? { try await read { try await inner.delivery(id) } }
  func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt] {
    try await read { try await inner.attempts(at: delivery) }
  }
  func due(_ timer: TimerKey) async throws -> Instant? { try await read { try await inner.due(timer) } }
  func entry(_ list: HoldID) async throws -> HoldState? { try await read { try await inner.entry(list) } }
  func prune(_ cursor: PruneCursor, limit: Int) async throws -> PruneStep {
    try await transaction {
      try await inner.prune(cursor, limit: limit)
    } seen: { _ in
    }
  }
  func notePruned() async throws { try await read { try await inner.notePruned() } }
  func size() async throws -> LedgerSize { try await read { try await inner.size() } }
  func compact() async throws -> Int { try await read { try await inner.compact() } }
  func note(investigations: [RecordedInvestigation]) async throws {
    try await read { try await inner.note(investigations: investigations) }
  }
  func investigations(
    of subjects: [RecordedInvestigation.Subject],
    limit: Int
  ) async throws -> [RecordedInvestigation] {
    try await read { try await inner.investigations(of: subjects, limit: limit) }
  }
  func alertSources() async throws -> [SourceName] { try await read { try await inner.alertSources() } }
  func alertKeys(activeOnly: Bool, limit: Int) async throws -> [AlertKey] {
    try await read { try await inner.alertKeys(activeOnly: activeOnly, limit: limit) }
  }
  func lastAttempt() async throws -> Int { try await read { try await inner.lastAttempt() } }
  func delivered(after number: Int, limit: Int) async throws -> DeliveredPage {
    try await read { try await inner.delivered(after: number, limit: limit) }
  }
  func silences() async throws -> [Silence] { try await read { try await inner.silences() } }
  func silences(_ ids: Set<SilenceID>) async throws -> [SilenceID: Silence] {
    try await read { try await inner.silences(ids) }
  }
  func silences(after last: Silence?, limit: Int) async throws -> [Silence] {
    try await read { try await inner.silences(after: last, limit: limit) }
  }
  func facts(after: AlertKey?, limit: Int) async throws -> AccountingFacts {
    try await read { try await inner.facts(after: after, limit: limit) }
  }
  func note(sources: [SourceNote]) async throws {
    try await transaction {
      try await inner.note(sources: sources)
    } seen: { _ in
    }
  }
  func retryNow(on channel: ChannelName, limit: Int) async throws -> Int {
    try await transaction {
      try await inner.retryNow(on: channel, limit: limit)
    } seen: { _ in
    }
  }

  func followDeliveries(_ step: ClockStep, longest: Duration) async throws {
    try await read { try await inner.followDeliveries(step, longest: longest) }
  }

  func followHolds(_ step: ClockStep, longest: LongestWaits) async throws {
    try await read { try await inner.followHolds(step, longest: longest) }
  }

  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [Bool] {
    try await transaction {
      try await inner.mend(letters, by: remedy)
    } seen: { _ in
    }
  }
  func note(circuits: [CircuitNote]) async throws {
    try await transaction {
      try await inner.note(circuits: circuits)
    } seen: { _ in
    }
  }
  func keep(configuration text: String, because cause: String) async throws -> Int {
    try await transaction {
      try await inner.keep(configuration: text, because: cause)
    } seen: { _ in
    }
  }
  func configurations(limit: Int) async throws -> [ConfigurationVersion] {
    try await read { try await inner.configurations(limit: limit) }
  }
  func note(refusal: ConfigurationRefusal?) async throws {
    try await transaction {
      try await inner.note(refusal: refusal)
    } seen: { _ in
    }
  }
  func refusal() async throws -> ConfigurationRefusal? { try await read { try await inner.refusal() } }
  func note(marks: [String: String?]) async throws {
    try await transaction {
      try await inner.note(marks: marks)
    } seen: { _ in
    }
  }
  func marks(beginning prefix: String) async throws -> [String: String] {
    try await read { try await inner.marks(beginning: prefix) }
  }
  func circuits() async throws -> [CircuitNote] { try await read { try await inner.circuits() } }
  func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) async throws
    -> AlertBackground
  {
    try await read { try await inner.background(of: records, decisions: decisions, notifications: notifications) }
  }
  func sources() async throws -> [SourceNote] { try await read { try await inner.sources() } }
  func inspect() async throws { try await inner.inspect() }
  func recount() async throws -> Set<ChannelName> {
    let wrong = try await read { try await inner.recount() }
    for channel in wrong.sorted() { witness.fault("the totals of \(channel) were wrong") }
    return wrong
  }
  func channelHealth() async throws -> [ChannelName: ChannelHealth] {
    try await read { try await inner.channelHealth() }
  }
  func deadLetters(limit: Int) async throws -> [DeliveryRecord] {
    try await read { try await inner.deadLetters(limit: limit) }
  }
  func recentDeliveries(limit: Int) async throws -> [DeliveryRecord] {
    try await read { try await inner.recentDeliveries(limit: limit) }
  }
  func hours(since moment: Instant) async throws -> [LedgerHour] {
    try await read { try await inner.hours(since: moment) }
  }
  func backlog() async throws -> Backlog { try await read { try await inner.backlog() } }
  func summary() async throws -> LedgerSummary { try await read { try await inner.summary() } }
  func close() async throws {}
}
