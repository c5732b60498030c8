// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension ConfinedFolder {
  /// Opens the file for appending, or creates it with exactly the given permissions.
  ///
  /// A FIFO is opened without waiting for its other end.
  package borrowing func openOrMake(permissions: UInt16) throws(SystemError) -> Descriptor {
    try openOrMake(name, permissions: permissions, appending: true)
  }

  /// Opens a file in the same folder, or creates it.
  package borrowing func openOrMake(
    _ name: String,
    permissions: UInt16,
    appending: Bool
  ) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | (appending ? O_APPEND : 0) | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    do throws(SystemError) {
      return try folder.open(name, flags)
    } catch {
      guard error.code == ENOENT else { throw error }
    }
    do throws(SystemError) {
      let made = try folder.open(name, flags | O_CREAT | O_EXCL, permissions: permissions)
      fchmod(made.number, mode_t(permissions))
      return made
    } catch {
      guard error.code == EEXIST else { throw error }
      return try folder.open(name, flags)
    }
  }
}

extension Descriptor {
  /// Removes the incomplete line that a crash left, if it begins like the next line.
  ///
  /// Its delivery was not settled, so the line is written again.
  ///
  /// - Returns: the length of the file, and false if it ends in an incomplete line of another writer, which is kept.
  package func mend(before next: [UInt8]) throws(SystemError) -> (length: Int, isWhole: Bool) {
    let end = Int(try status().st_size)
    let start = try startOfLine(endingAt: end)
    guard start < end else { return (end, true) }
    let beginning = try read(Descriptor.mark, at: start)
    guard next.starts(with: beginning) else { return (end, false) }
    try truncate(to: start)
    return (start, true)
  }

  /// The number of bytes that identify a line's writer: the first key of a JSON line.
  private static let mark = 16

  /// The start of the line whose last byte precedes `end`; `end` itself if that byte is a newline.
  func startOfLine(endingAt end: Int) throws(SystemError) -> Int {
    var start = end
    // Usually only the last byte needs checking.
    var size = 1
    while start > 0 {
      let bytes = try read(min(size, start), at: max(0, start - size))
      if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start - bytes.count + newline + 1 }
      guard !bytes.isEmpty else { return end }
      start -= bytes.count
      size = 65_536
    }
    return start
  }

  /// The last line of a file that ends in a newline, without that newline; empty if there is none.
  package func lastLine(endingAt end: Int) throws(SystemError) -> [UInt8] {
    guard end > 1 else { return [] }
    let start = try startOfLine(endingAt: end - 1)
    return try read(end - 1 - start, at: start)
  }
}
