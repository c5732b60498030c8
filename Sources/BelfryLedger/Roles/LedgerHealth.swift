// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Whether the ledger keeps what it is given: the one thing beside its roles that callers ask about its store.
package protocol LedgerHealth: Sendable {
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

  /// Reads the whole store in the background at startup, and repairs it if it is damaged.
  ///
  /// It takes a second or more per 200 MB. Nothing waits for it unless there is damage.
  func inspect() async throws

  /// Takes the room on the disk that writing for long needs, if there is plenty: writes into existing room are cheaper.
  func makeRoom() async throws

  /// The ledger's identity and its number of commits; nil for a ledger that ends with its process.
  func position() async throws -> LedgerPosition?

  /// Continues counting commits at `position` after the last `commits` of them were lost.
  ///
  /// The loss is recorded as damage.
  func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws
}

/// ``LedgerHealth`` inside a transaction.
package protocol HealthTransaction: AnyObject {
  /// See ``LedgerHealth/noteLoss(of:upTo:)``.
  func noteLoss(of commits: Int, upTo position: LedgerPosition) throws
}

extension LedgerHealth where Self: Ledger {
  package func makeRoom() async throws {}

  package func noteLoss(of commits: Int, upTo position: LedgerPosition) async throws {
    try await loop.write(weight: 1) { try $0.noteLoss(of: commits, upTo: position) }
  }
}
