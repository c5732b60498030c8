// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// Values ordered by time, then by name.
///
/// They are kept in sorted chunks: adding and removing costs about the square root of the count, and next to nothing at
/// the ends.
struct DueQueue<Value: Sendable & Hashable>: Sendable {
  struct Entry: Sendable, Comparable {
    var at: Instant
    /// Orders entries of the same time; unique among them.
    var name: String
    var value: Value

    /// Names are compared byte by byte, as in SQLite.
    static func < (left: Entry, right: Entry) -> Bool {
      left.at == right.at ? left.name.utf8.lexicographicallyPrecedes(right.name.utf8) : left.at < right.at
    }
  }

  /// The chunks, in order; none is empty.
  private var chunks: [[Entry]] = []
  private static var chunkLimit: Int { 512 }

  private(set) var count = 0
  var first: Entry? { chunks.first?.first }

  mutating func insert(_ entry: Entry) {
    count += 1
    // An entry beyond the last one goes into the last chunk.
    let index = min(chunkIndex(of: entry), chunks.count - 1)
    guard index >= 0 else {
      chunks.append([entry])
      return
    }
    chunks[index].insert(entry, at: position(of: entry, in: chunks[index]))
    if chunks[index].count > Self.chunkLimit { split(index) }
  }

  /// Removes the entry if it is there.
  mutating func remove(_ entry: Entry) {
    let index = chunkIndex(of: entry)
    guard index < chunks.count else { return }
    let place = position(of: entry, in: chunks[index])
    guard place < chunks[index].count, chunks[index][place] == entry else { return }
    count -= 1
    chunks[index].remove(at: place)
    if chunks[index].isEmpty { chunks.remove(at: index) }
  }

  /// The first `limit` values due at or before `now`, in order.
  func due(at now: Instant, limit: Int = .max) -> [Entry] {
    Array(entries.prefix(limit).prefix { $0.at <= now })
  }

  /// All entries, earliest first.
  var entries: some Sequence<Entry> { chunks.lazy.joined() }
  /// All entries, latest first.
  var entriesBackwards: some Sequence<Entry> { chunks.reversed().lazy.flatMap { $0.reversed() } }

  private mutating func split(_ index: Int) {
    let chunk = chunks[index]
    // A full chunk at the end stays full, so that values added in order need half as many chunks.
    let middle = index == chunks.count - 1 ? chunk.count - 1 : chunk.count / 2
    chunks[index] = Array(chunk[..<middle])
    chunks.insert(Array(chunk[middle...]), at: index + 1)
  }

  /// The first chunk whose last entry is not before `entry`.
  private func chunkIndex(of entry: Entry) -> Int {
    partition(chunks.count) { chunks[$0][chunks[$0].count - 1] < entry }
  }

  private func position(of entry: Entry, in chunk: [Entry]) -> Int {
    partition(chunk.count) { chunk[$0] < entry }
  }

  /// The first index at which `isBefore` no longer holds.
  private func partition(_ count: Int, isBefore: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBefore(middle) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
