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

  package init(file: ConfinedPath, rotation: LogRotation? = nil, disk: Disk) {
    self.file = file
    self.rotation = rotation
    self.disk = disk
  }

  package func keep(_ lines: [UInt8]) async -> TransportFailure? {
    await disk.run(on: file.description) { self.append(lines) }
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
    if let rotation { try LogTurn.turn(rotation, in: place, before: lines) }
    let log = try place.openOrMake(permissions: 0o600)
    try log.requireRegularFile()
    let noted = note.read()
    let tail = try LogTail(of: log, noted, before: lines)
    let last = [noted?.end, tail.end, remembered.withLock { $0 }].compactMap(\.self).max { $0.number < $1.number }
    let end = last ?? .beginning
    var chain = RowChain(after: end, isStated: tail.end != end)
    let bytes = (tail.isWhole ? [] : [UInt8(ascii: "\n")]) + chain.extend(lines)
    let position = ledger.withLock { $0 } ?? noted?.ledger
    // First where it leads to: rows after the last one that was noted are either these or not ours.
    note.write(
      EndNote.Content(end: end, inode: tail.inode, size: tail.length, next: chain.end, ledger: position)
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
    note.write(
      EndNote.Content(end: chain.end, inode: tail.inode, size: tail.length + bytes.count, ledger: position)
    )
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
