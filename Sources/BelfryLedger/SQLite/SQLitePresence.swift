// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// What others can know of this process by locks on the ledger's file: that it is the notifier, may hold leases, or waits to
/// write.
///
/// The notifier also locks a file beside the ledger and writes its process number there: for those who want to know who it is,
/// and for an older Belfry, which knows of no other lock.
final class SQLitePresence: Sendable {
  private let file: LedgerDescriptor
  private let notifying: LockFile
  private let visiting: LockFile
  private let path: String

  init(path: String, file: LedgerDescriptor) throws {
    self.path = path
    self.file = file
    notifying = try LockFile(path + "-run")
    visiting = try LockFile(path + "-send")
  }

  /// Takes the place of a role, and runs `endLeases` when whoever holds a lease is known to be gone.
  func take(_ role: LedgerRole, endLeases: () throws -> Void) throws {
    guard role == .notifier else {
      visiting.share()
      _ = file.take(.visiting, alone: false)
      return
    }
    // Whoever asks whether a notifier runs has the second one for a moment.
    guard file.take(.notifying, alone: true), notifying.own(patience: 100) else {
      throw LedgerError.inUse(path, by: notifying.signature)
    }
    notifying.sign()
    // A guest may be in the middle of sending. Where one is for longer, leases run out as they would without a lock.
    guard visiting.own(patience: 1_000) else { return }
    defer { visiting.drop() }
    guard !file.isTaken(.visiting) else { return }
    try endLeases()
  }

  /// Whether a notifier runs that was started with this path and has another file open than the one that is there now.
  var isNotifierElsewhere: Bool { notifying.isOwned && !file.isTaken(.notifying) }

  /// The process number of that notifier.
  var notifier: Int32? { notifying.signature }

  /// Gives the place up before the process ends.
  func leave() {
    visiting.drop()
    notifying.drop()
    file.drop(.visiting)
    file.drop(.notifying)
  }
}

/// Lets every process that waits to write have its turn, however busy this one is.
///
/// SQLite's own lock goes to whoever asks at the right moment, and one that writes group after group asks at once again: others
/// could wait without end. So those who find the file locked say that they wait, and whoever has just committed holds back
/// until one of them had its turn.
final class WriterTurn: Sendable {
  private let file: LedgerDescriptor

  /// How long one waits for the file until that is an error.
  private static let patience = 30_000
  /// How long a writer holds back for those who wait, in milliseconds: those ask every millisecond.
  private static let gap = 20

  init(file: LedgerDescriptor) { self.file = file }

  /// Called over and over while the file is locked; waits a millisecond.
  ///
  /// - Returns: false when it has been too long.
  func wait(_ attempts: Int) -> Bool {
    if attempts == 0 { _ = file.take(.waiting, alone: false) }
    usleep(1000)
    if attempts >= WriterTurn.patience { file.drop(.waiting) }
    return attempts < WriterTurn.patience
  }

  /// It has the file, or does without.
  func began() { file.drop(.waiting) }

  /// Holds back while someone else waits, on a thread that may block.
  func giveWay() {
    for _ in 0..<WriterTurn.gap {
      guard file.isTaken(.waiting) else { return }
      usleep(1000)
    }
  }
}
