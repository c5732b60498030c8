// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import GRDB
internal import Synchronization

/// Whether what is written now would be kept: by what the last write came to, and by whether the file is still at its path.
final class LedgerHealth: Sendable {
  private let path: String
  private let file: LedgerDescriptor
  private let state = Mutex(State())

  private struct State {
    /// The WAL that is written to, once there is one.
    var log: FileIdentity?
    /// Why the last write failed, where the file or its disk is the cause.
    var failure: LedgerError?
  }

  init(path: String, file: LedgerDescriptor) {
    self.path = path
    self.file = file
  }

  /// Checks that the file and its WAL are those that are open: two `stat` calls.
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

  /// Remembers what a write came to.
  func note(_ error: (any Error)?) {
    let failure = (error as? LedgerError).flatMap { LedgerHealth.isOfTheFile($0.code) ? $0 : nil }
    guard error == nil || failure != nil else { return }
    state.withLock { $0.failure = failure }
  }

  /// Why nothing can be kept now; nil when it can.
  ///
  /// It writes nothing: after a failure it is good again when a write succeeds.
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

  /// Whether hardly any room is left on the disk: for who asks beside the notifier, and cannot know what its writes come to.
  var isDiskFull: Bool {
    var disk = statvfs()
    guard statvfs(path, &disk) == 0, disk.f_frsize > 0 else { return false }
    return UInt64(disk.f_bavail) < LedgerHealth.leastRoom / UInt64(disk.f_frsize)
  }

  private static let leastRoom: UInt64 = 1 << 20

  private static func isOfTheFile(_ code: LedgerError.Code) -> Bool {
    [.full, .inputOutput, .cannotOpen, .corrupt, .replaced, .busy, .notALedger].contains(code)
  }
}
