// SPDX-License-Identifier: Apache-2.0

/// Takes part in every turn of a commit loop: does its own work in the transaction of those who wait.
///
/// All calls come from the loop's thread, one after another.
package protocol TurnParticipant: AnyObject, Sendable {
  /// Whether it has something to do in a turn that nobody else asked for.
  var wantsTurn: Bool { get }

  /// Called in the transaction, before the requests; called again if the transaction has to start again.
  func begin(_ transaction: any LedgerTransaction) throws

  /// Called in the transaction, after the requests.
  func end(_ transaction: any LedgerTransaction) throws

  /// Called after the commit, before those who wait are answered.
  func committed()

  /// Called if nothing was committed.
  func rolledBack(because error: any Error)
}
