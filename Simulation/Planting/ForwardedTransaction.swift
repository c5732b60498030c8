// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy

/// Passes every call of a transaction on; a planted fault overrides the one that it breaks.
class ForwardedTransaction: LedgerTransaction {
  let inner: any LedgerTransaction

  init(_ inner: any LedgerTransaction) { self.inner = inner }

  var now: Instant { inner.now }
  var touched: TouchedChannels { inner.touched }
  func attempt<Result>(_ body: () throws -> Result) throws -> Result { try inner.attempt(body) }
  func canGoOn(after error: any Error) -> Bool { inner.canGoOn(after: error) }

  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.ingest(events, policy: policy, lease: lease)
  }
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try inner.fire(only: only, policy: policy, lease: lease)
  }
  func adopt(policy: any PolicyDeciding) throws { try inner.adopt(policy: policy) }
  func followHolds(_ step: ClockStep, longest: LongestWaits) throws { try inner.followHolds(step, longest: longest) }
  func nextTimer() throws -> Instant? { try inner.nextTimer() }
  func record(of alert: AlertKey) throws -> AlertRecord? { try inner.record(of: alert) }

  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) throws -> Ingested {
    try inner.enqueue(delivery, because: decision, lease: lease)
  }
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    try inner.claim(terms, channels: channels)
  }
  func settle(_ settlements: [Settlement]) throws -> [Bool] { try inner.settle(settlements) }
  func followDeliveries(_ step: ClockStep, longest: Duration) throws {
    try inner.followDeliveries(step, longest: longest)
  }
  func retryNow(on channel: ChannelName, limit: Int) throws -> Int { try inner.retryNow(on: channel, limit: limit) }
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [MendedLetter] {
    try inner.mend(letters, by: remedy)
  }
  func nextDelivery(channels: Set<ChannelName>?) throws -> Instant? { try inner.nextDelivery(channels: channels) }
  func pendingChannels() throws -> Set<ChannelName> { try inner.pendingChannels() }
  func delivery(_ id: DeliveryID) throws -> DeliveryRecord? { try inner.delivery(id) }
  func isActive(_ alert: AlertKey) throws -> Bool? { try inner.isActive(alert) }
  func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord? {
    try inner.endedRecord(of: alert, for: message)
  }
  func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool { try inner.isStaleUnlessLeased(id) }
  func rewrite(_ delivery: NewDelivery, sayingEndsOf alerts: Set<AlertKey>) throws {
    try inner.rewrite(delivery, sayingEndsOf: alerts)
  }

  func noteAudited(_ attempts: [DeliveryAttempt]) throws { try inner.noteAudited(attempts) }
  func note(sources: [SourceNote]) throws { try inner.note(sources: sources) }
  func note(circuits: [CircuitNote]) throws { try inner.note(circuits: circuits) }
  func note(marks: [String: String?]) throws { try inner.note(marks: marks) }
  func keep(configuration text: String, because cause: String) throws -> Int {
    try inner.keep(configuration: text, because: cause)
  }
  func note(refusal: ConfigurationRefusal?) throws { try inner.note(refusal: refusal) }
  func note(investigations: [RecordedInvestigation]) throws { try inner.note(investigations: investigations) }
  func noteLoss(of commits: Int, upTo position: LedgerPosition) throws {
    try inner.noteLoss(of: commits, upTo: position)
  }
}
