// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Dispatch
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

/// The store of one process, which dies at one transaction; the witness sees everything committed.
private final class CrashingStore: LedgerStore {
  private let inner: any LedgerStore
  private let witness: Witness
  private let life: Life
  private let plan: CrashPlan?
  private let fault: ProcessFault
  private let count = Mutex(0)

  init(_ inner: any LedgerStore, witness: Witness, life: Life, plan: CrashPlan?, fault: ProcessFault) {
    self.inner = inner
    self.witness = witness
    self.life = life
    self.plan = plan
    self.fault = fault
  }

  var transactions: Int { count.withLock { $0 } }

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    let last = try begin()
    var effects: [ObservedTransaction.Effect] = []
    try inner.transact { transaction in
      let observed = ObservedTransaction(try fault.transaction(transaction), touched: .all) { [witness] leased in
        // What was forwarded there from another channel follows the order of that one.
        leased.delivery.forwardings.isEmpty ? witness.read { $0.unsettled(before: leased.delivery) } : []
      }
      try body(observed)
      effects = observed.effects
    }
    for effect in effects { show(effect) }
    if let last { throw die(last) }
  }

  /// Runs a transaction that the ledger makes by itself.
  func perform<Result>(_ body: () async throws -> Result) async throws -> Result {
    let last = try begin()
    let result = try await body()
    if let last { throw die(last) }
    return result
  }

  /// Counts a transaction.
  ///
  /// - Returns: its number, if the process dies after it; nil if it goes on.
  private func begin() throws -> Int? {
    if life.isOver { throw Crash() }
    let number = count.withLock { count in
      count += 1
      return count
    }
    guard number == plan?.transaction else { return nil }
    if plan?.side == .before { throw die(number) }
    return number
  }

  /// Shows the witness the decisions, and each new delivery in the ledger.
  private func show(_ effect: ObservedTransaction.Effect) {
    switch effect {
    case .ingested(let events, let ingested, let records, let related):
      witness.took(events)
      let found = Dictionary(records.map { ($0.delivery.id, $0) }) { first, _ in first }
      for id in ingested.decisions.flatMap(\.decision.deliveries) where !witness.knows(id) {
        guard let record = found[id] else {
          witness.fault("\(id) was decided and is not in the ledger")
          continue
        }
        witness.created(record)
      }
      for recorded in ingested.decisions { witness.decided(recorded) }
      checkOrder(related)
      witness.leased(ingested.leased)
    case .claimed(let terms, let leased, let related):
      // What is forwarded from a failing channel does not wait for what stays there.
      if terms.takesWaiting { witness.overtook(leased.map(\.delivery)) } else { checkOrder(related) }
      witness.leased(leased)
    case .settled(let settlements, let taken): witness.settled(settlements, taken)
    }
  }

  /// Checks that nothing is leased while an earlier delivery about the same alert on its channel is unsettled.
  private func checkOrder(_ related: [ObservedTransaction.Related]) {
    for one in related {
      for record in one.records {
        if record.status == .pending {
          let (id, earlier) = (one.leased.delivery.id, record.delivery.id)
          witness.fault("\(id) was leased before \(earlier), an earlier one about the same alert")
        } else {
          witness.change { $0.forget(record.delivery) }
        }
      }
    }
  }

  private func die(_ number: Int) -> Crash {
    life.end()
    witness.crashed("the process dies \(plan?.side.rawValue ?? "at") transaction \(number)")
    return Crash()
  }

  func fault(_ text: String) { witness.fault(text) }
  func named(_ error: any Error) -> any Error { inner.named(error) }
  func giveWay() { inner.giveWay() }
}

/// The ledger of one process.
final class CrashingLedger: Ledger {
  private let inner: any Ledger
  private let life: Life
  private let store: CrashingStore
  private let fault: ProcessFault
  let loop: CommitLoop

  /// Makes a ledger whose loop takes its turns on this queue.
  init(
    _ inner: any Ledger,
    witness: Witness,
    life: Life,
    plan: CrashPlan?,
    fault: ProcessFault,
    on queue: DispatchQueue
  ) {
    self.inner = inner
    self.life = life
    self.fault = fault
    store = CrashingStore(inner.loop.store, witness: witness, life: life, plan: plan, fault: fault)
    loop = CommitLoop(fault.store(store, inner.loop.store, life), on: queue, linger: .zero)
  }

  var transactions: Int { store.transactions }

  private func read<Result>(_ body: () async throws -> Result) async throws -> Result {
    if life.isOver { throw Crash() }
    return try await body()
  }

  func position() async throws -> LedgerPosition? { try await inner.position() }
  func trouble() async -> LedgerError? { await inner.trouble() }
  func damage() async throws -> Set<Damage> { try await read { try await inner.damage() } }
  func publishDamage() async throws -> Set<Damage> { try await read { try await inner.publishDamage() } }

  func nextTimer() async throws -> Instant? { try await read { try await inner.nextTimer() } }
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant? {
    try await read { try await inner.nextDelivery(channels: channels) }
  }
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64] {
    try await read { fault.activeAlerts(try await inner.activeAlerts(besides: source)) }
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
    try await store.perform { try await inner.prune(cursor, limit: limit) }
  }
  func notePruned() async throws { try await read { try await inner.notePruned() } }
  func size() async throws -> LedgerSize { try await read { try await inner.size() } }
  func compact() async throws -> Int { try await read { try await inner.compact() } }
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
  func unauditedAttempts(limit: Int) async throws -> [AuditedAttempt] {
    try await read { try await inner.unauditedAttempts(limit: limit) }
  }
  func auditedNumbers() async throws -> RangeSet<Int> { try await read { try await inner.auditedNumbers() } }
  func auditedAttempts(_ attempts: [DeliveryAttempt]) async throws -> [DeliveryAttempt: AuditedAttempt] {
    try await read { try await inner.auditedAttempts(attempts) }
  }
  func auditedAttempt(_ number: Int) async throws -> AuditedAttempt? {
    try await read { try await inner.auditedAttempt(number) }
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
  func configurations(limit: Int) async throws -> [ConfigurationVersion] {
    try await read { try await inner.configurations(limit: limit) }
  }
  func refusal() async throws -> ConfigurationRefusal? { try await read { try await inner.refusal() } }
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
  func makeRoom() async throws { try await inner.makeRoom() }
  func inspect() async throws { try await inner.inspect() }
  func recount() async throws -> Set<ChannelName> {
    let wrong = try await read { try await inner.recount() }
    for channel in wrong.sorted() { store.fault("the totals of \(channel) were wrong") }
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
