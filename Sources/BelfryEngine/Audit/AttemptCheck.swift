// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

/// Compares the rows of an audit log with the attempts that the ledger settled.
///
/// The ledger numbers the attempts in the order in which it settles them, and rows are written in nearly that order. So what
/// was seen is a few ranges of numbers, however long the log is.
package struct AttemptCheck: Sendable {
  /// What one side has and the other has not.
  package struct Difference: Sendable, Hashable {
    package var count = 0
    /// The first of them, in the order of settling or of the log.
    package var first: DeliveryAttempt?
    /// When that was; nil where it cannot be read.
    package var at: Instant?

    mutating func add(_ attempt: DeliveryAttempt, at moment: @autoclosure () -> Instant?) {
      count += 1
      if first == nil { (first, at) = (attempt, moment()) }
    }
  }

  /// Attempts whose row was in the log, and is not.
  package private(set) var missing = Difference()
  /// Rows about attempts that the ledger does not hold.
  package private(set) var surplus = Difference()
  /// How many attempts have their row.
  package private(set) var matched = 0
  /// How many were settled before the first row that the log still holds.
  package private(set) var older = 0
  /// Rows about attempts that the ledger has removed since.
  package private(set) var pruned = 0
  /// Rows from before this moment may be about removed attempts; nil if none were removed.
  private let prunedBefore: Instant?
  /// The numbers of attempts whose row was not seen yet.
  private var owed: RangeSet<Int>
  /// The highest number among the first rows: what comes before it may have been in a file that is gone.
  private var front = 0

  /// More rows than ever change places: several processes write, each in the order in which it settled.
  private static let disorder = 1_000

  /// A settled attempt has its row after moments, but several processes write, and one that was killed leaves it to the
  /// next start.
  private static let lateness = Duration.seconds(86_400)

  /// A comparison with the attempts that have their row by the ledger, asked before the log is read; those from before
  /// `prunedBefore` may have been removed.
  package init(written: RangeSet<Int> = RangeSet(), prunedBefore: Instant? = nil) {
    owed = written
    self.prunedBefore = prunedBefore
  }

  package var isGood: Bool { missing.count == 0 && surplus.count == 0 }

  /// Takes the next row that names an attempt.
  ///
  /// - Parameters:
  ///   - attempt: The attempt that it names.
  ///   - known: What the ledger has of it, asked after the row was read; nil when it never settled it.
  ///   - moment: When the row was written.
  package mutating func take(
    _ attempt: DeliveryAttempt,
    _ known: AuditedAttempt?,
    at moment: @autoclosure () -> Instant?
  ) {
    guard let known, known.hasDelivery else {
      if let known { owed.remove(contentsOf: known.number..<known.number + 1) }
      if let prunedBefore, let moment = moment(), moment < prunedBefore + AttemptCheck.lateness {
        pruned += 1
        return
      }
      // Rows in front of the first that the ledger knows are of the ledger before it.
      if matched > 0 || known != nil { surplus.add(attempt, at: moment()) }
      return
    }
    if matched < AttemptCheck.disorder { front = max(front, known.number) }
    matched += 1
    owed.remove(contentsOf: known.number..<known.number + 1)
  }

  /// What is owed after all rows were read.
  ///
  /// - Parameter isBeginningKept: Whether the log still has its first row, and began no later than the ledger.
  package mutating func finish(isBeginningKept: Bool) {
    if !isBeginningKept {
      let before = RangeSet(0..<(matched > 0 ? front : Int.max))
      older = owed.intersection(before).elementCount
      owed.subtract(before)
    }
    missing.count = owed.elementCount
  }

  /// The number of the first attempt whose row is missing; nil when none is.
  package var firstMissing: Int? { owed.ranges.first?.lowerBound }

  /// Names the first attempt whose row is missing.
  package mutating func name(_ attempt: AuditedAttempt?) {
    (missing.first, missing.at) = (attempt?.attempt, attempt?.at)
  }
}

extension RangeSet<Int> {
  fileprivate var elementCount: Int { ranges.reduce(0) { $0 + $1.count } }
}
