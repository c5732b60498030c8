// SPDX-License-Identifier: Apache-2.0
#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The room that the write-ahead log needs until SQLite starts to overwrite it.
///
/// Syncing a file that grows also writes its new size and the addresses of its new blocks, which takes about twice as
/// long as syncing bytes that exist. So the log gets its full size at once.
enum LogRoom {
  /// The number of pages after which SQLite copies them into the file and overwrites the log.
  static let pages = 4000

  /// Appends zeros to the log at `path`, unless the disk has little room; nobody else may append at the same time.
  ///
  /// SQLite reads them as the end of the log, because there is no page 0
  /// (https://www.sqlite.org/fileformat2.html#walformat).
  static func make(in path: String, pageSize: Int) {
    // One commit may go beyond the limit.
    let size = (pages + 100) * (pageSize + 24)
    let file = open(path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    defer { close(file) }
    var disk = statvfs()
    guard fstatvfs(file, &disk) == 0, Int(disk.f_bavail) * Int(disk.f_frsize) > 16 * size else { return }
    var end = Int(lseek(file, 0, SEEK_END))
    guard end >= 0 else { return }
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    while end < size {
      let count = pwrite(file, zeros, min(zeros.count, size - end), off_t(end))
      guard count > 0 else { return }
      end += count
    }
    fdatasync(file)
  }
}
