// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What was accepted and what became of it, durable.
///
/// One method is one transaction: a batch in, outcomes out.
///
/// Every implementation passes one suite of semantics tests. The ledger's clock decides what is due, what is leased and when a
/// cooldown ends. A method that throws has changed nothing.
package protocol Ledger: Sendable {
  /// Takes events: decides about them and writes states, deliveries, lists, timers and decisions.
  ///
  /// A delivery with an identity that is in the ledger already is an error: identities are made for one delivery.
  /// With `lease`, the first deliveries of the batch are written leased already and handed back, so that they can be sent
  /// without another transaction.
  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested

  /// Fires timers that are due, the earliest first and `Firing.batch` at most, or exactly the ones named in `only`, in that
  /// order, due or not.
  ///
  /// Firing removes the timers before the policy is asked; one that is to fire again is set again by the outcome. A name in
  /// `only` that no timer has is passed over, unless something waits in its list.
  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) async throws -> Ingested

  /// Makes the policy's standing timers exist and removes those of digests that it no longer knows, making what still
  /// waits in them due now, as whatever waits in a list without a timer.
  ///
  /// A timer that exists keeps its moment, unless the new one is earlier.
  func adopt(policy: any PolicyDeciding) async throws

  /// Leases deliveries that are due, the worst severity first, then the one that has been due the longest: `visible_at`
  /// moves to the lease's end, the token grows and the count of attempts goes up by one.
  ///
  /// Only those of these channels are taken; nil stands for all.
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) async throws -> [LeasedDelivery]

  /// Writes back what became of leased deliveries.
  ///
  /// One whose lease has moved on is refused and changes nothing.
  ///
  /// A lease that has run out is still good as long as nobody else took the delivery: what happened is known, late or not.
  ///
  /// The answer says for each settlement in order whether it was taken.
  func settle(_ settlements: [Settlement]) async throws -> [Bool]

  /// The moment at which the next timer is due; nil when none is set.
  func nextTimer() async throws -> Instant?

  /// The moment at which the next pending delivery of these channels is due; nil when none is pending, nil for all channels.
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant?

  /// Every active alert's key and content hash, to know at a start what was already seen.
  func activeAlerts() async throws -> [AlertKey: UInt64]

  /// What waits in a list, in the order in which it joined.
  func waiting(in list: ListKey) async throws -> [AlertRecord]

  /// What is known of one alert.
  func record(of alert: AlertKey) async throws -> AlertRecord?

  /// A page of what is known of alerts, by key: those after `after`, the ended ones only where `activeOnly` is false.
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord]

  /// The last decisions about one alert, the latest last.
  func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision]

  /// Where a delivery stands.
  func delivery(_ id: DeliveryID) async throws -> DeliveryRecord?

  /// What became of the attempts at a delivery that failed, the first one first; the one that succeeded is the delivery's own.
  func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt]

  /// When a timer is due; nil when it is not set.
  func due(_ timer: TimerKey) async throws -> Instant?

  /// What a hold remembers.
  func entry(_ list: ListKey) async throws -> Entry?

  /// Silences, the latest first: those that are not over, or all that there were.
  func silences(includingOver: Bool) async throws -> [Silence]

  /// A page of what shows how alerts stand, by key, the ended ones as well: those after `after`.
  func facts(after: AlertKey?, limit: Int) async throws -> LawFacts

  /// Writes down how the sources are, in the place of what was written before.
  func note(sources: [SourceNote]) async throws

  /// How the sources were when that was last written down, by name.
  func sources() async throws -> [SourceNote]

  /// How it goes with the deliveries of each channel that has any.
  func channelHealth() async throws -> [ChannelName: ChannelHealth]

  /// Dead letters, the latest first.
  func deadLetters(limit: Int) async throws -> [DeliveryRecord]

  /// Counts of everything, for `status`.
  func summary() async throws -> LedgerSummary

  /// Waits for what is under way and closes the store.
  ///
  /// Nothing may be called afterwards.
  func close() async throws
}

/// How many deliveries to lease, and for how long.
package struct LeaseTerms: Sendable, Hashable {
  package var count: Int
  package var duration: Duration
  package init(count: Int, duration: Duration) {
    self.count = count
    self.duration = duration
  }
}

/// What came of a batch of events or timers.
package struct Ingested: Sendable {
  package var decisions: [RecordedDecision] = []
  /// Deliveries that are leased to the caller, to be sent now.
  package var leased: [LeasedDelivery] = []
  /// How many more deliveries were written and wait to be claimed.
  package var queued: Int = 0
  package init() {}
}

