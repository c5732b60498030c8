// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import Synchronization

#if canImport(Darwin)
internal import Darwin
#else
internal import Glibc
#endif

/// A log whose rows form one chain, over all its files and whichever processes append to it.
///
/// Beside it lies a note of the last row, `audit.jsonl-end`. It is what processes lock, so that one appends at a time; it
/// spares reading the log's end; and it tells when rows are missing there. The note is written after the rows are safe, so it
/// may lag behind a crash but is never ahead: the next row comes after the furthest row that is known of, from the note, the
/// log itself or this process's own memory, and if rows were cut off, their numbers stay missing for good.
package final class ChainedLog: RowKeeping {
  private let file: ConfinedPath
  private let rotation: LogRotation?
  private let disk: Disk
  private let remembered = Mutex(ChainEnd.beginning)
  private let ledger = Mutex<LedgerPosition?>(nil)
  /// What this process noted last.
  private let written = Mutex<EndNote.Content?>(nil)
  /// Whether the file that was written to was found to be gone.
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
    // What this process has not written it does not miss: `belfry audit verify` does.
    guard written.withLock({ $0 }) != nil else { return nil }
    return await disk.run(on: file.description) { self.findLoss() }
  }

  private func findLoss() -> TransportFailure? {
    noteLoss(LogFiles.end(of: file.description))
    return isLost.withLock { $0 } ? TransportFailure(.file, "\(file) was deleted, replaced or cut off") : nil
  }

  /// Remembers it when the file that the last rows went into is neither the log nor one that was rotated away.
  private func noteLoss(_ noted: EndNote.Content?) {
    // Another process may have written since; and the note may be gone with the log.
    let last = [noted, written.withLock { $0 }].compactMap(\.self).max { $0.end.number < $1.end.number }
    guard let last, last.end.number > 0, !last.isFile(at: file.description) else { return }
    for path in LogFiles.paths(of: file.description) where last.isFile(at: path) { return }
    isLost.withLock { $0 = true }
  }

  /// Writes the note again, for what it says of the ledger.
  ///
  /// A note that cannot be written lags behind until the next rows.
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
          ? file.escape("it is a link that leads nowhere or was changed") : error.failure(at: file.description)
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
    // Before a rotation, which may remove files.
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
    // First where it leads to: rows after the last one that was noted are either these or not ours.
    note.write(
      EndNote.Content(end: end, inode: tail.inode, size: tail.length, next: chain.end, ledger: position, front: front)
    )
    do throws(SystemError) {
      try log.write(bytes)
      try log.sync()
      if tail.length == 0 { try place.folder.sync() }
    } catch {
      // What failed is the write: that is told, even when the half of it cannot be taken back.
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
  /// Whether the file that the last rows went into is at this path, no shorter than it was.
  fileprivate func isFile(at path: String) -> Bool {
    var status = stat()
    // A new file may get the inode of the one that was deleted.
    return stat(path, &status) == 0 && UInt64(status.st_ino) == inode && Int(status.st_size) >= size
  }
}

extension ConfinedFolder {
  /// How many whole lines stand in front of the first row of the chain, over all files of the log.
  ///
  /// It is counted once for a log, and where an older Belfry did not note it.
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

/// What a log ends in before something is appended.
private struct LogTail {
  let inode: UInt64
  let length: Int
  /// False when the file ends in half a line of someone else's.
  let isWhole: Bool
  /// Its last row; nil when that is none of a chain.
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
