// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Foundation

/// One file of an audit log, as it was found.
struct AuditFile {
  let path: String
  /// Its beginning.
  let start: AuditMark
  let size: UInt64
  /// When it was last written to.
  let changed: Instant

  /// How much is read at once.
  static let chunk = 1_048_576

  /// - Returns: nil where there is none.
  /// - Throws: when the system does not say.
  init?(_ path: String) throws(TransportFailure) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw AuditFile.failure(path, errno)
    }
    self.path = path
    start = AuditMark(device: UInt64(status.st_dev), inode: UInt64(status.st_ino), offset: 0)
    size = UInt64(status.st_size)
    #if canImport(Darwin)
    changed = Instant(seconds: Int64(status.st_mtimespec.tv_sec))
    #else
    changed = Instant(seconds: Int64(status.st_mtim.tv_sec))
    #endif
  }

  /// What a look at a file gave.
  struct Read: Sendable {
    var file: String
    /// After what was read.
    var position: AuditMark
    var bytes: [UInt8]
    var beginsAnew: Bool
  }

  /// - Returns: nil when there is nothing more, or it was renamed just now and is found again the next time.
  /// - Throws: when it cannot be read: that is no end of it.
  func read(from offset: UInt64) throws(TransportFailure) -> Read? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw AuditFile.failure(path, errno)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, UInt64(status.st_ino) == start.inode else { return nil }
    var bytes = [UInt8](repeating: 0, count: AuditFile.chunk)
    var count = pread(descriptor, &bytes, bytes.count, off_t(clamping: offset))
    while count < 0, errno == EINTR { count = pread(descriptor, &bytes, bytes.count, off_t(clamping: offset)) }
    guard count >= 0 else { throw AuditFile.failure(path, errno) }
    guard count > 0 else { return nil }
    bytes.removeLast(bytes.count - count)
    return Read(file: path, position: start.moved(to: offset + UInt64(count)), bytes: bytes, beginsAnew: offset == 0)
  }

  /// The end of its last whole line: one that is being written just now is still to come.
  func end() throws(TransportFailure) -> AuditMark {
    let from = size - min(size, UInt64(AuditFile.chunk))
    let tail = try read(from: from)?.bytes ?? []
    guard let lineBreak = tail.lastIndex(of: UInt8(ascii: "\n")) else { return start.moved(to: from == 0 ? 0 : size) }
    return start.moved(to: from + UInt64(lineBreak) + 1)
  }

  private static func failure(_ path: String, _ code: CInt) -> TransportFailure {
    TransportFailure(.file, "\(path): \(String(cString: strerror(code)))")
  }
}
