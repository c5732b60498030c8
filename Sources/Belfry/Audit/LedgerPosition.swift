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
}
