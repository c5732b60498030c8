// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What can be done in one transaction of a ledger, while it is open and on its thread: its roles, without waiting.
///
/// Calls are synchronous: nothing happens between reading and writing. A call that throws may have changed something;
/// the transaction, or the part of it that `attempt` runs, is then undone.
package protocol LedgerTransaction: DecisionTransaction, DeliveryTransaction, HistoryTransaction, NotesTransaction,
  HealthTransaction
{
  /// When it began: what is due, leased or over is judged by it.
  var now: Instant { get }

  /// Runs `body`; if it throws, its changes are undone and the transaction goes on.
  func attempt<Result>(_ body: () throws -> Result) throws -> Result

  /// Whether the transaction can go on after `attempt` threw this error.
  ///
  /// It cannot after an error that undoes everything, such as a full disk, nor after damage that is repaired first.
  func canGoOn(after error: any Error) -> Bool
}

/// Where a ledger keeps its data.
package protocol LedgerStore: Sendable {
  /// Runs `body` in one transaction on the calling thread, which blocks, and commits.
  ///
  /// If it throws, nothing has changed. `body` is run again if it found damage that could be repaired.
  func transact(_ body: (any LedgerTransaction) throws -> Void) throws

  /// The error that a part of a transaction threw, in the ledger's words.
  func named(_ error: any Error) -> any Error

  /// Lets another process write that waits for its turn.
  func giveWay()
}
