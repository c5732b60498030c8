// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTransport

/// Reads the lines of an audit log, of all its files from the oldest on, and later those that came since.
///
/// A file that is rotated away meanwhile is read to its end; one that was replaced or cut is read from its beginning.
package struct AuditReader: Sendable, Hashable {
  private let log: String
  /// What was last written to before then is not read.
  private let earliest: Instant?
  /// How many bytes were read, those of a line that has not ended yet among them.
  private var position: AuditMark?
  private var rest: [UInt8] = []
  private var lineCount = 0

  /// A line that is longer is no row: its beginning is let go, so that no file fills the memory.
  private static let longestLine = 16 * AuditFile.chunk

  /// Reads from the oldest file's beginning, or on from where an earlier reader came to.
  ///
  /// Files that were last written to before `earliest` are left out.
  package init(path: String, after mark: AuditMark? = nil, since earliest: Instant? = nil) {
    self.log = path
    self.position = mark
    self.earliest = earliest
  }

  /// A reader of what is written from now on.
  ///
  /// - Throws: when the log cannot be read.
  package static func atEnd(of path: String) async throws(TransportFailure) -> AuditReader {
    let end = await onOwnThread(named: "belfry-audit") { () -> Result<AuditMark?, TransportFailure> in
      Result { () throws(TransportFailure) in try AuditReader.files(of: path).last?.end() }
    }
    return AuditReader(path: path, after: try end.get())
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
  ///
  /// - Throws: as `readPiece`.
  package mutating func readLines() async throws(TransportFailure) -> [String] {
    try await readPiece()?.lines.map { String(decoding: $0, as: UTF8.self) } ?? []
  }

  /// The next whole lines of one file; nil when all was read that is there.
  ///
  /// - Throws: when a file cannot be read, which is another thing than its end.
  package mutating func readPiece() async throws(TransportFailure) -> Piece? {
    while true {
      let (log, from, earliest) = (log, position, earliest)
      let look = await onOwnThread(named: "belfry-audit") { () -> Result<AuditFile.Read?, TransportFailure> in
        Result { () throws(TransportFailure) in try AuditReader.read(log, after: from, since: earliest) }
      }
      guard let read = try look.get() else { return nil }
      if !read.position.isSameFile(as: position) || read.beginsAnew { (rest, lineCount) = ([], 0) }
      position = read.position
      rest += read.bytes
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else {
        if rest.count > AuditReader.longestLine { rest = [] }
        continue
      }
      let lines = rest[...end].split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
      defer { lineCount += lines.count }
      rest = Array(rest[(end + 1)...])
      return Piece(file: read.file, firstLine: lineCount + 1, lines: Array(lines))
    }
  }

  /// What comes after a position: in its file, else in the next one; nil when there is nothing.
  private static func read(
    _ log: String,
    after position: AuditMark?,
    since earliest: Instant?
  ) throws(TransportFailure) -> AuditFile.Read? {
    let all = try files(of: log)
    let files = all.filter { file in
      guard let earliest, file.path != all.last?.path else { return true }
      return file.changed >= earliest - .seconds(1)
    }
    guard let position else { return try first(of: files[...]) }
    guard let index = files.firstIndex(where: { $0.start.isSameFile(as: position) }) else {
      guard let last = files.last, last.path == LogFiles.paths(of: log).last else { return nil }
      return try last.read(from: 0)
    }
    if files[index].size < position.offset { return try files[index].read(from: 0) }
    if let read = try files[index].read(from: position.offset) { return read }
    return try first(of: files[(index + 1)...])
  }

  /// The beginning of the first file that is not empty.
  private static func first(of files: ArraySlice<AuditFile>) throws(TransportFailure) -> AuditFile.Read? {
    for file in files {
      if let read = try file.read(from: 0) { return read }
    }
    return nil
  }

  private static func files(of log: String) throws(TransportFailure) -> [AuditFile] {
    var files: [AuditFile] = []
    for path in LogFiles.paths(of: log) {
      if let file = try AuditFile(path) { files.append(file) }
    }
    return files
  }
}

// MARK: - How far it was read

extension AuditReader {
  /// How far a log was read.
  package struct Place: Sendable, Hashable {
    /// The file in which the next row begins; nil when it is there no more, or there was none.
    package var file: String?
    /// Where in the file, in bytes.
    package var offset: UInt64
    /// How many bytes of the log come after it.
    package var behind: UInt64

    package init(file: String?, offset: UInt64, behind: UInt64) {
      self.file = file
      self.offset = offset
      self.behind = behind
    }
  }

  /// Where a mark is in a log.
  ///
  /// - Throws: when the log cannot be looked at.
  package static func place(of mark: AuditMark?, in log: String) async throws(TransportFailure) -> Place {
    let place = await onOwnThread(named: "belfry-audit") { () -> Result<Place, TransportFailure> in
      Result { () throws(TransportFailure) in
        let files = try AuditReader.files(of: log)
        guard let mark, let index = files.firstIndex(where: { $0.start.isSameFile(as: mark) }) else {
          return Place(file: nil, offset: 0, behind: files.reduce(0) { $0 + $1.size })
        }
        let later = files[(index + 1)...].reduce(0) { $0 + $1.size }
        let file = files[index]
        return Place(
          file: file.path,
          offset: mark.offset,
          behind: file.size - min(file.size, mark.offset) + later
        )
      }
    }
    return try place.get()
  }
}
