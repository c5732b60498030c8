// SPDX-License-Identifier: Apache-2.0

/// How far a ledger had come: which ledger it is, and how many commits it has kept.
///
/// The audit log notes it beside its rows. A ledger that has kept fewer than was noted has lost some since.
package struct LedgerPosition: Sendable, Hashable {
  /// Made at random when the ledger is made.
  package var ledger: String
  package var commits: Int

  package init(ledger: String, commits: Int) {
    self.ledger = ledger
    self.commits = commits
  }

  /// What is gone of a ledger that had come this far, by how far the one in its place has; nil when nothing is.
  package func loss(now: LedgerPosition?) -> LedgerLoss? {
    guard let now, now.ledger == ledger else { return .all(commits) }
    return now.commits < commits ? .last(commits - now.commits) : nil
  }
}

/// What a ledger has lost that it had kept when the audit log noted its position.
package enum LedgerLoss: Sendable, Hashable {
  /// This many of its last commits.
  case last(Int)
  /// All of them: another ledger, or none, is in its place.
  case all(Int)

  /// How many commits are gone.
  package var commits: Int {
    switch self {
    case .last(let count), .all(let count): count
    }
  }
}
