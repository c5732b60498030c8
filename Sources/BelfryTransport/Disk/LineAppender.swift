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
    let length = Int(try descriptor.status().st_size)
    var bytes: [UInt8] = try endsInTornLine(descriptor, length: length) ? [UInt8(ascii: "\n")] : []
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

  /// Whether a crash left a line without its end: the next one must not be glued to it.
  private func endsInTornLine(_ descriptor: borrowing Descriptor, length: Int) throws(SystemError) -> Bool {
    guard length > 0 else { return false }
    var last: UInt8 = 0
    let number = descriptor.number
    let count = try SystemError.check { pread(number, &last, 1, off_t(length - 1)) }
    return count == 1 && last != UInt8(ascii: "\n")
  }
}
