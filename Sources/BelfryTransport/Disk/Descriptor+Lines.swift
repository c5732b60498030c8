// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

extension ConfinedFolder {
  /// Opens the file to be appended to, or makes it with exactly the permissions asked for.
  ///
  /// A FIFO is opened without waiting for its other end.
  borrowing func openOrMake(permissions: UInt16) throws(SystemError) -> Descriptor {
    try openOrMake(name, permissions: permissions, appending: true)
  }

  /// Opens a file beside it, or makes it.
  borrowing func openOrMake(
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
  /// Takes back what a crash left of a line that begins like the next one: whose line it was is not settled, so it comes again.
  ///
  /// - Returns: how long the file is, and false when it ends in half a line of someone else's, which is kept.
  func mend(before next: [UInt8]) throws(SystemError) -> (length: Int, isWhole: Bool) {
    let end = Int(try status().st_size)
    let start = try startOfLine(endingAt: end)
    guard start < end else { return (end, true) }
    let beginning = try read(Descriptor.mark, at: start)
    guard next.starts(with: beginning) else { return (end, false) }
    try truncate(to: start)
    return (start, true)
  }

  /// How many bytes tell whose line it is: the first key of a line of JSON.
  private static let mark = 16

  /// Where the line begins whose last byte stands before `end`: at `end` itself when that byte is a newline.
  func startOfLine(endingAt end: Int) throws(SystemError) -> Int {
    var start = end
    // The last byte is mostly all that has to be looked at.
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

  /// The last line of a file that ends in a newline, without it; empty when there is none.
  func lastLine(endingAt end: Int) throws(SystemError) -> [UInt8] {
    guard end > 1 else { return [] }
    let start = try startOfLine(endingAt: end - 1)
    return try read(end - 1 - start, at: start)
  }
}
