// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Foundation

/// Reads the lines of an audit log, of all its files from the oldest on, and later those that came since.
///
/// A file that is rotated away meanwhile is read to its end; one that was replaced or cut is read from its beginning.
package struct AuditReader: Sendable, Hashable {
  private let log: String
  private var position: Position?
  private var rest: [UInt8] = []
  private var lineCount = 0

  private static let chunk = 1_048_576

  package init(path: String) { self.log = path }

  /// Whole lines of one file.
  package struct Piece: Sendable {
    /// The file's path.
    package var file: String
    /// The number of the first line, from 1.
    package var firstLine: Int
    /// Each without its line break.
    package var lines: [ArraySlice<UInt8>]
  }

  /// The next whole lines, not more than a megabyte or so; none when all was read that is there.
  package mutating func readLines() async -> [String] {
    await readPiece()?.lines.map { String(decoding: $0, as: UTF8.self) } ?? []
  }

  /// The next whole lines of one file; nil when all was read that is there.
  package mutating func readPiece() async -> Piece? {
    while true {
      let (log, from) = (log, position)
      let read = await onOwnThread(named: "belfry-audit") { Position.read(log, after: from) }
      guard let read else { return nil }
      if read.position.inode != position?.inode || read.beginsAnew { (rest, lineCount) = ([], 0) }
      position = read.position
      rest += read.bytes
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      let lines = rest[...end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      defer { lineCount += lines.count }
      rest = Array(rest[(end + 1)...])
      return Piece(file: read.file, firstLine: lineCount + 1, lines: Array(lines))
    }
  }

  /// How far was read, and in which file: by its inode, as rotation gives it another name.
  private struct Position: Sendable, Hashable {
    var inode: UInt64
    var offset: UInt64

    struct Read: Sendable {
      var file: String
      var position: Position
      var bytes: [UInt8]
      var beginsAnew: Bool
    }

    /// What comes after a position: in its file, else in the next one; nil when there is nothing.
    static func read(_ log: String, after position: Position?) -> Read? {
      let paths = LogFiles.paths(of: log)
      let files = paths.compactMap { path in File(path) }
      guard let position else { return files.lazy.compactMap { $0.read(from: 0) }.first }
      guard let index = files.firstIndex(where: { $0.inode == position.inode }) else {
        return files.last.flatMap { $0.path == paths.last ? $0.read(from: 0) : nil }
      }
      if files[index].size < position.offset { return files[index].read(from: 0) }
      return files[index].read(from: position.offset)
        ?? files[(index + 1)...].lazy.compactMap { $0.read(from: 0) }.first
    }
  }

  private struct File {
    let path: String
    let inode: UInt64
    let size: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.path = path
      inode = UInt64(status.st_ino)
      size = UInt64(status.st_size)
    }

    /// - Returns: nil when there is nothing more, or it was renamed just now and is found again the next time.
    func read(from offset: UInt64) -> Position.Read? {
      guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
      defer { handle.closeFile() }
      var status = stat()
      guard fstat(handle.fileDescriptor, &status) == 0, UInt64(status.st_ino) == inode else { return nil }
      do {
        try handle.seek(toOffset: offset)
        guard let data = try handle.read(upToCount: AuditReader.chunk), !data.isEmpty else { return nil }
        let position = Position(inode: inode, offset: offset + UInt64(data.count))
        return Position.Read(file: path, position: position, bytes: [UInt8](data), beginsAnew: offset == 0)
      } catch {
        return nil
      }
    }
  }
}
