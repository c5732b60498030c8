// SPDX-License-Identifier: Apache-2.0

/// The state of a ledger: its identity, and its number of commits.
///
/// The audit log records it beside its rows. A ledger with fewer commits than recorded has lost some since then.
package struct LedgerPosition: Sendable, Hashable {
  /// A random identity, assigned when the ledger is created.
  package var ledger: String
  package var commits: Int

  package init(ledger: String, commits: Int) {
    self.ledger = ledger
    self.commits = commits
  }

  /// The loss of a ledger that had this position, compared with the ledger now in its place; nil if nothing is lost.
  package func loss(now: LedgerPosition?) -> LedgerLoss? {
    guard let now, now.ledger == ledger else { return .all(commits) }
    return now.commits < commits ? .last(commits - now.commits) : nil
  }
}

/// What a ledger has lost since the audit log recorded its position.
package enum LedgerLoss: Sendable, Hashable {
  /// The last commits, by number.
  case last(Int)
  /// All commits: another ledger, or none, is in its place.
  case all(Int)

  /// The number of lost commits.
  package var commits: Int {
    switch self {
    case .last(let count), .all(let count): count
    }
  }
}
