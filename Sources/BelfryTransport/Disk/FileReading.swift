// SPDX-License-Identifier: Apache-2.0
package import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Distinguishes versions of a file without reading it.
package struct FileIdentity: Sendable, Hashable {
  package let device: UInt64
  package let inode: UInt64
  package let size: Int64
  package let modifiedNanoseconds: Int64

  init(_ status: stat) {
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    #if canImport(Darwin)
    let modified = status.st_mtimespec
    #else
    let modified = status.st_mtim
    #endif
    modifiedNanoseconds = Int64(modified.tv_sec) * 1_000_000_000 + Int64(modified.tv_nsec)
  }
}

/// The result of reading a file.
package enum FileReading: Sendable, Hashable {
  /// The whole file. The identity was taken before reading, so a file written to during the read shows as changed next
  /// time.
  case read([UInt8], FileIdentity)
  /// The file still has the known identity; it was not opened.
  case unchanged
  case failed(TransportFailure)
}

extension Disk {
  /// Reads a whole regular file.
  ///
  /// - Parameters:
  ///   - path: Links in it are followed.
  ///   - maximumBytes: A larger file is a failure, and is not read.
  ///   - known: The identity that an earlier read returned. A file that still has it is not read again.
  /// - Returns: the bytes and the identity to pass next time, or the reason why there are none.
  package func read(
    _ path: String,
    maximumBytes: Int,
    unless known: FileIdentity? = nil
  ) async -> FileReading {
    await run(on: path) {
      do throws(SystemError) {
        return try readNow(path, maximumBytes: maximumBytes, unless: known)
      } catch {
        return .failed(error.failure(at: path))
      }
    }
  }
}

/// Reads a file on the calling thread, which it blocks.
func readNow(
  _ path: String,
  maximumBytes: Int,
  unless known: FileIdentity?
) throws(SystemError) -> FileReading {
  var status = stat()
  _ = try SystemError.check { stat(path, &status) }
  if let known, known == FileIdentity(status) { return .unchanged }
  // Checked before opening: opening alone may trigger a device, or wait for the other end of a FIFO.
  try SystemError.requireRegularFile(status)
  let descriptor = try Descriptor.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
  try descriptor.requireRegularFile()
  let identity = FileIdentity(try descriptor.status())
  guard identity.size <= maximumBytes else { return .failed(.tooLarge(path, limit: maximumBytes)) }
  // One extra byte shows whether it has grown past the limit.
  let bytes = try descriptor.read(limit: maximumBytes + 1)
  return bytes.count > maximumBytes ? .failed(.tooLarge(path, limit: maximumBytes)) : .read(bytes, identity)
}

extension TransportFailure {
  fileprivate static func tooLarge(_ path: String, limit: Int) -> TransportFailure {
    TransportFailure(.file, "\(path) is larger than the \(limit) bytes allowed")
  }
}
