// SPDX-License-Identifier: Apache-2.0

/// What others can know of this process by two locks beside a ledger's file: that it is the notifier, or may hold leases.
final class SQLitePresence: Sendable {
  /// Owned by the notifier.
  private let notifying: LockFile
  /// Shared by guests.
  private let visiting: LockFile
  private let path: String

  init(path: String) throws {
    self.path = path
    notifying = try LockFile(path + "-run")
    visiting = try LockFile(path + "-send")
  }

  /// Takes the place of a role, and runs `endLeases` when whoever holds a lease is known to be gone.
  func take(_ role: LedgerRole, endLeases: () throws -> Void) throws {
    guard role == .notifier else { return visiting.share() }
    guard notifying.own() else { throw LedgerError.inUse(path, by: notifying.signature) }
    notifying.sign()
    // A guest may be in the middle of sending. Where one is for longer, leases run out as they would without a lock.
    guard visiting.own(patience: 1_000) else { return }
    defer { visiting.drop() }
    try endLeases()
  }

  /// Gives the place up before the process ends.
  func leave() {
    visiting.drop()
    notifying.drop()
  }
}
