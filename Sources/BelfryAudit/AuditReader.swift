// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTransport

/// Reads the lines of an audit log from its oldest file on, and later those added since.
///
/// A file rotated in the meantime is read to its end; one that was replaced or truncated is read from its start.
package struct AuditReader: Sendable, Hashable {
  private let log: String
  /// Files last written before this time are skipped.
  private let earliest: Instant?
  /// The position after the bytes read, including those of an unfinished line.
  private var position: AuditPosition?
  private var rest: [UInt8] = []
  private var lineCount = 0

  /// The longest line in bytes: the start of a longer one is discarded, so that no file fills the memory.
  private static let longestLine = 16 * AuditFile.chunk

  /// Reads from the start of the oldest file, or from where an earlier reader stopped.
  ///
  /// Files last written before `earliest` are skipped.
  package init(path: String, after mark: AuditPosition? = nil, since earliest: Instant? = nil) {
    self.log = path
    self.position = mark
    self.earliest = earliest
  }

  /// A reader for rows written from now on.
  ///
  /// - Throws: if the log cannot be read.
  package static func atEnd(of path: String) async throws(TransportFailure) -> AuditReader {
    let end = await onOwnThread(named: "belfry-audit") { () -> Result<AuditPosition?, TransportFailure> in
      Result { () throws(TransportFailure) in try AuditReader.files(of: path).last?.end() }
    }
    return AuditReader(path: path, after: try end.get())
  }

  /// The start of the next line; nil as long as there was no file.
  package var mark: AuditPosition? {
    position.map { $0.moved(to: $0.offset - UInt64(rest.count)) }
  }

  /// Complete lines of one file.
  package struct Piece: Sendable {
    /// The file's path.
    package var file: String
    /// The number of the first line; counted from 1 if the file was read from its start.
    package var firstLine: Int
    /// The lines without their line breaks.
    package var lines: [ArraySlice<UInt8>]
  }

  /// The next complete lines, about a megabyte at most; empty at the end of the log.
  ///
  /// - Throws: see `readPiece`.
  package mutating func readLines() async throws(TransportFailure) -> [String] {
    try await readPiece()?.lines.map { String(decoding: $0, as: UTF8.self) } ?? []
  }

  /// The next complete lines of one file; nil at the end of the log.
  ///
  /// - Throws: if a file cannot be read, which is different from its end.
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

  /// The data after a position: in its file, otherwise in the next one; nil if there is none.
  private static func read(
    _ log: String,
    after position: AuditPosition?,
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

  /// The start of the first file that is not empty.
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

// MARK: - Positions

extension AuditReader {
  /// A reading position in a log, for people.
  package struct Place: Sendable, Hashable {
    /// The file with the next row; nil if it no longer exists, or if there was none.
    package var file: String?
    /// The offset in the file, in bytes.
    package var offset: UInt64
    /// The number of bytes in the log after it.
    package var behind: UInt64

    package init(file: String?, offset: UInt64, behind: UInt64) {
      self.file = file
      self.offset = offset
      self.behind = behind
    }
  }

  /// The position of a mark in a log.
  ///
  /// - Throws: if the log cannot be read.
  package static func place(of mark: AuditPosition?, in log: String) async throws(TransportFailure) -> Place {
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
