// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy
internal import Synchronization

/// The oracle of the ledger tests, and the ledger of most other tests: dictionaries, and as little code as possible.
///
/// It shares the rules of the order of deliveries and the shapes of answers with the ledgers that Belfry uses, but no
/// storage.
package final class MemoryLedger: Ledger {
  private let store: MemoryStore
  package let loop: CommitLoop

  package init(now: @escaping @Sendable () -> Instant, ids: DeliveryIDSource = DeliveryIDSource()) {
    store = MemoryStore(now: now, ids: ids)
    loop = CommitLoop(store)
  }

  package func nextTimer() -> Instant? { store.read { $0.nextTimer() } }
  package func nextDelivery(channels: Set<ChannelName>?) -> Instant? {
    store.read { $0.nextDelivery(channels: channels) }
  }
  package func activeAlerts(besides source: SourceName?) -> [AlertKey: UInt64] {
    store.read { $0.activeAlerts(besides: source) }
  }
  package func waiting(in list: HoldID) -> [AlertRecord] { store.read { $0.waiting(in: list) } }
  package func record(of alert: AlertKey) -> AlertRecord? { store.read { $0.record(of: alert) } }
  package func records(of alerts: [AlertKey]) -> [AlertKey: AlertRecord] { store.read { $0.records(of: alerts) } }
  package func records(after: AlertKey?, activeOnly: Bool, limit: Int) -> [AlertRecord] {
    store.read { $0.records(after: after, activeOnly: activeOnly, limit: limit) }
  }
  package func decisions(about alert: AlertKey, limit: Int) -> [RecordedDecision] {
    store.read { $0.decisions(about: alert, limit: limit) }
  }
  package func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) -> AlertBackground
  { store.read { $0.background(of: records, decisions: decisions, notifications: notifications) } }
  package func delivery(_ id: DeliveryID) -> DeliveryRecord? { store.read { $0.delivery(id) } }
  package func attempts(at delivery: DeliveryID) -> [FailedAttempt] { store.read { $0.attempts(at: delivery) } }
  package func due(_ timer: TimerKey) -> Instant? { store.read { $0.due(timer) } }
  package func entry(_ list: HoldID) -> HoldState? { store.read { $0.entry(list) } }
  package func silences() -> [Silence] { store.read { $0.silences() } }
  package func silences(_ ids: Set<SilenceID>) -> [SilenceID: Silence] { store.read { $0.silences(ids) } }
  package func silences(after last: Silence?, limit: Int) -> [Silence] {
    store.read { $0.silences(after: last, limit: limit) }
  }
  package func facts(after: AlertKey?, limit: Int) -> AccountingFacts {
    store.read { $0.facts(after: after, limit: limit) }
  }
  package func sources() -> [SourceNote] { store.read { $0.sources() } }
  package func circuits() -> [CircuitNote] { store.read { $0.circuits() } }
  package func configurations(limit: Int) -> [ConfigurationVersion] { store.read { $0.configurations(limit: limit) } }
  package func refusal() -> ConfigurationRefusal? { store.read { $0.refusal() } }
  package func marks(beginning prefix: String) -> [String: String] { store.read { $0.marks(beginning: prefix) } }
  package func channelHealth() -> [ChannelName: ChannelHealth] { store.read { $0.channelHealth() } }
  package func deadLetters(limit: Int) -> [DeliveryRecord] { store.read { $0.deadLetters(limit: limit) } }
  package func recentDeliveries(limit: Int) -> [DeliveryRecord] { store.read { $0.recentDeliveries(limit: limit) } }
  package func hours(since moment: Instant) -> [LedgerHour] { store.read { $0.hours(since: moment) } }
  package func backlog() -> Backlog { store.read { $0.backlog() } }
  package func summary() -> LedgerSummary { store.read { $0.summary() } }

  package func prune(_ cursor: PruneCursor, limit: Int) -> PruneStep { store.read { $0.prune(cursor, limit: limit) } }
  package func unauditedAttempts(limit: Int) -> [AuditedAttempt] { store.read { $0.unauditedAttempts(limit: limit) } }
  package func auditedNumbers() -> RangeSet<Int> { store.read { $0.auditedNumbers() } }
  package func auditedAttempts(_ attempts: [DeliveryAttempt]) -> [DeliveryAttempt: AuditedAttempt] {
    store.read { $0.auditedAttempts(attempts) }
  }
  package func auditedAttempt(_ number: Int) -> AuditedAttempt? { store.read { $0.auditedAttempt(number) } }
  package func lastAttempt() -> Int { store.read { $0.lastAttempt() } }
  package func delivered(after number: Int, limit: Int) -> DeliveredPage {
    store.read { $0.delivered(after: number, limit: limit) }
  }
  package func notePruned() { store.read { $0.notePruned() } }
  package func size() -> LedgerSize { store.read { $0.size() } }
  /// Returns 0: there is no file.
  package func compact() -> Int { 0 }
  package func investigations(of subjects: [RecordedInvestigation.Subject], limit: Int) -> [RecordedInvestigation] {
    store.read { $0.investigations(of: subjects, limit: limit) }
  }
  package func alertSources() -> [SourceName] { store.read { $0.alertSources() } }
  package func alertKeys(activeOnly: Bool, limit: Int) -> [AlertKey] {
    store.read { $0.alertKeys(activeOnly: activeOnly, limit: limit) }
  }

  /// Returns no channels: all totals here are computed from the deliveries.
  package func recount() -> Set<ChannelName> { [] }
  package func inspect() {}
  /// Returns nil: a ledger in memory cannot lose commits.
  package func position() -> LedgerPosition? { nil }
  package func trouble() -> LedgerError? { nil }
  package func damage() -> Set<Damage> { [] }
  package func publishDamage() -> Set<Damage> { [] }
  package func close() {}
}

/// The contents of a ledger in memory, one transaction at a time.
private final class MemoryStore: LedgerStore {
  private let turn = Mutex(())
  /// Used only inside `turn`, which the compiler cannot see.
  private nonisolated(unsafe) let contents: MemoryContents

  init(now: @escaping @Sendable () -> Instant, ids: DeliveryIDSource) {
    contents = MemoryContents(now: now, ids: ids)
  }

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    try turn.withLock { _ in try contents.transact { try body(contents) } }
  }

  func read<Result>(_ body: (MemoryContents) -> Result) -> Result { turn.withLock { _ in body(contents) } }

  func named(_ error: any Error) -> any Error { error }
  func giveWay() {}
}
