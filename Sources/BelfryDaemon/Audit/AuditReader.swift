// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryTransport
internal import Foundation

/// Reads the lines of an audit log, of all its files from the oldest on, and later those that came since.
///
/// A file that is rotated away meanwhile is read to its end; one that was replaced or cut is read from its beginning.
package struct AuditReader: Sendable, Hashable {
  private let log: String
  /// How many bytes were read, those of a line that has not ended yet among them.
  private var position: AuditMark?
  private var rest: [UInt8] = []
  private var lineCount = 0

  private static let chunk = 1_048_576

  /// Reads from the oldest file's beginning, or on from where an earlier reader came to.
  package init(path: String, after mark: AuditMark? = nil) {
    self.log = path
    self.position = mark
  }

  /// A reader of what is written from now on.
  package static func atEnd(of path: String) async -> AuditReader {
    await onOwnThread(named: "belfry-audit") {
      AuditReader(path: path, after: LogFiles.paths(of: path).compactMap { File($0) }.last?.end)
    }
  }

  /// Where the next line begins; nil as long as there was no file.
  package var mark: AuditMark? {
    position.map { $0.moved(to: $0.offset - UInt64(rest.count)) }
  }

  /// Whole lines of one file.
  package struct Piece: Sendable {
    /// The file's path.
    package var file: String
    /// The number of the first line, from 1 where the file was read from its beginning.
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
      let read = await onOwnThread(named: "belfry-audit") { AuditReader.read(log, after: from) }
      guard let read else { return nil }
      if !read.position.isSameFile(as: position) || read.beginsAnew { (rest, lineCount) = ([], 0) }
      position = read.position
      rest += read.bytes
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      let lines = rest[...end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      defer { lineCount += lines.count }
      rest = Array(rest[(end + 1)...])
      return Piece(file: read.file, firstLine: lineCount + 1, lines: Array(lines))
    }
  }

  private struct Read: Sendable {
    var file: String
    var position: AuditMark
    var bytes: [UInt8]
    var beginsAnew: Bool
  }

  /// What comes after a position: in its file, else in the next one; nil when there is nothing.
  private static func read(_ log: String, after position: AuditMark?) -> Read? {
    let paths = LogFiles.paths(of: log)
    let files = paths.compactMap { path in File(path) }
    guard let position else { return files.lazy.compactMap { $0.read(from: 0) }.first }
    guard let index = files.firstIndex(where: { $0.start.isSameFile(as: position) }) else {
      return files.last.flatMap { $0.path == paths.last ? $0.read(from: 0) : nil }
    }
    if files[index].size < position.offset { return files[index].read(from: 0) }
    return files[index].read(from: position.offset)
      ?? files[(index + 1)...].lazy.compactMap { $0.read(from: 0) }.first
  }

  private struct File {
    let path: String
    let start: AuditMark
    let size: UInt64

    init?(_ path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.path = path
      start = AuditMark(device: UInt64(status.st_dev), inode: UInt64(status.st_ino), offset: 0)
      size = UInt64(status.st_size)
    }

    /// - Returns: nil when there is nothing more, or it was renamed just now and is found again the next time.
    func read(from offset: UInt64) -> Read? {
      guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
      defer { handle.closeFile() }
      var status = stat()
      guard fstat(handle.fileDescriptor, &status) == 0, UInt64(status.st_ino) == start.inode else { return nil }
      do {
        try handle.seek(toOffset: offset)
        guard let data = try handle.read(upToCount: AuditReader.chunk), !data.isEmpty else { return nil }
        return Read(
          file: path,
          position: start.moved(to: offset + UInt64(data.count)),
          bytes: [UInt8](data),
          beginsAnew: offset == 0
        )
      } catch {
        return nil
      }
    }

    /// The end of its last whole line: one that is being written just now is still to come.
    var end: AuditMark {
      let from = size - min(size, UInt64(AuditReader.chunk))
      let tail = read(from: from)?.bytes ?? []
      guard let lineBreak = tail.lastIndex(of: UInt8(ascii: "\n")) else { return start.moved(to: from == 0 ? 0 : size) }
      return start.moved(to: from + UInt64(lineBreak) + 1)
    }
  }
}
