// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A lock on a separate file, which the system drops when the process ends, however it ends.
///
/// It is never on the ledger itself: closing a descriptor of the ledger would drop SQLite's own locks.
final class LockFile: Sendable {
  private let descriptor: Int32

  /// Opens the file, or creates it; it is never removed, because others may have it open.
  init(_ path: String) throws {
    descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerError.cannotOpen(path, String(cString: strerror(errno))) }
  }

  /// Opens the file; nil if there is none.
  init?(existing path: String) {
    descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// Takes the lock together with others that share it; waits for a process that has it alone.
  func share() { while flock(descriptor, LOCK_SH) != 0 && errno == EINTR {} }

  /// Takes the lock alone.
  ///
  /// - Returns: false if others still had it after `patience` milliseconds.
  func own(patience: Int = 0) -> Bool {
    for wait in 0...patience {
      if wait > 0 { usleep(1000) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    }
    return false
  }

  /// Whether another process has it alone.
  var isOwned: Bool {
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
    drop()
    return false
  }

  func drop() { _ = flock(descriptor, LOCK_UN) }

  /// Writes this process's ID into the file, for processes that find it locked.
  func sign() {
    let text = "\(getpid())\n"
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  /// The ID of the process that signed last; nil if it is unreadable.
  var signature: Int32? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Int32(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(in: .newlines))
  }
}
