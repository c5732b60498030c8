// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy
internal import Synchronization

/// A ledger that counts its calls, and lets the test act before each: fail it, hold it up, or move the clock.
package final class WatchedLedger: Ledger {
  private let inner: any Ledger
  private let calls = Mutex<[String: Int]>([:])
  private let before: @Sendable (String) async throws -> Void
  package let loop: CommitLoop

  /// Passes every call on to `inner`, after `before` with its name, such as `nextTimer()`; calls of a transaction, such as
  /// `adopt(policy:)`, after `beforeWrite`, settlements after `beforeSettling`, and commits after `beforeCommit`.
  package init(
    _ inner: any Ledger,
    before: @escaping @Sendable (String) async throws -> Void = { _ in },
    beforeWrite: @escaping @Sendable (String) throws -> Void = { _ in },
    beforeSettling: @escaping @Sendable ([Settlement]) throws -> Void = { _ in },
    beforeCommit: @escaping @Sendable ([ObservedTransaction.Effect]) throws -> Void = { _ in }
  ) {
    self.inner = inner
    self.before = before
    loop = CommitLoop(
      WatchedStore(
        inner: inner.loop.store,
        before: beforeWrite,
        beforeSettling: beforeSettling,
        beforeCommit: beforeCommit
      )
    )
  }

  /// The number of calls of each name since the last `takeCalls`.
  package func takeCalls() -> [String: Int] {
    calls.withLock { calls in
      defer { calls = [:] }
      return calls
    }
  }

  /// Never returns; throws when the caller's task is cancelled.
  package static func hang() async throws {
    for await _ in AsyncStream<Never>.makeStream().stream {}
    throw CancellationError()
  }

  private func ask<Answer>(_ name: String = #function, _ body: () async throws -> Answer) async throws -> Answer {
    calls.withLock { $0[name, default: 0] += 1 }
    try await before(name)
    return try await body()
  }

  package func nextTimer() async throws -> Instant? { try await ask { try await inner.nextTimer() } }
  package func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant? {
    try await ask { try await inner.nextDelivery(channels: channels) }
  }
  package func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64] {
    try await ask { try await inner.activeAlerts(besides: source) }
  }
  package func waiting(in list: HoldID) async throws -> [AlertRecord] {
    try await ask { try await inner.waiting(in: list) }
  }
  package func record(of alert: AlertKey) async throws -> AlertRecord? {
    try await ask { try await inner.record(of: alert) }
  }
  package func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord] {
    try await ask { try await inner.records(of: alerts) }
  }
  package func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord] {
    try await ask { try await inner.records(after: after, activeOnly: activeOnly, limit: limit) }
  }
  package func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision] {
    try await ask { try await inner.decisions(about: alert, limit: limit) }
  }
  package func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) async throws
    -> AlertBackground
  {
    try await ask { try await inner.background(of: records, decisions: decisions, notifications: notifications) }
  }
  package func delivery(_ id: DeliveryID) async throws -> DeliveryRecord? {
    try await ask { try await inner.delivery(id) }
  }
  package func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt] {
    try await ask { try await inner.attempts(at: delivery) }
  }
  package func due(_ timer: TimerKey) async throws -> Instant? { try await ask { try await inner.due(timer) } }
  package func entry(_ list: HoldID) async throws -> HoldState? { try await ask { try await inner.entry(list) } }
  package func prune(_ cursor: PruneCursor, limit: Int) async throws -> PruneStep {
    try await ask { try await inner.prune(cursor, limit: limit) }
  }
  package func notePruned() async throws { try await ask { try await inner.notePruned() } }
  package func size() async throws -> LedgerSize { try await ask { try await inner.size() } }
  package func compact() async throws -> Int { try await ask { try await inner.compact() } }
  package func investigations(
    of subjects: [RecordedInvestigation.Subject],
    limit: Int
  ) async throws -> [RecordedInvestigation] {
    try await ask { try await inner.investigations(of: subjects, limit: limit) }
  }
  package func alertSources() async throws -> [SourceName] { try await ask { try await inner.alertSources() } }
  package func alertKeys(activeOnly: Bool, limit: Int) async throws -> [AlertKey] {
    try await ask { try await inner.alertKeys(activeOnly: activeOnly, limit: limit) }
  }
  package func unauditedAttempts(limit: Int) async throws -> [AuditedAttempt] {
    try await ask { try await inner.unauditedAttempts(limit: limit) }
  }
  package func auditedNumbers() async throws -> RangeSet<Int> { try await ask { try await inner.auditedNumbers() } }
  package func auditedAttempts(
    _ attempts: [DeliveryAttempt]
  ) async throws -> [DeliveryAttempt: AuditedAttempt] {
    try await ask { try await inner.auditedAttempts(attempts) }
  }
  package func auditedAttempt(_ number: Int) async throws -> AuditedAttempt? {
    try await ask { try await inner.auditedAttempt(number) }
  }
  package func lastAttempt() async throws -> Int { try await ask { try await inner.lastAttempt() } }
  package func delivered(after number: Int, limit: Int) async throws -> DeliveredPage {
    try await ask { try await inner.delivered(after: number, limit: limit) }
  }
  package func silences() async throws -> [Silence] { try await ask { try await inner.silences() } }
  package func silences(_ ids: Set<SilenceID>) async throws -> [SilenceID: Silence] {
    try await ask { try await inner.silences(ids) }
  }
  package func silences(after last: Silence?, limit: Int) async throws -> [Silence] {
    try await ask { try await inner.silences(after: last, limit: limit) }
  }
  package func facts(after: AlertKey?, limit: Int) async throws -> AccountingFacts {
    try await ask { try await inner.facts(after: after, limit: limit) }
  }
  package func sources() async throws -> [SourceNote] { try await ask { try await inner.sources() } }
  package func circuits() async throws -> [CircuitNote] { try await ask { try await inner.circuits() } }
  package func configurations(limit: Int) async throws -> [ConfigurationVersion] {
    try await ask { try await inner.configurations(limit: limit) }
  }
  package func refusal() async throws -> ConfigurationRefusal? { try await ask { try await inner.refusal() } }
  package func marks(beginning prefix: String) async throws -> [String: String] {
    try await ask { try await inner.marks(beginning: prefix) }
  }
  package func channelHealth() async throws -> [ChannelName: ChannelHealth] {
    try await ask { try await inner.channelHealth() }
  }
  package func deadLetters(limit: Int) async throws -> [DeliveryRecord] {
    try await ask { try await inner.deadLetters(limit: limit) }
  }
  package func recentDeliveries(limit: Int) async throws -> [DeliveryRecord] {
    try await ask { try await inner.recentDeliveries(limit: limit) }
  }
  package func hours(since moment: Instant) async throws -> [LedgerHour] {
    try await ask { try await inner.hours(since: moment) }
  }
  package func backlog() async throws -> Backlog { try await ask { try await inner.backlog() } }
  package func summary() async throws -> LedgerSummary { try await ask { try await inner.summary() } }

  package func position() async throws -> LedgerPosition? { try await ask { try await inner.position() } }
  package func trouble() async -> LedgerError? { await inner.trouble() }
  package func damage() async throws -> Set<Damage> { try await ask { try await inner.damage() } }
  package func publishDamage() async throws -> Set<Damage> { try await ask { try await inner.publishDamage() } }
  package func makeRoom() async throws { try await ask { try await inner.makeRoom() } }
  package func inspect() async throws { try await ask { try await inner.inspect() } }
  package func recount() async throws -> Set<ChannelName> { try await ask { try await inner.recount() } }
  package func close() async throws { try await ask { try await inner.close() } }
}

// MARK: - Changes

/// The store of a watched ledger: announces every call of a transaction.
private struct WatchedStore: LedgerStore {
  let inner: any LedgerStore
  let before: @Sendable (String) throws -> Void
  let beforeSettling: @Sendable ([Settlement]) throws -> Void
  let beforeCommit: @Sendable ([ObservedTransaction.Effect]) throws -> Void

  func transact(_ body: (any LedgerTransaction) throws -> Void) throws {
    try inner.transact { transaction in
      let observed = ObservedTransaction(transaction, before: before, beforeSettling: beforeSettling)
      try body(observed)
      try beforeCommit(observed.effects)
    }
  }

  func named(_ error: any Error) -> any Error { inner.named(error) }
  func giveWay() { inner.giveWay() }
}
