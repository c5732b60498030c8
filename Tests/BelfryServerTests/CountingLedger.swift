// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import Synchronization

/// A ledger that counts its queries, never answers some of them, and otherwise passes everything on.
final class CountingLedger: Ledger {
  private let inner: any Ledger
  private let asked = Mutex<[String: Int]>([:])

  /// The queries that are not answered until the caller's task is cancelled, such as `nextTimer()`.
  private let hanging: Set<String>
  /// Called before each answer to a query.
  private let beforehand: @Sendable (String) -> Void

  init(_ inner: any Ledger, hanging: Set<String> = [], beforehand: @escaping @Sendable (String) -> Void = { _ in }) {
    self.inner = inner
    self.hanging = hanging
    self.beforehand = beforehand
  }

  /// The number of calls of each query since the last `take`.
  func take() -> [String: Int] {
    asked.withLock { asked in
      defer { asked = [:] }
      return asked
    }
  }

  private func ask<Answer>(_ question: String = #function, _ body: () async throws -> Answer) async throws -> Answer {
    asked.withLock { $0[question, default: 0] += 1 }
    beforehand(question)
    if hanging.contains(question) { try await Task.sleep(for: .seconds(86_400)) }
    return try await body()
  }

  func nextTimer() async throws -> Instant? { try await ask { try await inner.nextTimer() } }
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant? {
    try await ask { try await inner.nextDelivery(channels: channels) }
  }
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64] {
    try await ask { try await inner.activeAlerts(besides: source) }
  }
  func waiting(in list: ListKey) async throws -> [AlertRecord] { try await ask { try await inner.waiting(in: list) } }
  func record(of alert: AlertKey) async throws -> AlertRecord? { try await ask { try await inner.record(of: alert) } }
  func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord] {
    try await ask { try await inner.records(of: alerts) }
  }
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord] {
    try await ask { try await inner.records(after: after, activeOnly: activeOnly, limit: limit) }
  }
  func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision] {
    try await ask { try await inner.decisions(about: alert, limit: limit) }
  }
  func background(of records: [AlertRecord], decisions: [AlertKey: Int], told: Int) async throws -> AlertBackground {
    try await ask { try await inner.background(of: records, decisions: decisions, told: told) }
  }
  func delivery(_ id: DeliveryID) async throws -> DeliveryRecord? { try await ask { try await inner.delivery(id) } }
  func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt] {
    try await ask { try await inner.attempts(at: delivery) }
  }
  func due(_ timer: TimerKey) async throws -> Instant? { try await ask { try await inner.due(timer) } }
  func entry(_ list: ListKey) async throws -> Entry? { try await ask { try await inner.entry(list) } }
  func silences(includingOver: Bool) async throws -> [Silence] {
    try await ask { try await inner.silences(includingOver: includingOver) }
  }
  func facts(after: AlertKey?, limit: Int) async throws -> LawFacts {
    try await ask { try await inner.facts(after: after, limit: limit) }
  }
  func sources() async throws -> [SourceNote] { try await ask { try await inner.sources() } }
  func circuits() async throws -> [CircuitNote] { try await ask { try await inner.circuits() } }
  func configurations(limit: Int) async throws -> [ConfigurationVersion] {
    try await ask { try await inner.configurations(limit: limit) }
  }
  func refusal() async throws -> ConfigurationRefusal? { try await ask { try await inner.refusal() } }
  func marks(beginning prefix: String) async throws -> [String: String] {
    try await ask { try await inner.marks(beginning: prefix) }
  }
  func channelHealth() async throws -> [ChannelName: ChannelHealth] {
    try await ask { try await inner.channelHealth() }
  }
  func deadLetters(limit: Int) async throws -> [DeliveryRecord] {
    try await ask { try await inner.deadLetters(limit: limit) }
  }
  func recentDeliveries(limit: Int) async throws -> [DeliveryRecord] {
    try await ask { try await inner.recentDeliveries(limit: limit) }
  }
  func hours(since moment: Instant) async throws -> [LedgerHour] {
    try await ask { try await inner.hours(since: moment) }
  }
  func backlog() async throws -> Backlog { try await ask { try await inner.backlog() } }
  func summary() async throws -> LedgerSummary { try await ask { try await inner.summary() } }
}

// MARK: - Changes

extension CountingLedger {
  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) async throws -> Ingested {
    try await inner.enqueue(delivery, because: decision, lease: lease)
  }

  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await inner.ingest(events, policy: policy, lease: lease)
  }
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await inner.fire(only: only, policy: policy, lease: lease)
  }
  func position() async throws -> LedgerPosition? { try await inner.position() }
  func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws {
    try await inner.noteLoss(of: commits, upTo: position)
  }
  func trouble() async -> LedgerError? { await inner.trouble() }
  func damage() async throws -> Set<Damage> { try await ask { try await inner.damage() } }
  func publishDamage() async throws -> Set<Damage> { try await inner.publishDamage() }
  func adopt(policy: any PolicyDeciding) async throws { try await inner.adopt(policy: policy) }
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery] {
    try await inner.claim(terms, channels: channels)
  }
  func settle(_ settlements: [Settlement]) async throws -> [Bool] { try await inner.settle(settlements) }
  func inspect() async throws { try await inner.inspect() }
  func recount() async throws -> Set<ChannelName> { try await inner.recount() }
  func followDeliveries(_ step: ClockStep, longest: Duration) async throws {
    try await inner.followDeliveries(step, longest: longest)
  }
  func followHolds(_ step: ClockStep, longest: LongestWaits) async throws {
    try await inner.followHolds(step, longest: longest)
  }
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [Bool] {
    try await inner.mend(letters, by: remedy)
  }
  func note(sources: [SourceNote]) async throws { try await inner.note(sources: sources) }
  func note(circuits: [CircuitNote]) async throws { try await inner.note(circuits: circuits) }
  func keep(configuration text: String, because cause: String) async throws -> Int {
    try await inner.keep(configuration: text, because: cause)
  }
  func note(refusal: ConfigurationRefusal?) async throws { try await inner.note(refusal: refusal) }
  func note(marks: [String: String?]) async throws { try await inner.note(marks: marks) }
  func close() async throws { try await inner.close() }
}
