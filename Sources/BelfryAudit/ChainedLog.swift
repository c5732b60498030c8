// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryTransport
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// A log whose rows form one hash chain, across all its files and all processes that append to it.
///
/// A note beside it, `audit.jsonl-end`, records the last row. Processes lock the note, so that one appends at a time.
/// The note makes it unnecessary to read the log's end, and it reveals rows missing there. It is written after the rows
/// are safe, so after a crash it may lag behind but is never ahead. The next row follows the furthest row known from
/// the note, the log itself or this process's memory. If rows were cut off, their numbers stay missing for good.
package final class ChainedLog: RowKeeping {
  private let file: ConfinedPath
  private let rotation: LogRotation?
  private let disk: Disk
  private let remembered = Mutex(ChainEnd.beginning)
  private let ledger = Mutex<LedgerPosition?>(nil)
  /// The content this process last wrote to the note.
  private let written = Mutex<EndNote.Content?>(nil)
  /// Whether the file that was being written to has disappeared.
  private let isLost = Mutex(false)

  package init(file: ConfinedPath, rotation: LogRotation? = nil, disk: Disk) {
    self.file = file
    self.rotation = rotation
    self.disk = disk
  }

  package func keep(_ lines: [UInt8], ledger position: LedgerPosition?) async -> TransportFailure? {
    if let position { ledger.withLock { $0 = position } }
    return await disk.run(on: file.description) { self.append(lines) }
  }

  package func note(_ position: LedgerPosition) async -> ChainEnd? {
    let isNew = ledger.withLock { ledger in
      defer { ledger = position }
      return ledger != position
    }
    if isNew { _ = await disk.run(on: file.description) { self.rewriteNote() } }
    let end = remembered.withLock { $0 }
    return end.number > 0 ? end : nil
  }

  package func loss() async -> TransportFailure? {
    // Only rows written by this process are checked here; `belfry audit verify` checks the rest.
    guard written.withLock({ $0 }) != nil else { return nil }
    return await disk.run(on: file.description) { self.findLoss() }
  }

  private func findLoss() -> TransportFailure? {
    noteLoss(LogFiles.end(of: file.description))
    return isLost.withLock { $0 } ? TransportFailure(.file, "\(file) was deleted, replaced or cut off") : nil
  }

  /// Records a loss if the file that holds the last rows is neither the log nor one of its rotated files.
  private func noteLoss(_ noted: EndNote.Content?) {
    // Another process may have written since then, and the note may have disappeared with the log.
    let last = [noted, written.withLock { $0 }].compactMap(\.self).max { $0.end.number < $1.end.number }
    guard let last, last.end.number > 0, !last.isFile(at: file.description) else { return }
    for path in LogFiles.paths(of: file.description) where last.isFile(at: path) { return }
    isLost.withLock { $0 = true }
  }

  /// Writes the note again, to update its ledger position.
  ///
  /// If writing fails, the note lags behind until the next rows.
  private func rewriteNote() -> TransportFailure? {
    do throws(TransportFailure) {
      let place = try ConfinedFolder(of: file)
      do throws(SystemError) {
        let note = try EndNote(beside: place)
        guard var content = note.read() else { return nil }
        content.ledger = ledger.withLock { $0 } ?? content.ledger
        note.write(content)
        return nil
      } catch {
        throw error.failure(at: file.description)
      }
    } catch {
      return error
    }
  }

  private func append(_ lines: [UInt8]) -> TransportFailure? {
    do throws(TransportFailure) {
      let place = try ConfinedFolder(of: file)
      do throws(SystemError) {
        let note = try EndNote(beside: place)
        try append(lines, in: place, note)
        return nil
      } catch {
        throw error.code == ELOOP
          ? file.escape("it is a link that is broken or was changed") : error.failure(at: file.description)
      }
    } catch {
      return error
    }
  }

  private func append(
    _ lines: [UInt8],
    in place: borrowing ConfinedFolder,
    _ note: borrowing EndNote
  ) throws(SystemError) {
    let noted = note.read()
    // Done before a rotation, which may remove files.
    noteLoss(noted)
    if let rotation { try LogTurn.turn(rotation, in: place, before: lines) }
    let log = try place.openOrMake(permissions: 0o600)
    try log.requireRegularFile()
    let tail = try LogTail(of: log, noted, before: lines)
    let last = [noted?.end, tail.end, remembered.withLock { $0 }].compactMap(\.self).max { $0.number < $1.number }
    let end = last ?? .beginning
    var chain = RowChain(after: end, isStated: tail.end != end)
    let bytes = (tail.isWhole ? [] : [UInt8(ascii: "\n")]) + chain.extend(lines)
    let position = ledger.withLock { $0 } ?? noted?.ledger
    var front = noted?.front
    if front == nil { front = try place.linesInFront() + (tail.isWhole ? 0 : 1) }
    // First note what the log will end in: any rows after the last noted one are either these or not ours.
    note.write(
      EndNote.Content(end: end, inode: tail.inode, size: tail.length, next: chain.end, ledger: position, front: front)
    )
    do throws(SystemError) {
      try log.write(bytes)
      try log.sync()
      if tail.length == 0 { try place.folder.sync() }
    } catch {
      // Report the failed write, even if the partial write cannot be undone.
      try? log.truncate(to: tail.length)
      throw error
    }
    remembered.withLock { $0 = chain.end }
    let content = EndNote.Content(
      end: chain.end,
      inode: tail.inode,
      size: tail.length + bytes.count,
      ledger: position,
      front: front
    )
    written.withLock { $0 = content }
    note.write(content)
  }
}

extension EndNote.Content {
  /// Whether the file that holds the last rows is at this path and is no shorter than before.
  fileprivate func isFile(at path: String) -> Bool {
    var status = stat()
    // A new file may get the inode of the deleted one.
    return stat(path, &status) == 0 && UInt64(status.st_ino) == inode && Int(status.st_size) >= size
  }
}

extension ConfinedFolder {
  /// The number of whole lines before the first row of the chain, over all files of the log.
  ///
  /// It is counted once per log, and again where an older Belfry did not record it.
  fileprivate borrowing func linesInFront() throws(SystemError) -> Int {
    var count = 0
    for name in RotatedName.all(of: self.name, among: try folder.names()) + [self.name] {
      let file = try folder.open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY)
      try file.requireRegularFile()
      var (rest, offset) = ([UInt8](), 0)
      while true {
        let bytes = try file.read(1 << 20, at: offset)
        if bytes.isEmpty { break }
        offset += bytes.count
        var lines = (rest + bytes).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = Array(lines.removeLast())
        for line in lines {
          if ChainedRow(line) != nil { return count }
          count += 1
        }
      }
    }
    return count
  }
}

/// The end of a log before an append.
private struct LogTail {
  let inode: UInt64
  let length: Int
  /// False if the file ends in an incomplete line of another writer.
  let isWhole: Bool
  /// Its last row; nil if that row belongs to no chain.
  let end: ChainEnd?

  init(
    of log: borrowing Descriptor,
    _ noted: EndNote.Content?,
    before lines: [UInt8]
  ) throws(SystemError) {
    let status = try log.status()
    inode = UInt64(status.st_ino)
    if let noted, noted.inode == inode, noted.size == Int(status.st_size) {
      (length, isWhole, end) = (noted.size, true, noted.end)
      return
    }
    (length, isWhole) = try log.mend(before: lines)
    end = isWhole ? ChainedRow(try log.lastLine(endingAt: length)[...])?.end : nil
  }
}
