// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy

/// Passes every call of a transaction on, after it was announced, and records what came of it.
package final class ObservedTransaction: LedgerTransaction {
  /// What a transaction did.
  package enum Effect: Sendable {
    /// Events were decided on; with the new deliveries, and those related to the leased ones, as the ledger has them.
    case ingested([Event], Ingested, [DeliveryRecord], related: [Related])
    case claimed(LeaseTerms, [LeasedDelivery], related: [Related])
    case settled([Settlement], [Bool])
  }

  /// A leased delivery and those related to it.
  package struct Related: Sendable {
    package var leased: LeasedDelivery
    package var records: [DeliveryRecord]
  }

  private let inner: any LedgerTransaction
  private let related: (LeasedDelivery) -> Set<DeliveryID>
  private let before: (String) throws -> Void
  private let beforeSettling: ([Settlement]) throws -> Void
  private let allTouched: TouchedChannels?
  package private(set) var effects: [Effect] = []

  /// `before` is called with the name of each call, such as `settle(_:)`; if it throws, the call fails.
  ///
  /// `touched` replaces what the transaction says: others may use the same store. `related` names deliveries to look up for
  /// a leased one.
  package init(
    _ inner: any LedgerTransaction,
    touched: TouchedChannels? = nil,
    related: @escaping (LeasedDelivery) -> Set<DeliveryID> = { _ in [] },
    before: @escaping (String) throws -> Void = { _ in },
    beforeSettling: @escaping ([Settlement]) throws -> Void = { _ in }
  ) {
    self.beforeSettling = beforeSettling
    self.related = related
    self.inner = inner
    allTouched = touched
    self.before = before
  }

  private func call<Answer>(_ name: String = #function, _ body: () throws -> Answer) throws -> Answer {
    try before(name)
    return try body()
  }

  private func ingested(_ events: [Event], _ ingested: Ingested) throws -> Ingested {
    let records = try ingested.decisions.flatMap(\.decision.deliveries).compactMap { try inner.delivery($0) }
    effects.append(.ingested(events, ingested, records, related: try relations(of: ingested.leased)))
    return ingested
  }

  private func relations(of leased: [LeasedDelivery]) throws -> [Related] {
    try leased.map { one in
      Related(leased: one, records: try related(one).sorted().compactMap { try inner.delivery($0) })
    }
  }

  package var now: Instant { inner.now }
  package var touched: TouchedChannels { allTouched ?? inner.touched }
  package func canGoOn(after error: any Error) -> Bool { inner.canGoOn(after: error) }

  package func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    let count = effects.count
    do { return try inner.attempt(body) } catch {
      effects.removeLast(effects.count - count)
      throw error
    }
  }

  package func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try call { try ingested(events, try inner.ingest(events, policy: policy, lease: lease)) }
  }
  package func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) throws -> Ingested {
    try call { try ingested([], try inner.enqueue(delivery, because: decision, lease: lease)) }
  }
  package func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try call { try ingested([], try inner.fire(only: only, policy: policy, lease: lease)) }
  }
  package func adopt(policy: any PolicyDeciding) throws { try call { try inner.adopt(policy: policy) } }
  package func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    try call {
      let leased = try inner.claim(terms, channels: channels)
      effects.append(.claimed(terms, leased, related: try relations(of: leased)))
      return leased
    }
  }
  package func settle(_ settlements: [Settlement]) throws -> [Bool] {
    try call {
      try beforeSettling(settlements)
      let taken = try inner.settle(settlements)
      effects.append(.settled(settlements, taken))
      return taken
    }
  }
  package func retryNow(on channel: ChannelName, limit: Int) throws -> Int {
    try call { try inner.retryNow(on: channel, limit: limit) }
  }
  package func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [MendedLetter] {
    try call { try inner.mend(letters, by: remedy) }
  }
  package func followDeliveries(_ step: ClockStep, longest: Duration) throws {
    try call { try inner.followDeliveries(step, longest: longest) }
  }
  package func followHolds(_ step: ClockStep, longest: LongestWaits) throws {
    try call { try inner.followHolds(step, longest: longest) }
  }
  package func note(sources: [SourceNote]) throws { try call { try inner.note(sources: sources) } }
  package func note(circuits: [CircuitNote]) throws { try call { try inner.note(circuits: circuits) } }
  package func note(marks: [String: String?]) throws { try call { try inner.note(marks: marks) } }
  package func keep(configuration text: String, because cause: String) throws -> Int {
    try call { try inner.keep(configuration: text, because: cause) }
  }
  package func note(refusal: ConfigurationRefusal?) throws { try call { try inner.note(refusal: refusal) } }
  package func note(investigations: [RecordedInvestigation]) throws {
    try call { try inner.note(investigations: investigations) }
  }
  package func noteAudited(_ attempts: [DeliveryAttempt]) throws { try call { try inner.noteAudited(attempts) } }
  package func noteLoss(of commits: Int, upTo position: LedgerPosition) throws {
    try call { try inner.noteLoss(of: commits, upTo: position) }
  }
  package func nextTimer() throws -> Instant? { try inner.nextTimer() }
  package func nextDelivery(channels: Set<ChannelName>?) throws -> Instant? {
    try inner.nextDelivery(channels: channels)
  }
  package func pendingChannels() throws -> Set<ChannelName> { try inner.pendingChannels() }
  package func delivery(_ id: DeliveryID) throws -> DeliveryRecord? { try inner.delivery(id) }
  package func record(of alert: AlertKey) throws -> AlertRecord? { try inner.record(of: alert) }
  package func isActive(_ alert: AlertKey) throws -> Bool? { try inner.isActive(alert) }
  package func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord? {
    try inner.endedRecord(of: alert, for: message)
  }
  package func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool { try inner.isStaleUnlessLeased(id) }
  package func rewrite(_ delivery: NewDelivery, sayingEndsOf alerts: Set<AlertKey>) throws {
    try call { try inner.rewrite(delivery, sayingEndsOf: alerts) }
  }
}
