// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

// Each of these is one request in a turn of the commit loop, and returns after the commit; `LedgerTransaction` says what
// it does.
extension Ledger {
  package func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await loop.write(weight: events.count) { try $0.ingest(events, policy: policy, lease: lease) }
  }

  package func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) async throws -> Ingested
  {
    try await loop.write(weight: 1) { try $0.enqueue(delivery, because: decision, lease: lease) }
  }

  package func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await loop.write(weight: only?.count ?? 1) { try $0.fire(only: only, policy: policy, lease: lease) }
  }

  package func adopt(policy: any PolicyDeciding) async throws {
    try await loop.write(weight: 1) { try $0.adopt(policy: policy) }
  }

  package func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery] {
    try await loop.write(weight: 1) { try $0.claim(terms, channels: channels) }
  }

  package func settle(_ settlements: [Settlement]) async throws -> [Bool] {
    try await loop.write(weight: settlements.count) { try $0.settle(settlements) }
  }

  package func followDeliveries(_ step: ClockStep, longest: Duration) async throws {
    try await loop.write(weight: 1) { try $0.followDeliveries(step, longest: longest) }
  }

  package func followHolds(_ step: ClockStep, longest: LongestWaits) async throws {
    try await loop.write(weight: 1) { try $0.followHolds(step, longest: longest) }
  }

  package func retryNow(on channel: ChannelName, limit: Int) async throws -> Int {
    try await loop.write(weight: limit) { try $0.retryNow(on: channel, limit: limit) }
  }

  package func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [Bool] {
    try await loop.write(weight: letters.count) { try $0.mend(letters, by: remedy) }
  }

  package func note(sources: [SourceNote]) async throws {
    try await loop.write(weight: 1) { try $0.note(sources: sources) }
  }

  package func note(circuits: [CircuitNote]) async throws {
    try await loop.write(weight: 1) { try $0.note(circuits: circuits) }
  }

  package func keep(configuration text: String, because cause: String) async throws -> Int {
    try await loop.write(weight: 1) { try $0.keep(configuration: text, because: cause) }
  }

  package func note(refusal: ConfigurationRefusal?) async throws {
    try await loop.write(weight: 1) { try $0.note(refusal: refusal) }
  }

  package func note(marks: [String: String?]) async throws {
    try await loop.write(weight: 1) { try $0.note(marks: marks) }
  }

  package func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws {
    try await loop.write(weight: 1) { try $0.noteLoss(of: commits, upTo: position) }
  }

  package func noteAudited(_ attempts: [DeliveryAttempt]) async throws {
    try await loop.write(weight: attempts.count) { try $0.noteAudited(attempts) }
  }
}
