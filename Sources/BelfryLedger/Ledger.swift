// SPDX-License-Identifier: Apache-2.0

/// The durable record of accepted events and their results, in its four roles.
///
/// Callers depend on the roles that they use; only the wiring, and the reports that show everything, name a whole
/// ledger. Every store passes the same suite of semantics tests. The ledger's clock decides what is due or leased and
/// when a cooldown ends.
///
/// Another store implements ``LedgerStore`` and ``LedgerTransaction`` for the loop, and the reads of each role; the
/// writes outside of a transaction follow from the loop.
package protocol Ledger: DecisionStore, DeliveryQueue, History, Notes, LedgerHealth {
  /// The one writer; every change of the ledger is made in one of its turns.
  var loop: CommitLoop { get }

  /// Waits for running operations and closes the store.
  ///
  /// Call nothing afterwards.
  func close() async throws
}

/// What the audit log records beside its rows and compares with them.
package typealias AuditedLedger = History & Notes & LedgerHealth
