// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Foundation

/// One file of an audit log, as it was found on disk.
struct AuditFile {
  let path: String
  /// The position of its start.
  let start: AuditPosition
  let size: UInt64
  /// When it was last written.
  let changed: Instant

  /// The number of bytes read at once.
  static let chunk = 1_048_576

  /// - Returns: nil if there is no file.
  /// - Throws: if the system reports an error.
  init?(_ path: String) throws(TransportFailure) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ENOENT || errno == ENOTDIR { return nil }
      throw AuditFile.failure(path, errno)
    }
    self.path = path
    start = AuditPosition(device: UInt64(status.st_dev), inode: UInt64(status.st_ino), offset: 0)
    size = UInt64(status.st_size)
    #if canImport(Darwin)
    changed = Instant(seconds: Int64(status.st_mtimespec.tv_sec))
    #else
    changed = Instant(seconds: Int64(status.st_mtim.tv_sec))
    #endif
  }

  /// The result of reading from a file.
  struct Read: Sendable {
    var file: String
    /// The position after the bytes read.
    var position: AuditPosition
    var bytes: [UInt8]
    var beginsAnew: Bool
  }

  /// - Returns: nil if there is nothing more, or if it has just been renamed; the next call then finds it again.
  /// - Throws: if it cannot be read, which is different from its end.
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

  /// The end of its last complete line; a line still being written is left for later.
  func end() throws(TransportFailure) -> AuditPosition {
    let from = size - min(size, UInt64(AuditFile.chunk))
    let tail = try read(from: from)?.bytes ?? []
    guard let lineBreak = tail.lastIndex(of: UInt8(ascii: "\n")) else { return start.moved(to: from == 0 ? 0 : size) }
    return start.moved(to: from + UInt64(lineBreak) + 1)
  }

  private static func failure(_ path: String, _ code: CInt) -> TransportFailure {
    TransportFailure(.file, "\(path): \(String(cString: strerror(code)))")
  }
}
