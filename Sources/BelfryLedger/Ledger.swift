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
  /// The answer says for each settlement in order whether it was taken; those that were refused are counted.
  func settle(_ settlements: [Settlement]) async throws -> [Bool]

  /// Moves what pending deliveries wait for, and since when they are tried, by a step of the clock.
  ///
  /// No delivery waits for longer than `longest` afterwards.
  func followDeliveries(_ step: ClockStep, longest: Duration) async throws

  /// Moves timers, what holds remember, and alerts' own times by a step of the clock.
  func followHolds(_ step: ClockStep, longest: LongestWaits) async throws

  /// Does to dead letters what the operator says, and answers for each in order whether it was one.
  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) async throws -> [Bool]

  /// The moment at which the next timer is due; nil when none is set.
  func nextTimer() async throws -> Instant?

  /// The moment at which the next pending delivery of these channels is due; nil when none is pending, nil for all channels.
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant?

  /// Every active alert's key and content hash, but for those of one source, to know at a start what was already seen.
  ///
  /// Its cost is that of the alerts that it returns.
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64]

  /// What waits in a list, in the order in which it joined.
  func waiting(in list: ListKey) async throws -> [AlertRecord]

  /// What is known of one alert.
  func record(of alert: AlertKey) async throws -> AlertRecord?

  /// What is known of these alerts, as far as there are such.
  func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord]

  /// A page of what is known of alerts, by key: those after `after`, the ended ones only where `activeOnly` is false.
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord]

  /// The last decisions about one alert, the latest last.
  func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision]

  /// How these alerts came to stand as they do: as many of the last decisions about each as `decisions` says, and the
  /// deliveries that the records name and the last `told` decisions.
  func background(of records: [AlertRecord], decisions: [AlertKey: Int], told: Int) async throws -> AlertBackground

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

  /// Writes down the circuits that are not closed, in the place of those written before.
  func note(circuits: [CircuitNote]) async throws

  /// The circuits that were not closed when that was last written down, by channel.
  func circuits() async throws -> [CircuitNote]

  /// Keeps the text of a configuration that is in force from now on, and says which version it is: the last one's number when
  /// it is the same text.
  func keep(configuration text: String, because cause: String) async throws -> Int

  /// Configurations that were in force, the latest first.
  func configurations(limit: Int) async throws -> [ConfigurationVersion]

  /// Writes down that a configuration was refused; nil when the last one was not.
  func note(refusal: ConfigurationRefusal?) async throws

  /// Why the last configuration was refused; nil when it is in force.
  func refusal() async throws -> ConfigurationRefusal?

  /// Writes down, under names, how far something came; nil removes what stood there.
  func note(marks: [String: String?]) async throws

  /// What was written down under the names that begin so.
  func marks(beginning prefix: String) async throws -> [String: String]

  /// Reads the rows of all deliveries, and makes what is known of each channel what they come to: for a start.
  ///
  /// Damage to them is met then, and not later. And what an older Belfry wrote, which still ran when a newer one brought the
  /// file up to date and knows of no totals, is counted. It takes the longer the more the ledger keeps.
  ///
  /// - Returns: The channels of which something else was known.
  @discardableResult
  func recount() async throws -> Set<ChannelName>

  /// Reads the whole file, and makes it whole where it is damaged: for a start, beside the work.
  ///
  /// It takes a second or more for each 200 MB. Nothing waits for it, unless there is damage.
  func inspect() async throws

  /// Which ledger this is and how many commits it has kept; nil for one that does not outlive its process.
  func position() async throws -> LedgerPosition?

  /// Goes on counting commits from there: so many were kept, and the last ones are gone.
  ///
  /// It is noted as damage.
  func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws

  /// Why nothing can be kept now, or what the notifier keeps cannot be found again; nil when all is well.
  ///
  /// It writes nothing, and is cheap: health checks ask it.
  func trouble() async -> LedgerError?

  /// What cannot be read back, as far as this process met it lately or the notifier has written it down.
  func damage() async throws -> Set<Damage>

  /// Writes down what of the ledger this process met that cannot be read back, for those who ask beside the notifier.
  ///
  /// - Returns: what was met lately; a row that was overwritten since is left out after a while.
  func publishDamage() async throws -> Set<Damage>

  /// How it goes with the deliveries of each channel that has any.
  func channelHealth() async throws -> [ChannelName: ChannelHealth]

  /// Dead letters, the latest first.
  func deadLetters(limit: Int) async throws -> [DeliveryRecord]

  /// The deliveries that were made last, the latest first.
  func recentDeliveries(limit: Int) async throws -> [DeliveryRecord]

  /// What happened hour by hour, from the hour on in which `moment` is, a week back at most: those hours in which anything
  /// happened, the earliest first.
  func hours(since moment: Instant) async throws -> [LedgerHour]

  /// Counts of what is not over, for a scrape.
  func backlog() async throws -> Backlog

  /// Counts of everything, for `status`. What is over is not counted anew: it takes as long as there is of what is not.
  func summary() async throws -> LedgerSummary

  /// Waits for what is under way and closes the store.
  ///
  /// Nothing may be called afterwards.
  func close() async throws
}

/// What came of a batch of events or timers.
package struct Ingested: Sendable {
  package var decisions: [RecordedDecision] = []
  /// Deliveries that are leased to the caller, to be sent now.
  package var leased: [LeasedDelivery] = []
  /// How many more deliveries were written and wait to be claimed.
  package var queued: Int = 0
  /// How many timers fired.
  package var fired: Int = 0
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

extension Ledger {
  /// Every active alert's key and content hash.
  package func activeAlerts() async throws -> [AlertKey: UInt64] { try await activeAlerts(besides: nil) }
}

/// Counts of what the ledger holds.
package struct LedgerSummary: Sendable, Hashable {
  package var activeAlerts = 0
  /// Active alerts by how they stand.
  package var standings: [AlertRecord.Standing: Int] = [:]
  /// Alerts that wait in a list, by the list.
  package var waiting: [ExactText: Int] = [:]
  /// Deliveries by channel and status.
  package var deliveries: [ChannelName: [DeliveryRecord.Status: Int]] = [:]
  /// The timers that are due next, the earliest first; at most ten.
  package var nextTimers: [Timer] = []
  /// When the oldest pending delivery was made; nil when none is pending.
  package var oldestPending: Instant?
  /// How many outcomes came after their lease had moved on: each may stand for a message that went out twice.
  package var staleSettlements = 0

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
