// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// Shows this process's state to others by locks on the ledger's file: it is the notifier, may hold leases, or waits to
/// write.
///
/// The notifier also locks a file beside the ledger and writes its process ID there. Other processes read it to name
/// the notifier, and an older Belfry knows no other lock.
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

  /// Takes a role, and runs `endLeases` if every process that held a lease has certainly ended.
  func take(_ role: ProcessRole, endLeases: () throws -> Void) throws {
    guard role == .notifier else {
      visiting.share()
      _ = file.take(.visiting, alone: false)
      return
    }
    // A process that checks whether a notifier is running holds the second lock for a moment.
    guard file.take(.notifying, alone: true), notifying.own(patience: 100) else {
      throw LedgerError.inUse(path, by: notifying.signature)
    }
    notifying.sign()
    // A guest may be sending. If one stays longer, leases expire as they would without a lock.
    guard visiting.own(patience: 1_000) else { return }
    defer { visiting.drop() }
    guard !file.isTaken(.visiting) else { return }
    try endLeases()
  }

  /// Whether a notifier that was started with this path is running with a different file than the one there now.
  var isNotifierElsewhere: Bool { notifying.isOwned && !file.isTaken(.notifying) }

  /// The process ID of that notifier.
  var notifier: Int32? { notifying.signature }

  /// Gives up the role before the process ends.
  func leave() {
    visiting.drop()
    notifying.drop()
    file.drop(.visiting)
    file.drop(.notifying)
  }
}

/// Gives every process that waits to write its turn, however busy this one is.
///
/// SQLite's own lock goes to whichever process asks at the right moment, and a process that writes group after group
/// asks again at once: others could wait forever. So processes that find the file locked announce that they wait, and a
/// process that has just committed holds back until one of them had its turn.
final class WriterTurn: Sendable {
  private let file: LedgerDescriptor

  /// How long a process waits for the file before it is an error.
  static let patience = Duration.seconds(30)
  /// The number of times that it asks in that time: every millisecond.
  private static let attempts = 30_000
  /// How long a writer holds back for waiting processes, in milliseconds; those ask every millisecond.
  private static let gap = 20

  init(file: LedgerDescriptor) { self.file = file }

  /// Called repeatedly while the file is locked; waits a millisecond.
  ///
  /// - Returns: false once it has waited too long.
  func wait(_ attempts: Int) -> Bool {
    if attempts == 0 { _ = file.take(.waiting, alone: false) }
    usleep(1000)
    if attempts >= WriterTurn.attempts { file.drop(.waiting) }
    return attempts < WriterTurn.attempts
  }

  /// Ends the announcement: the process got the file, or gave up.
  func began() { file.drop(.waiting) }

  /// Holds back while another process waits, on a thread that may block.
  func giveWay() {
    for _ in 0..<WriterTurn.gap {
      guard file.isTaken(.waiting) else { return }
      usleep(1000)
    }
  }
}
