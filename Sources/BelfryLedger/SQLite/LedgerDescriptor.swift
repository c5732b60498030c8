// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// The ledger's own file, open as long as the ledger is.
///
/// It is used for locks on the file itself, and to check whether it is still the file at its path.
///
/// The locks are on bytes beyond everything that SQLite reads, writes or locks, and they belong to the open file
/// (`F_OFD_SETLK`). So there is one lock per device and inode, whatever path a process used: a symbolic link, a name of
/// its own, or none any more. The kernel drops the lock when the process ends. A lock file beside the ledger could be
/// removed, and a lock file found through the ledger's path would be a different one for each path.
///
/// Closing any descriptor of a file drops all POSIX locks of this process on it, including SQLite's. So none is closed
/// while this process has a ledger open in that file: they are kept until the last such ledger is closed.
final class LedgerDescriptor: Sendable {
  /// The lockable places.
  ///
  /// The numbers are offsets in the file, far beyond its end.
  enum Place: Int64 {
    /// Held by the notifier.
    case notifying = 0x4000_0000_0000_0000
    /// Shared by guests, which may hold leases.
    case visiting = 0x4000_0000_0000_0001
    /// Shared by processes that wait to write.
    case waiting = 0x4000_0000_0000_0002
    /// Held while the file is created or upgraded.
    case making = 0x4000_0000_0000_0003
  }

  private let number: Int32
  private let identity: FileIdentity

  init(_ path: String) throws {
    number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw LedgerError.cannotOpen(path, String(cString: strerror(errno))) }
    guard let status = FileIdentity.status(of: number) else {
      let code = errno
      close(number)
      throw LedgerError.cannotOpen(path, String(cString: strerror(code)))
    }
    identity = FileIdentity(status)
    Descriptors.shared.began(identity)
    // `deinit` undoes what was done so far: everything is initialized by now.
    guard status.st_nlink <= 1 else { throw LedgerError.secondName(path) }
  }

  deinit {
    for place in [Place.notifying, .visiting, .waiting, .making] { drop(place) }
    Descriptors.shared.ended(identity, number)
  }

  /// The first bytes of the file.
  func header(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = pread(number, &bytes, count, 0)
    return Array(bytes.prefix(max(0, read)))
  }

  /// Copies the file without a descriptor of its own, because closing one would drop SQLite's locks.
  func copy(to path: String) throws {
    let copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard copy >= 0 else { throw LedgerError.cannotOpen(path, String(cString: strerror(errno))) }
    defer { close(copy) }
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var offset = 0
    while true {
      let count = pread(number, &buffer, buffer.count, off_t(offset))
      guard count > 0 else {
        guard count == 0, fsync(copy) == 0 else { throw LedgerError.cannotOpen(path, String(cString: strerror(errno))) }
        return
      }
      guard write(copy, buffer, count) == count else { throw LedgerError.full(path) }
      offset += count
    }
  }

  /// Whether the file at the path is this one.
  func isAt(_ path: String) -> Bool { FileIdentity(at: path) == identity }

  /// Takes a lock, shared or alone.
  ///
  /// - Returns: false if another process has it.
  func take(_ place: Place, alone: Bool) -> Bool { set(alone ? F_WRLCK : F_RDLCK, place) }

  func drop(_ place: Place) { _ = set(F_UNLCK, place) }

  /// Whether another process has the lock.
  func isTaken(_ place: Place) -> Bool {
    var lock = LedgerDescriptor.lock(F_WRLCK, place)
    guard fcntl(number, LedgerDescriptor.getCommand, &lock) == 0 else { return false }
    return lock.l_type != Int16(F_UNLCK)
  }

  private func set(_ kind: some BinaryInteger, _ place: Place) -> Bool {
    var lock = LedgerDescriptor.lock(kind, place)
    while fcntl(number, LedgerDescriptor.setCommand, &lock) != 0 {
      guard errno == EINTR else { return false }
    }
    return true
  }

  private static func lock(_ kind: some BinaryInteger, _ place: Place) -> flock {
    var lock = flock()
    lock.l_type = Int16(kind)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(place.rawValue)
    lock.l_len = 1
    return lock
  }

  #if os(Linux)
  // F_OFD_GETLK and F_OFD_SETLK of <fcntl.h>, which are hidden without _GNU_SOURCE.
  private static let getCommand: Int32 = 36
  private static let setCommand: Int32 = 37
  #else
  private static let getCommand: Int32 = 92
  private static let setCommand: Int32 = 90
  #endif
}

/// The identity of a file, independent of its path.
struct FileIdentity: Hashable, Sendable {
  let device: UInt64
  let inode: UInt64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
  }

  /// Nil if there is no file.
  init?(at path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  static func status(of descriptor: Int32) -> stat? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status : nil
  }
}

/// The descriptors of this process that may be closed only when no ledger has their file open.
private final class Descriptors: Sendable {
  static let shared = Descriptors()

  private struct File {
    var ledgers = 0
    var idle: [Int32] = []
  }

  private let files = Mutex<[FileIdentity: File]>([:])

  func began(_ file: FileIdentity) { files.withLock { $0[file, default: File()].ledgers += 1 } }

  func ended(_ file: FileIdentity, _ descriptor: Int32) {
    let closable = files.withLock { files -> [Int32] in
      files[file, default: File()].idle.append(descriptor)
      files[file]?.ledgers -= 1
      guard let known = files[file], known.ledgers <= 0 else { return [] }
      files[file] = nil
      return known.idle
    }
    for descriptor in closable { close(descriptor) }
  }
}
