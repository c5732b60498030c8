// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
internal import Synchronization

/// Whether new writes would be kept, judging by the last write and by whether the file is still at its path.
final class FileHealth: Sendable {
  private let path: String
  private let file: LedgerDescriptor
  private let state = Mutex(State())

  private struct State {
    /// The WAL in use, once there is one.
    var log: FileIdentity?
    /// The reason why the last write failed, if the file or its disk is the cause.
    var failure: LedgerError?
  }

  init(path: String, file: LedgerDescriptor) {
    self.path = path
    self.file = file
  }

  /// Checks that the file and its WAL at the path are the open ones, with two `stat` calls.
  ///
  /// - Throws: `LedgerError.Code.replaced`.
  func checkFile() throws {
    let log = FileIdentity(at: path + "-wal")
    let isSame = state.withLock { state in
      state.log = state.log ?? log
      return state.log == log
    }
    guard isSame, file.isAt(path) else { throw LedgerError.replaced(path) }
  }

  /// Records the result of a write.
  func note(_ error: (any Error)?) {
    let failure = (error as? LedgerError).flatMap { FileHealth.isOfTheFile($0.code) ? $0 : nil }
    guard error == nil || failure != nil else { return }
    state.withLock { $0.failure = failure }
  }

  /// The reason why nothing can be stored now; nil if it can.
  ///
  /// It writes nothing: after a failure, it is nil again once a write succeeds.
  var trouble: LedgerError? {
    do {
      try checkFile()
    } catch {
      return error as? LedgerError
    }
    var disk = statvfs()
    if statvfs(path, &disk) == 0, UInt(disk.f_flag) & UInt(ST_RDONLY) != 0 {
      return .cannotOpen(path, "its disk is mounted read-only")
    }
    if let failure = state.withLock({ $0.failure }) { return failure }
    return nil
  }

  /// Whether the disk is almost full; for processes other than the notifier, which do not see the results of its
  /// writes.
  var isDiskFull: Bool {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0, disk.f_frsize > 0 else { return false }
    return UInt64(disk.f_bavail) < FileHealth.leastRoom / UInt64(disk.f_frsize)
  }

  private static let leastRoom: UInt64 = 1 << 20

  private static func isOfTheFile(_ code: LedgerError.Code) -> Bool {
    [.full, .inputOutput, .cannotOpen, .corrupt, .replaced, .busy, .notALedger].contains(code)
  }
}