/// A decision and when it was made.
package struct RecordedDecision: Sendable, Hashable {
  package var at: Instant
  package var decision: Decision
  package init(at: Instant, decision: Decision) {
    self.at = at
    self.decision = decision
  }
}

/// A delivery that is ours to attempt until the lease ends.
package struct LeasedDelivery: Sendable, Hashable {
  package var delivery: NewDelivery
  package var createdAt: Instant
  /// This attempt's number, counted from 1.
  package var attempt: Int
  /// What proves the lease when it is settled.
  package var token: Int
  package var leasedUntil: Instant
  /// The receipts of the deliveries that it follows, as far as those have arrived.
  package var earlier: [Receipt]
  /// What earlier attempts came to when they reached some of those it is for; nil when they reached nobody.
  package var progress: Receipt?

  package init(
    delivery: NewDelivery,
    createdAt: Instant,
    attempt: Int,
    token: Int,
    leasedUntil: Instant,
    earlier: [Receipt] = [],
    progress: Receipt? = nil
  ) {
    self.delivery = delivery
    self.createdAt = createdAt
    self.attempt = attempt
    self.token = token
    self.leasedUntil = leasedUntil
    self.earlier = earlier
    self.progress = progress
  }
}

/// What became of one attempt, and what is to follow.
package struct Settlement: Sendable, Hashable {
  package enum Result: Sendable, Hashable {
    case delivered(Receipt)
    /// It reached some: the receipt is kept, and the rest is tried at `retryAt`; nil when that is its end.
    case partial(Receipt, because: Verdict.Reason, retryAt: Instant?)
    case retry(at: Instant, because: Verdict.Reason)
    case dead(because: Verdict.Reason)
    /// It was not attempted: due again at once, at its old place in the queue, and the attempt does not count.
    case released
  }

  package var id: DeliveryID
  package var token: Int
  package var result: Result

  package init(id: DeliveryID, token: Int, result: Result) {
    self.id = id
    self.token = token
    self.result = result
  }
}

/// A delivery as it stands in the ledger.
package struct DeliveryRecord: Sendable, Hashable {
  package enum Status: String, Sendable, Hashable, CaseIterable {
    /// Due now or later, or leased.
    case pending
    case delivered
    case dead
  }

  package var delivery: NewDelivery
  package var createdAt: Instant
  package var status: Status
  /// When it is due, to be retried, or when its lease ends.
  package var visibleAt: Instant
  package var attempts: Int
  /// Of the last attempt that failed; nil when none did.
  package var lastReason: Verdict.Reason?
  /// Of the delivery; nil until it has reached someone.
  package var receipt: Receipt?
  /// When it was delivered or given up; nil while it is pending.
  package var settledAt: Instant?

  package init(
    delivery: NewDelivery,
    createdAt: Instant,
    status: Status,
    visibleAt: Instant,
    attempts: Int,
    lastReason: Verdict.Reason? = nil,
    receipt: Receipt? = nil,
    settledAt: Instant? = nil
  ) {
    self.delivery = delivery
    self.createdAt = createdAt
    self.status = status
    self.visibleAt = visibleAt
    self.attempts = attempts
    self.lastReason = lastReason
    self.receipt = receipt
    self.settledAt = settledAt
  }
}

/// An attempt at a delivery that failed.
package struct FailedAttempt: Sendable, Hashable {
  /// Counted from 1.
  package var number: Int
  package var at: Instant
  package var reason: Verdict.Reason
  /// When it is tried again; nil when it was given up.
  package var retryAt: Instant?

  package init(number: Int, at: Instant, reason: Verdict.Reason, retryAt: Instant?) {
    self.number = number
    self.at = at
    self.reason = reason
    self.retryAt = retryAt
  }
}

/// Counts of what the ledger holds.
package struct LedgerSummary: Sendable, Hashable {
  package var activeAlerts = 0
  /// Active alerts by how they stand.
  package var standings: [AlertRecord.Standing: Int] = [:]
  /// Alerts that wait in a list, by the list.
  package var waiting: [String: Int] = [:]
  /// Deliveries by channel and status.
  package var deliveries: [ChannelName: [DeliveryRecord.Status: Int]] = [:]
  /// The timers that are due next, the earliest first; at most ten.
  package var nextTimers: [Timer] = []
  /// When the oldest pending delivery was made; nil when none is pending.
  package var oldestPending: Instant?

  package struct Timer: Sendable, Hashable {
    package var key: TimerKey
    package var due: Instant
    package init(key: TimerKey, due: Instant) {
      self.key = key
      self.due = due
    }
  }

  package init() {}
}
