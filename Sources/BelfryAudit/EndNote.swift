// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryTransport

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// The note beside a log that records its last row; locked while open.
package struct EndNote: ~Copyable {
  private let file: Descriptor

  /// What it says.
  package struct Content: Sendable, Hashable {
    package var end: ChainEnd
    /// The state of the log after the last append.
    ///
    /// While it is unchanged, the log's end need not be read.
    var inode: UInt64
    var size: Int
    /// What the log will end in once the running append is done; nil if none is running.
    package var next: ChainEnd?
    /// The ledger's position when the rows were written.
    package var ledger: LedgerPosition?
    /// The number of lines without a hash before row 1 when it was written; nil if an older Belfry wrote the note.
    package var front: Int?
  }

  /// The name of a log's note.
  package static func name(of log: String) -> String { log + "-end" }

  /// The note's fixed length in bytes.
  ///
  /// It is overwritten in place, so nothing of the old content is left.
  private static let length = 512

  init(beside place: borrowing ConfinedFolder) throws(SystemError) {
    let file = try place.openOrMake(EndNote.name(of: place.name), permissions: 0o600, appending: false)
    try file.requireRegularFile()
    try file.lock()
    self.file = file
  }

  /// - Returns: nil if the content is unreadable.
  func read() -> Content? {
    do throws(SystemError) {
      return EndNote.read(try file.read(EndNote.length, at: 0))
    } catch {
      return nil
    }
  }

  /// Writes the note.
  ///
  /// A failure is ignored: the rows are safe, and the next note corrects one that lags behind.
  func write(_ content: Content) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("number")
    writer.int(content.end.number)
    writer.key("hash")
    writer.string(content.end.hash)
    writer.key("inode")
    writer.int(content.inode)
    writer.key("size")
    writer.int(content.size)
    if let next = content.next {
      writer.key("next")
      writer.string(next.text)
    }
    if let ledger = content.ledger {
      writer.key("ledger")
      writer.string(ledger.ledger)
      writer.key("commits")
      writer.int(ledger.commits)
    }
    if let front = content.front {
      writer.key("front")
      writer.int(front)
    }
    writer.endObject()
    let padding = max(0, EndNote.length - 1 - writer.bytes.count)
    let bytes = writer.bytes + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    _ = pwrite(file.number, bytes, bytes.count, 0)
  }

  /// Parses the content of a note.
  package static func read(_ bytes: [UInt8]) -> Content? {
    guard let node = JSONTree.parse(SourceText(name: "end", bytes: bytes)).node, let number = node.int("number"),
      number >= 0, let hash = node["hash"]?.string, ChainEnd.isHash(hash.utf8)
    else { return nil }
    let inode = node.int("inode").flatMap { UInt64(exactly: $0) }
    var content = Content(end: ChainEnd(number: number, hash: hash), inode: inode ?? 0, size: node.int("size") ?? -1)
    content.next = node["next"]?.string.flatMap(ChainEnd.init(text:))
    content.front = node.int("front")
    if let ledger = node["ledger"]?.string, let commits = node.int("commits") {
      content.ledger = LedgerPosition(ledger: ledger, commits: commits)
    }
    return content
  }
}

extension JSONNode {
  fileprivate func int(_ name: String) -> Int? {
    if case .number(let text) = self[name]?.value { Int(text) } else { nil }
  }
}
