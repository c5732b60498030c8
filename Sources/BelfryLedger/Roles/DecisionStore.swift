// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The ledger as the place of decisions: the alerts, holds, timers and silences that decisions are made from and change.
///
/// This is its face outside of a transaction. Each write is one request in a turn of the commit loop and returns after
/// the commit; what it does is said at the method of the same name in ``DecisionTransaction``. Each read sees everything
/// committed before. A method that throws has changed nothing.
package protocol DecisionStore: Sendable {
  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested
  func adopt(policy: any PolicyDeciding) async throws
  func followHolds(_ step: ClockStep, longest: LongestWaits) async throws

  /// The time of the next timer; nil if none is set.
  func nextTimer() async throws -> Instant?

  /// When a timer is due; nil if it is not set.
  func due(_ timer: TimerKey) async throws -> Instant?

  /// Every active alert's key and content hash, except those of one source. Used at startup to know which alerts were
  /// already seen.
  ///
  /// The cost depends on the number of alerts returned.
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64]

  /// The record of one alert.
  func record(of alert: AlertKey) async throws -> AlertRecord?

  /// The records of these alerts, if they exist.
  func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord]

  /// A page of alert records, by key: those after `after`, including ended ones if `activeOnly` is false.
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord]

  /// The stored state of a hold.
  func entry(_ list: HoldID) async throws -> HoldState?

  /// The alerts waiting in a list, in the order in which they joined.
  func waiting(in list: HoldID) async throws -> [AlertRecord]

  /// The current and future silences, by ID; those that are over cost nothing.
  func silences() async throws -> [Silence]

  /// The silences with these IDs, over or not; an unknown ID is left out.
  func silences(_ ids: Set<SilenceID>) async throws -> [SilenceID: Silence]
}

/// A ``DecisionStore`` inside a transaction.
package protocol DecisionTransaction: AnyObject {
  /// Accepts events: decides about them and writes states, deliveries, lists, timers and decisions.
  ///
  /// A delivery whose ID already exists in the ledger is an error: each ID belongs to one delivery. With `lease`, the
  /// first deliveries of the batch are written as leased and returned, so that they can be sent without another
  /// transaction.
  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested

  /// Fires due timers, earliest first, at most `Firing.batch`; or exactly those named in `only`, in that order, due or
  /// not.
  ///
  /// Timers are removed before the policy is asked; the outcome sets a timer again if it must fire again. A name in
  /// `only` without a timer is skipped, unless something waits in its list.
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested

  /// Creates the policy's permanent timers and removes those of digests that it no longer has. Alerts still waiting in
  /// a removed digest, or in any list without a timer, become due now.
  ///
  /// An existing timer keeps its time, unless the new time is earlier.
  func adopt(policy: any PolicyDeciding) throws

  /// Shifts timers, the state of holds, and alerts' own times by a step of the clock.
  func followHolds(_ step: ClockStep, longest: LongestWaits) throws

  /// See ``DecisionStore/nextTimer()``.
  func nextTimer() throws -> Instant?

  /// See ``DecisionStore/record(of:)``.
  func record(of alert: AlertKey) throws -> AlertRecord?
}

/// The result of a batch of events or timers.
package struct Ingested: Sendable {
  package var decisions: [RecordedDecision] = []
  /// Deliveries leased to the caller, to send now.
  package var leased: [LeasedDelivery] = []
  /// The number of further deliveries that were written and wait to be claimed.
  package var queued: Int = 0
  /// The number of timers that fired.
  package var fired: Int = 0
  package init() {}
}

extension DecisionStore where Self: Ledger {
  package func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await loop.write(weight: events.count) { try $0.ingest(events, policy: policy, lease: lease) }
  }

  package func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested {
    try await loop.write(weight: only?.count ?? 1) { try $0.fire(only: only, policy: policy, lease: lease) }
  }

  package func adopt(policy: any PolicyDeciding) async throws {
    try await loop.write(weight: 1) { try $0.adopt(policy: policy) }
  }

  package func followHolds(_ step: ClockStep, longest: LongestWaits) async throws {
    try await loop.write(weight: 1) { try $0.followHolds(step, longest: longest) }
  }
}

extension DecisionStore {
  /// Every active alert's key and content hash.
  package func activeAlerts() async throws -> [AlertKey: UInt64] { try await activeAlerts(besides: nil) }

  /// Reads all alert records, a page at a time.
  package func forEachRecord(activeOnly: Bool = false, _ body: (AlertRecord) -> Void) async throws {
    var last: AlertKey?
    while true {
      let page = try await records(after: last, activeOnly: activeOnly, limit: 1000)
      for record in page { body(record) }
      guard let next = page.last?.alert.key else { return }
      last = next
    }
  }
}
