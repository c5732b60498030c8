// SPDX-License-Identifier: Apache-2.0

/// Goes through the rows of a log in their order, and finds where the chain does not hold.
package struct ChainCheck: Sendable {
  /// What is wrong, and where.
  package struct Fault: Sendable, Hashable {
    package var kind: Kind
    /// The line where it was found; nil at the end of the log.
    package var place: Place?
  }

  package enum Kind: Sendable, Hashable {
    /// The row does not fit the one above it: one of the two was changed.
    case changed(Int)
    /// No row of these numbers is there.
    case missing(ClosedRange<Int>)
    /// A row stands after one that it came before.
    case misplaced(Int, after: Int)
    /// A line that is no row of the chain stands in it.
    case unchained
    /// The log does not end in the row that was written last, but in another of its number.
    case otherEnd(Int)
    /// Nothing says which row was written last.
    case noEnd
    /// Rows of these numbers stand after the one that was written last.
    case added(ClosedRange<Int>)
    /// This many lines without a hash stand in front of the first row that were not there when the chain began.
    case addedInFront(Int)
  }

  package struct Place: Sendable, Hashable {
    package var file: String
    package var line: Int
    package init(file: String, line: Int) {
      self.file = file
      self.line = line
    }
  }

  /// How many rows of the chain were seen.
  package private(set) var rows = 0
  /// How many lines stand before the chain begins: those of a Belfry that made none.
  package private(set) var unchained = 0
  /// The number of the first row: more than 1 where earlier files are gone.
  package private(set) var first: Int?
  /// The last row in its order.
  package private(set) var end: ChainEnd?
  /// The first of them; `faultCount` counts all.
  package private(set) var faults: [Fault] = []
  package private(set) var faultCount = 0
  private let written: ChainEnd?
  private let anchors: [ChainEnd]

  /// More than anybody reads.
  private static let shown = 100

  /// `written` is the row that was written last, as it was noted beside the log before the log was read; nil when there is no
  /// such note.
  ///
  /// `anchors` are rows of which something else than the log knows, such as the ledger.
  package init(written: ChainEnd?, anchors: [ChainEnd] = []) {
    self.written = written
    self.anchors = anchors
  }

  package var isGood: Bool { faultCount == 0 }

  /// Takes the next line, without its line break.
  package mutating func take(_ line: ArraySlice<UInt8>, at place: Place) {
    guard let row = ChainedRow(line) else {
      if end == nil { unchained += 1 } else { add(.unchained, at: place) }
      return
    }
    rows += 1
    for known in [written].compactMap(\.self) + anchors where row.end.number == known.number && row.end != known {
      add(.otherEnd(row.end.number), at: place)
    }
    guard let last = end else {
      first = row.end.number
      if !(row.after.map { row.fits(after: $0) } ?? false) { add(.changed(row.end.number), at: place) }
      end = row.end
      return
    }
    put(row, after: last, at: place)
  }

  private mutating func put(_ row: ChainedRow, after last: ChainEnd, at place: Place) {
    let number = row.end.number
    guard number > last.number else { return add(.misplaced(number, after: last.number), at: place) }
    end = row.end
    if number > last.number + 1 {
      add(.missing(last.number + 1...number - 1), at: place)
      // Only a row that says what it comes after can be checked without the one above it.
      if let after = row.after, !row.fits(after: after) { add(.changed(number), at: place) }
    } else if !row.fits(after: last.hash) {
      add(.changed(number), at: place)
    }
  }

  /// Compares the end with what was noted; after it all is seen.
  ///
  /// - Parameters:
  ///   - latest: The last rows by the note as it is after the log was read: the one that was written, and the one that an append
  ///     under way leads to. A log that goes on beyond them all was not written by Belfry.
  ///   - front: How many lines without a hash stood in front of row 1 when it was written; nil when that is not known.
  package mutating func finish(latest: [ChainEnd] = [], front: Int? = nil) {
    let last = end?.number ?? 0
    // Where row 1 is no longer kept, what stood in front of it is not kept either.
    let expected = (first ?? 1) > 1 ? 0 : front
    if let expected, unchained > expected { add(.addedInFront(unchained - expected), at: nil) }
    let furthest = ([written].compactMap(\.self) + anchors).map(\.number).max() ?? 0
    if furthest > last { add(.missing(last + 1...furthest), at: nil) }
    guard written != nil else { return rows > 0 ? add(.noEnd, at: nil) : () }
    let noted = latest.map(\.number).max() ?? last
    if last > noted { add(.added(noted + 1...last), at: nil) }
  }

  private mutating func add(_ kind: Kind, at place: Place?) {
    faultCount += 1
    if faults.count < ChainCheck.shown { faults.append(Fault(kind: kind, place: place)) }
  }
}
