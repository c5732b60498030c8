// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A lock on a file of its own, which the system drops when its process ends, however it ends.
///
/// Never on the ledger itself: closing a descriptor of that would drop SQLite's own locks.
final class LockFile: Sendable {
  private let descriptor: Int32

  /// Opens the file, and makes it where there is none; it is never removed, because others may have it open.
  init(_ path: String) throws {
    descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw LedgerError.cannotOpen(path, String(cString: strerror(errno))) }
  }

  /// Opens the file; nil where there is none.
  init?(existing path: String) {
    descriptor = Foundation.open(path, O_RDWR | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  deinit { close(descriptor) }

  /// Takes the lock beside others who share it; waits for one who does not.
  func share() { while flock(descriptor, LOCK_SH) != 0 && errno == EINTR {} }

  /// Takes the lock for this one alone.
  ///
  /// - Returns: false when others still had it after so many milliseconds.
  func own(patience: Int = 0) -> Bool {
    for wait in 0...patience {
      if wait > 0 { usleep(1000) }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
    }
    return false
  }

  /// Whether another process has it for itself alone.
  var isOwned: Bool {
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
    drop()
    return false
  }

  func drop() { _ = flock(descriptor, LOCK_UN) }

  /// Writes this process's number into the file, for those who find it locked.
  func sign() {
    let text = "\(getpid())\n"
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.utf8.count, 0)
  }

  /// The number of the process that signed last; nil when none can be read.
  var signature: Int32? {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return Int32(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).trimmingCharacters(in: .newlines))
  }
}
