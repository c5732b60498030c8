// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// The ledger as a record to read: why something happened, pages of what is over, counts, and what is kept how long.
///
/// Reads never wait for the turns of the commit loop where the store can read beside its writer. Each sees everything
/// committed before. Nothing here decides or delivers anything; only ``prune(_:limit:)`` removes.
package protocol History: Sendable {
  // MARK: Why

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

  /// A page of evidence for the status of alerts, by key, ended ones included: those after `after`.
  func facts(after: AlertKey?, limit: Int) async throws -> AccountingFacts

  // MARK: Pages

  /// The sources of all alerts, ended ones included, found without reading the alerts.
  func alertSources() async throws -> [SourceName]

  /// The keys of `limit` alerts, in their order, without ended ones if `activeOnly` is true.
  func alertKeys(activeOnly: Bool, limit: Int) async throws -> [AlertKey]

  /// A page of all silences, by their end, latest first: those after `last`.
  func silences(after last: Silence?, limit: Int) async throws -> [Silence]

  /// The most recently created deliveries, latest first.
  func recentDeliveries(limit: Int) async throws -> [DeliveryRecord]

  /// The messages that arrived by the settled attempts after this number; at most `limit` attempts are examined.
  func delivered(after number: Int, limit: Int) async throws -> DeliveredPage

  // MARK: Counts

  /// Hourly counts, earliest first, from the hour that contains `moment`, at most a year back; hours without events are
  /// left out.
  func hours(since moment: Instant) async throws -> [LedgerHour]

  /// The state of each channel that has deliveries.
  func channelHealth() async throws -> [ChannelName: ChannelHealth]

  /// Counts of unfinished work, for metrics.
  func backlog() async throws -> Backlog

  /// Counts of everything, for `status`.
  ///
  /// Finished deliveries are not counted again, so the cost depends only on unfinished work.
  func summary() async throws -> LedgerSummary

  // MARK: The audit log

  /// The highest number of a settled attempt; 0 if none was settled.
  func lastAttempt() async throws -> Int

  /// Settled attempts that were never recorded as having their row, earliest first.
  func unauditedAttempts(limit: Int) async throws -> [AuditedAttempt]

  /// The numbers of the settled attempts that have their row.
  func auditedNumbers() async throws -> RangeSet<Int>

  /// The records of these attempts; an attempt that was never settled is omitted.
  func auditedAttempts(_ attempts: [DeliveryAttempt]) async throws -> [DeliveryAttempt: AuditedAttempt]

  /// The record of the attempt with this number.
  func auditedAttempt(_ number: Int) async throws -> AuditedAttempt?

  /// See ``HistoryTransaction/noteAudited(_:)``; returns after the commit.
  func noteAudited(_ attempts: [DeliveryAttempt]) async throws

  // MARK: Retention

  /// Removes one small batch of what was over before the cursor's moment.
  ///
  /// What is active, waits, is owed, or is a dead letter stays, whatever its age. At most `limit` rows are examined, and
  /// about as many removed. A pass may end after any batch.
  func prune(_ cursor: PruneCursor, limit: Int) async throws -> PruneStep

  /// Records that a pass ended, and counts the rows that are left.
  func notePruned() async throws

  /// How large the ledger is; reads no rows that are over, unless there are few.
  func size() async throws -> LedgerSize

  /// Gives some free pages back.
  ///
  /// - Returns: How many; 0 when none are free.
  func compact() async throws -> Int
}

/// A ``History`` inside a transaction.
package protocol HistoryTransaction: AnyObject {
  /// Records that these attempts have their rows in the audit log.
  func noteAudited(_ attempts: [DeliveryAttempt]) throws
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

extension History where Self: Ledger {
  package func noteAudited(_ attempts: [DeliveryAttempt]) async throws {
    try await loop.write(weight: attempts.count) { try $0.noteAudited(attempts) }
  }
}

extension History {
  /// All silences that are current, future, or ended after `moment`, latest end first, read by page.
  package func allSilences(endingAfter moment: Instant? = nil) async throws -> [Silence] {
    var found: [Silence] = []
    while true {
      let page = try await silences(after: found.last, limit: 500)
      let wanted = page.prefix { silence in moment.map { silence.end > $0 } ?? true }
      found += wanted
      if wanted.count < 500 { return found }
    }
  }
}
