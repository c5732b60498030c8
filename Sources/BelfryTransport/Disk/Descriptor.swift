// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
package import Darwin
#else
package import Glibc
#endif

/// An open file or folder, closed when this value is destroyed.
package struct Descriptor: ~Copyable {
  package let number: CInt

  deinit { close(number) }

  /// Opens a path.
  package static func open(_ path: String, _ flags: CInt) throws(SystemError) -> Descriptor {
    Descriptor(number: try SystemError.check { system_open(path, flags | O_CLOEXEC) })
  }

  /// Opens or creates a file in this folder.
  package func open(_ name: String, _ flags: CInt, permissions: UInt16 = 0) throws(SystemError) -> Descriptor {
    Descriptor(number: try SystemError.check { openat(number, name, flags | O_CLOEXEC, mode_t(permissions)) })
  }

  package func status() throws(SystemError) -> stat {
    var status = stat()
    _ = try SystemError.check { fstat(number, &status) }
    return status
  }

  package func requireRegularFile() throws(SystemError) { try SystemError.requireRegularFile(status()) }

  /// Locks the file against other processes that also lock it, until it is closed.
  ///
  /// It does nothing, without an error, on file systems that cannot lock files.
  ///
  /// - Throws: if another process keeps it locked for two seconds.
  package func lock() throws(SystemError) {
    for _ in 0..<2000 {
      if flock(number, LOCK_EX | LOCK_NB) == 0 || (errno != EWOULDBLOCK && errno != EINTR) { return }
      usleep(1000)
    }
    throw SystemError(code: EWOULDBLOCK)
  }

  /// Reads to the end, but not more than `limit` bytes.
  func read(limit: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(limit, max(Int(try status().st_size), 4096)))
    var done = 0
    while done < limit {
      if done == bytes.count { bytes += [UInt8](repeating: 0, count: min(limit - done, done)) }
      let count = try SystemError.check {
        bytes.withUnsafeMutableBytes { buffer in
          let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
          return system_read(number, rest.baseAddress, rest.count)
        }
      }
      if count == 0 { break }
      done += count
    }
    bytes.removeLast(bytes.count - done)
    return bytes
  }

  /// Reads `count` bytes from `offset`, or fewer at the end of the file.
  package func read(_ count: Int, at offset: Int) throws(SystemError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    let read = try SystemError.check { pread(number, &bytes, count, off_t(offset)) }
    return Array(bytes.prefix(read))
  }

  package func sync() throws(SystemError) { _ = try SystemError.check { fsync(number) } }

  package func truncate(to length: Int) throws(SystemError) {
    _ = try SystemError.check { ftruncate(number, off_t(length)) }
  }

  /// Writes all bytes, in as many system calls as needed.
  package func write(_ bytes: [UInt8]) throws(SystemError) {
    var done = 0
    while done < bytes.count {
      done += try SystemError.check {
        bytes.withUnsafeBytes { buffer in
          let rest = UnsafeRawBufferPointer(rebasing: buffer[done...])
          return system_write(number, rest.baseAddress, rest.count)
        }
      }
    }
  }
}

/// The `errno` of a failed system call.
package struct SystemError: Error {
  package let code: CInt

  package init(code: CInt) { self.code = code }

  package var text: String { String(cString: strerror(code)) }

  /// Repeats a call while signals interrupt it, and throws if it fails.
  package static func check<Count: SignedInteger>(_ call: () -> Count) throws(SystemError) -> Count {
    while true {
      let result = call()
      if result >= 0 { return result }
      let code = errno
      if code != EINTR { throw SystemError(code: code) }
    }
  }

  static func requireRegularFile(_ status: stat) throws(SystemError) {
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw SystemError(code: kind == S_IFDIR ? EISDIR : ENOTSUP) }
  }

  /// The failure for a file, named by the path that people know it by.
  package func failure(at path: String) -> TransportFailure {
    switch code {
    case ENOSPC, EDQUOT: TransportFailure(.diskFull, "no space is left for \(path)")
    case EISDIR: TransportFailure(.file, "\(path) is a folder, not a file")
    case ENOTSUP: TransportFailure(.file, "\(path) is not a regular file")
    case EWOULDBLOCK: TransportFailure(.file, "\(path) is locked by another program")
    case ENOTDIR: TransportFailure(.file, "a part of \(path) is not a folder")
    default: TransportFailure(.file, "\(path): \(text)")
    }
  }
}

private func system_open(_ path: String, _ flags: CInt) -> CInt { open(path, flags) }
private func system_read(_ number: CInt, _ bytes: UnsafeMutableRawPointer?, _ count: Int) -> Int {
  read(number, bytes, count)
}
private func system_write(_ number: CInt, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(number, bytes, count)
}
