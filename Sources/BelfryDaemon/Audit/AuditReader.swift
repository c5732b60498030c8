// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import Foundation

/// Reads the lines of an audit log, and later those that came since; a file that was replaced or cut is read from its beginning.
package struct AuditReader: Sendable {
  private let path: String
  private var offset: UInt64 = 0
  private var inode: UInt64 = 0
  private var rest = Data()

  private static let chunk = 1_048_576

  package init(path: String) { self.path = path }

  /// The whole lines that were written since the last call; none when there is no such file.
  package mutating func readLines() async -> [String] {
    let (path, from, known) = (path, offset, inode)
    let read = await withCheckedContinuation { continuation in
      // Reading blocks, and so runs beside the cooperative pool.
      DispatchQueue.global().async { continuation.resume(returning: AuditReader.read(path, from: from, known: known)) }
    }
    guard let read else { return [] }
    if read.wasReplaced { rest = Data() }
    (offset, inode) = (read.offset, read.inode)
    rest.append(read.data)
    guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = rest[...end].split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    rest = Data(rest[rest.index(after: end)...])
    return lines
  }

  private struct Read: Sendable {
    var data: Data
    var offset: UInt64
    var inode: UInt64
    var wasReplaced: Bool
  }

  private static func read(_ path: String, from offset: UInt64, known: UInt64) -> Read? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { handle.closeFile() }
    var status = stat()
    guard fstat(handle.fileDescriptor, &status) == 0 else { return nil }
    let inode = UInt64(status.st_ino)
    let wasReplaced = known != 0 && (inode != known || UInt64(status.st_size) < offset)
    let start = wasReplaced ? 0 : offset
    do {
      try handle.seek(toOffset: start)
      let data = try handle.readToEnd() ?? Data()
      return Read(data: data, offset: start + UInt64(data.count), inode: inode, wasReplaced: wasReplaced)
    } catch {
      return nil
    }
  }
}

/// A row of the audit log as it is read back.
package struct AuditLine: Sendable {
  package let emittedAt: Instant?
  package let seam: String
  private let details: JSONNode?
  private let written: String

  /// - Returns: nil for a line that is no row.
  package init?(_ line: String) {
    let source = SourceText(name: "audit", bytes: Array(line.utf8))
    guard let node = JSONTree.parse(source).node, let seam = node["seam"]?.string, let at = node["emitted_at"]?.string
    else {
      return nil
    }
    self.seam = seam
    self.written = at
    self.emittedAt = Instant(iso8601: at)
    self.details = node["details"]
  }

  /// The row for a person: when, what became of it, through which channel, about what.
  package var text: String {
    guard seam == AuditRow.dispatched else { return "\(written) \(seam)" }
    let status = ["ok": "ok    ", "partial": "partial"][detail("status")] ?? "failed"
    let missed = detail("refused").isEmpty ? "" : ": refused \(detail("refused"))"
    let error = detail("error").isEmpty ? "" : " (\(detail("error"))\(missed))"
    let kind = detail("type").isEmpty ? "" : "\(detail("type")) "
    return "\(written) \(status) \(detail("channel")) \(kind)\(detail("severity")) \(detail("alert_id"))\(error)"
  }

  private func detail(_ name: String) -> String { details?[name]?.string ?? "" }
}

/// Which rows of an audit log are asked for.
package struct AuditFilter: Sendable {
  package var earliest: Instant?
  package var seam: String?

  package init(earliest: Instant? = nil, seam: String? = nil) {
    self.earliest = earliest
    self.seam = seam
  }

  package func takes(_ row: AuditLine) -> Bool {
    if let seam, row.seam != seam { return false }
    guard let earliest else { return true }
    return row.emittedAt.map { $0 >= earliest } ?? false
  }
}
