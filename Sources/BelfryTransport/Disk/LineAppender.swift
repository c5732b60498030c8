// SPDX-License-Identifier: Apache-2.0
internal import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Appends whole lines to a file, and leaves whole lines behind whatever happens.
struct LineAppender {
  let file: ConfinedPath
  let permissions: UInt16

  /// One open, one write, one sync.
  ///
  /// When any of it fails the file is as long as it was before.
  func append(_ pieces: [[UInt8]]) -> Reply {
    do throws(TransportFailure) {
      let place = try ConfinedFolder(of: file)
      do throws(SystemError) {
        try write(pieces, in: place)
        return .appended
      } catch {
        throw error.code == ELOOP
          ? file.escape("it is a link that leads nowhere or was changed") : error.failure(at: file.description)
      }
    } catch {
      return .failed(error)
    }
  }

  private func write(_ pieces: [[UInt8]], in place: borrowing ConfinedFolder) throws(SystemError) {
    let descriptor = try open(in: place)
    try descriptor.requireRegularFile()
    // So that nobody's line is taken for a torn one, nor cut off with ours.
    try descriptor.lock()
    let (length, isWhole) = try mend(descriptor, before: pieces.first ?? [])
    var bytes: [UInt8] = isWhole ? [] : [UInt8(ascii: "\n")]
    for piece in pieces { bytes += piece }
    do throws(SystemError) {
      try descriptor.write(bytes)
      try descriptor.sync()
      if length == 0 { try place.folder.sync() }
    } catch {
      // What failed is the write: that is told, even when the half of it cannot be taken back.
      try? descriptor.truncate(to: length)
      throw error
    }
  }

  /// Opens the file, or makes it with exactly the permissions asked for.
  ///
  /// A FIFO is opened without waiting for its other end.
  private func open(in place: borrowing ConfinedFolder) throws(SystemError) -> Descriptor {
    let flags = O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
    do throws(SystemError) {
      return try place.folder.open(place.name, flags)
    } catch {
      guard error.code == ENOENT else { throw error }
    }
    do throws(SystemError) {
      let made = try place.folder.open(place.name, flags | O_CREAT | O_EXCL, permissions: permissions)
      fchmod(made.number, mode_t(permissions))
      return made
    } catch {
      guard error.code == EEXIST else { throw error }
      return try place.folder.open(place.name, flags)
    }
  }

  /// Takes back what a crash left of a line that begins like the next one: whose line it was is not settled, so it comes again.
  ///
  /// - Returns: how long the file is, and false when it ends in half a line of someone else's, which is kept.
  private func mend(
    _ descriptor: borrowing Descriptor,
    before next: [UInt8]
  ) throws(SystemError) -> (length: Int, isWhole: Bool) {
    let end = Int(try descriptor.status().st_size)
    let start = try lastLine(descriptor, end: end)
    guard start < end else { return (end, true) }
    let beginning = try descriptor.read(LineAppender.mark, at: start)
    guard next.starts(with: beginning) else { return (end, false) }
    try descriptor.truncate(to: start)
    return (start, true)
  }

  /// How many bytes tell whose line it is: the first key of a line of JSON.
  private static let mark = 16

  /// Where the last line begins; at the end when nothing is left without its own.
  private func lastLine(_ descriptor: borrowing Descriptor, end: Int) throws(SystemError) -> Int {
    var start = end
    // The last byte is mostly all that has to be looked at.
    var size = 1
    while start > 0 {
      let bytes = try descriptor.read(min(size, start), at: max(0, start - size))
      if let newline = bytes.lastIndex(of: UInt8(ascii: "\n")) { return start - bytes.count + newline + 1 }
      guard !bytes.isEmpty else { return end }
      start -= bytes.count
      size = 65_536
    }
    return start
  }
}
