// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The durable record of accepted events and their results.
///
/// One method is one transaction: a batch in, results out.
///
/// Every implementation passes the same suite of semantics tests. The ledger's clock decides what is due or leased and
/// when a cooldown ends. A method that throws has changed nothing.
package protocol Ledger: Sendable {
  /// The one writer; every change of the ledger is made in one of its turns.
  var loop: CommitLoop { get }

  /// The time of the next timer; nil if none is set.
  func nextTimer() async throws -> Instant?

  /// When the next pending delivery on these channels is due; nil if none is pending. Pass nil for all channels.
  func nextDelivery(channels: Set<ChannelName>?) async throws -> Instant?

  /// Every active alert's key and content hash, except those of one source. Used at startup to know which alerts were
  /// already seen.
  ///
  /// The cost depends on the number of alerts returned.
  func activeAlerts(besides source: SourceName?) async throws -> [AlertKey: UInt64]

  /// The alerts waiting in a list, in the order in which they joined.
  func waiting(in list: HoldID) async throws -> [AlertRecord]

  /// The record of one alert.
  func record(of alert: AlertKey) async throws -> AlertRecord?

  /// The records of these alerts, if they exist.
  func records(of alerts: [AlertKey]) async throws -> [AlertKey: AlertRecord]

  /// A page of alert records, by key: those after `after`, including ended ones if `activeOnly` is false.
  func records(after: AlertKey?, activeOnly: Bool, limit: Int) async throws -> [AlertRecord]

  /// The sources of all alerts, ended ones included, found without reading the alerts.
  func alertSources() async throws -> [SourceName]

  /// The keys of `limit` alerts, in their order, without ended ones if `activeOnly` is true.
  func alertKeys(activeOnly: Bool, limit: Int) async throws -> [AlertKey]

  /// The last decisions about one alert, latest last.
  func decisions(about alert: AlertKey, limit: Int) async throws -> [RecordedDecision]

  /// Explains the status of these alerts.
  ///
  /// Returns up to `decisions` of the last decisions about each, and the deliveries that the records and the last
  /// `notifications` decisions name.
  func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) async throws
    -> AlertBackground

  /// The state of a delivery.
  func delivery(_ id: DeliveryID) async throws -> DeliveryRecord?

  /// The failed attempts at a delivery, first one first; the successful attempt is the delivery's own row.
  func attempts(at delivery: DeliveryID) async throws -> [FailedAttempt]

  /// When a timer is due; nil if it is not set.
  func due(_ timer: TimerKey) async throws -> Instant?

  /// The stored state of a hold.
  func entry(_ list: HoldID) async throws -> HoldState?

  /// The current and future silences, by ID; those that are over cost nothing.
  func silences() async throws -> [Silence]

  /// The silences with these IDs, over or not; an unknown ID is left out.
  func silences(_ ids: Set<SilenceID>) async throws -> [SilenceID: Silence]

  /// A page of all silences, by their end, latest first: those after `last`.
  func silences(after last: Silence?, limit: Int) async throws -> [Silence]

  /// A page of evidence for the status of alerts, by key, ended ones included: those after `after`.
  func facts(after: AlertKey?, limit: Int) async throws -> AccountingFacts

  /// The last recorded state of the sources, by name.
  func sources() async throws -> [SourceNote]

  /// The last recorded circuits that were not closed, by channel.
  func circuits() async throws -> [CircuitNote]

  /// Configurations that were in force, latest first.
  func configurations(limit: Int) async throws -> [ConfigurationVersion]

  /// The reason why the last configuration was rejected; nil if it is in force.
  func refusal() async throws -> ConfigurationRefusal?

  /// The progress cursors whose names have this prefix.
  func marks(beginning prefix: String) async throws -> [String: String]

  /// Recomputes every channel's totals from the rows of all deliveries; used at startup.
  ///
  /// This finds damaged rows early. It also counts rows from an older Belfry that does not maintain totals and was
  /// still running when a newer one upgraded the file. Its duration grows with the size of the ledger.
  ///
  /// - Returns: The channels whose totals were wrong.
  @discardableResult
  func recount() async throws -> Set<ChannelName>

  /// Reads the whole file in the background at startup, and repairs it if it is damaged.
  ///
  /// It takes a second or more per 200 MB. Nothing waits for it unless there is damage.
  func inspect() async throws

  /// The ledger's identity and its number of commits; nil for a ledger in memory.
  func position() async throws -> LedgerPosition?

  /// Settled attempts that were never recorded as having their row, earliest first.
  func unauditedAttempts(limit: Int) async throws -> [AuditedAttempt]

  /// The numbers of the settled attempts that have their row.
  func auditedNumbers() async throws -> RangeSet<Int>

  /// The records of these attempts; an attempt that was never settled is omitted.
  func auditedAttempts(_ attempts: [DeliveryAttempt]) async throws -> [DeliveryAttempt: AuditedAttempt]

  /// The record of the attempt with this number.
  func auditedAttempt(_ number: Int) async throws -> AuditedAttempt?

  /// The highest number of a settled attempt; 0 if none was settled.
  func lastAttempt() async throws -> Int

  /// The messages that arrived by the settled attempts after this number; at most `limit` attempts are examined.
  func delivered(after number: Int, limit: Int) async throws -> DeliveredPage

  /// Records what came of investigations; those already recorded stay as they are.
  func note(investigations: [RecordedInvestigation]) async throws

  /// The last investigations of these subjects, latest last.
  func investigations(of subjects: [RecordedInvestigation.Subject], limit: Int) async throws -> [RecordedInvestigation]

  /// Removes one small batch of what was over before the cursor's moment.
  ///
  /// What is active, waits, is owed, or is a dead letter stays, whatever its age. At most `limit` rows are examined, and
  /// about as many removed. A pass may end after any batch.
  func prune(_ cursor: PruneCursor, limit: Int) async throws -> PruneStep

  /// Records that a pass ended, and counts the rows that are left.
  func notePruned() async throws

  /// How large the ledger is; reads no rows that are over, unless there are few.
  func size() async throws -> LedgerSize

  /// Gives some free pages of the file back to the file system.
  ///
  /// - Returns: How many; 0 when none are free.
  func compact() async throws -> Int

  /// The reason why nothing can be stored now, or why stored data could not be found again; nil if all is well.
  ///
  /// It writes nothing and is cheap enough for health checks.
  func trouble() async -> LedgerError?

  /// Unreadable values that this process found recently or that the notifier recorded.
  func damage() async throws -> Set<Damage>

  /// Records the unreadable values that this process found, for other processes to report.
  ///
  /// - Returns: the damage found recently; a row overwritten since then is dropped after a while.
  func publishDamage() async throws -> Set<Damage>

  /// The state of each channel that has deliveries.
  func channelHealth() async throws -> [ChannelName: ChannelHealth]

  /// Dead letters, latest first.
  func deadLetters(limit: Int) async throws -> [DeliveryRecord]

  /// The most recently created deliveries, latest first.
  func recentDeliveries(limit: Int) async throws -> [DeliveryRecord]

  /// Hourly counts, earliest first, from the hour that contains `moment`, at most a year back; hours without events are
  /// left out.
  func hours(since moment: Instant) async throws -> [LedgerHour]

  /// Counts of unfinished work, for metrics.
  func backlog() async throws -> Backlog

  /// Counts of everything, for `status`.
  ///
  /// Finished deliveries are not counted again, so the cost depends only on unfinished work.
  func summary() async throws -> LedgerSummary

  /// Waits for running operations and closes the store.
  ///
  /// Call nothing afterwards.
  func close() async throws
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

/// A decision and its time.
package struct RecordedDecision: Sendable, Hashable {
  package var at: Instant
  package var decision: Decision
  package init(at: Instant, decision: Decision) {
    self.at = at
    self.decision = decision
  }
}

/// A failed attempt at a delivery.
package struct FailedAttempt: Sendable, Hashable {
  /// The attempt's number, from 1.
  package var number: Int
  package var at: Instant
  package var reason: Verdict.Reason
  /// When it is retried; nil if the delivery became dead.
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

/// Counts of the ledger's contents.
package struct LedgerSummary: Sendable, Hashable {
  package var activeAlerts = 0
  /// Active alerts by status.
  package var standings: [AlertRecord.Standing: Int] = [:]
  /// Number of alerts waiting, by list.
  package var waiting: [ExactText: Int] = [:]
  /// Number of deliveries by channel and status.
  package var deliveries: [ChannelName: [DeliveryRecord.Status: Int]] = [:]
  /// The next timers, earliest first; at most ten.
  package var nextTimers: [Timer] = []
  /// When the oldest pending delivery was created; nil if none is pending.
  package var oldestPending: Instant?
  /// The number of results that arrived after the delivery was leased again: each may mean a duplicate message.
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
