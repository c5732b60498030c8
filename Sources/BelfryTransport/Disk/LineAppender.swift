// SPDX-License-Identifier: Apache-2.0
internal import Belfry

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// Appends whole lines to a file, and never leaves a partial line behind.
struct LineAppender {
  let file: ConfinedPath
  let permissions: UInt16

  /// Appends with one open, one write and one sync.
  ///
  /// If any of them fails, the file keeps its previous length.
  func append(_ pieces: [[UInt8]]) -> Reply {
    do throws(TransportFailure) {
      let place = try ConfinedFolder(of: file)
      do throws(SystemError) {
        try write(pieces, in: place)
        return .appended
      } catch {
        throw error.code == ELOOP
          ? file.escape("it is a link that is broken or was changed") : error.failure(at: file.description)
      }
    } catch {
      return .failed(error)
    }
  }

  private func write(_ pieces: [[UInt8]], in place: borrowing ConfinedFolder) throws(SystemError) {
    let descriptor = try place.openOrMake(permissions: permissions)
    try descriptor.requireRegularFile()
    // Locked so that no other writer's line is mistaken for an incomplete one, or removed together with ours.
    try descriptor.lock()
    let (length, isWhole) = try descriptor.mend(before: pieces.first ?? [])
    var bytes: [UInt8] = isWhole ? [] : [UInt8(ascii: "\n")]
    for piece in pieces { bytes += piece }
    do throws(SystemError) {
      try descriptor.write(bytes)
      try descriptor.sync()
      if length == 0 { try place.folder.sync() }
    } catch {
      // Report the failed write, even if the partial write cannot be undone.
      try? descriptor.truncate(to: length)
      throw error
    }
  }
}
