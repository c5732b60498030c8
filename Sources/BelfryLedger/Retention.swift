// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryPolicy

/// A place in one pass over what may be removed from a ledger.
///
/// A pass takes the stages in order and makes each in small batches. Every batch leaves a consistent ledger, so a pass
/// may end anywhere, and another one starts from the beginning.
package struct PruneCursor: Sendable, Hashable {
  /// What is removed.
  ///
  /// Deliveries come after the alerts that name them, and decisions after both.
  package enum Stage: Int, Sendable, CaseIterable {
    /// Alerts that ended, with all decisions about them.
    case alerts
    /// Finished deliveries that no alert names, with their messages and failed attempts.
    case deliveries
    /// Decisions from before an alert fired last.
    case decisions
    /// Results of investigations.
    case investigations
    /// Silences that are over.
    case silences
    /// What holds remember that no longer matters, where neither a timer nor an alert will end them.
    case holds
    /// The numbers of settled attempts whose rows are in the audit log.
    case audits
    /// Free pages at the end of the file.
    case space
  }

  /// Everything that was over before this moment may be removed.
  package let cutoff: Instant
  package internal(set) var stage = Stage.alerts
  /// The last row that was examined, as its time and its number or name; nil at the start of a stage.
  var last: (at: Instant, number: Int64, name: String)? {
    get { isStarted ? (at, number, name) : nil }
    set {
      isStarted = newValue != nil
      (at, number, name) = newValue ?? (Instant(microseconds: 0), 0, "")
    }
  }

  private var isStarted = false
  private var at = Instant(microseconds: 0)
  private var number: Int64 = 0
  private var name = ""

  /// The beginning of a pass that removes what was over before `cutoff`.
  package init(before cutoff: Instant) { self.cutoff = cutoff }

  /// Whether it is at the beginning of a stage.
  package var isBeginning: Bool { !isStarted }

  /// The beginning of the next stage; nil after the last one.
  package var nextStage: PruneCursor? {
    Stage(rawValue: stage.rawValue + 1).map { next in
      var cursor = PruneCursor(before: cutoff)
      cursor.stage = next
      return cursor
    }
  }
}

/// What one batch removed, and where the next one continues.
package struct PruneStep: Sendable, Hashable {
  package var removed = Removed()
  /// Where the next batch continues; nil at the end of the pass.
  package var next: PruneCursor?

  /// The numbers of removed rows.
  package struct Removed: Sendable, Hashable {
    package var alerts = 0
    package var decisions = 0
    package var deliveries = 0
    package var investigations = 0
    package var silences = 0
    package var holds = 0
    package var audits = 0
    /// Pages of the file that were given back.
    package var pages = 0

    package init() {}

    /// Whether nothing was removed.
    package var isEmpty: Bool { self == Removed() }

    package static func += (left: inout Removed, right: Removed) {
      left.alerts += right.alerts
      left.decisions += right.decisions
      left.deliveries += right.deliveries
      left.investigations += right.investigations
      left.silences += right.silences
      left.holds += right.holds
      left.audits += right.audits
      left.pages += right.pages
    }
  }

  package init(next: PruneCursor?) { self.next = next }
}

/// How large a ledger is, and how far back it reaches.
package struct LedgerSize: Sendable, Hashable {
  /// Bytes of the file or of the memory, and those of them that are free for new rows.
  package var bytes = 0
  package var freeBytes = 0
  /// Rows by what they hold, counted at `countedAt`.
  package var rows: [Rows: Int] = [:]
  package var countedAt: Instant?
  /// When the oldest decision was made that is still there.
  package var oldest: Instant?
  /// When a pass over what may be removed last ended.
  package var prunedAt: Instant?
  /// Attempts settled before this moment may have been removed; nil if none were.
  package var prunedBefore: Instant?

  package enum Rows: String, Sendable, CaseIterable { case alerts, decisions, deliveries, attempts, silences }

  package init() {}
}

extension AlertRecord {
  /// Whether nothing about an alert is in force or owed any more, by the ends of the deliveries that it names.
  package func isOver(_ end: (DeliveryID) throws -> DeliveryRecord.Status?) rethrows -> Bool {
    guard !isActive, waits.isEmpty else { return false }
    return try notified.allSatisfy { one in
      try one.deliveries.allSatisfy { try end($0)?.isFinished ?? true }
    }
  }
}

extension DeliveryRecord.Status {
  /// Whether nothing more happens to the delivery, and nobody has to act on it.
  package var isFinished: Bool {
    switch self {
    case .delivered, .forwarded, .dropped, .withdrawn: true
    case .pending, .dead: false
    }
  }
}
