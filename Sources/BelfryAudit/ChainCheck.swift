// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Checks the rows of a log in order, and finds the places where the hash chain is broken.
package struct ChainCheck: Sendable {
  /// A fault and its place.
  package struct Fault: Sendable, Hashable {
    package var kind: Kind
    /// The line with the fault; nil for the end of the log.
    package var place: Place?
  }

  package enum Kind: Sendable, Hashable {
    /// The row does not fit the one above it: one of them was changed.
    case changed(Int)
    /// The rows with these numbers are missing.
    case missing(ClosedRange<Int>)
    /// The row is after one that it should precede.
    case misplaced(Int, after: Int)
    /// The line is not a row of the chain.
    case unchained
    /// The log does not end in the last written row, but in another one with its number.
    case otherEnd(Int)
    /// There is no record of which row was written last.
    case noEnd
    /// Rows with these numbers were added after the last written one.
    case added(ClosedRange<Int>)
    /// This many lines without a hash were added before the first row after the chain started.
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

  /// The number of chained rows read.
  package private(set) var rows = 0
  /// The number of lines before the chain, from a Belfry that wrote no chain.
  package private(set) var unchained = 0
  /// The number of the first row; greater than 1 if earlier files have been removed.
  package private(set) var first: Int?
  /// The last row in order.
  package private(set) var end: ChainEnd?
  /// The first faults; `faultCount` counts all.
  package private(set) var faults: [Fault] = []
  package private(set) var faultCount = 0
  private let written: ChainEnd?
  private let anchors: [ChainEnd]

  /// The most faults listed: more than anyone reads.
  private static let shown = 100

  /// Starts a check.
  ///
  /// `written` is the last written row according to the note beside the log, read before the log; nil if there is no
  /// note. `anchors` are rows that are also recorded elsewhere, for example in the ledger.
  package init(written: ChainEnd?, anchors: [ChainEnd] = []) {
    self.written = written
    self.anchors = anchors
  }

  package var isGood: Bool { faultCount == 0 }

  /// Checks the next line, given without its line break.
  ///
  /// - Returns: the chained row of the line; nil if it is not one.
  @discardableResult
  package mutating func take(_ line: ArraySlice<UInt8>, at place: Place) -> ChainedRow? {
    guard let row = ChainedRow(line) else {
      if end == nil { unchained += 1 } else { add(.unchained, at: place) }
      return nil
    }
    take(row, at: place)
    return row
  }

  private mutating func take(_ row: ChainedRow, at place: Place) {
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
      // Only a row that states its predecessor's hash can be checked without the row above it.
      if let after = row.after, !row.fits(after: after) { add(.changed(number), at: place) }
    } else if !row.fits(after: last.hash) {
      add(.changed(number), at: place)
    }
  }

  /// Compares the end with the note; call it after the last line.
  ///
  /// - Parameters:
  ///   - latest: The last rows according to the note, read after the log: the last written row, and the row of an
  ///     append in progress. Rows beyond all of these were not written by Belfry.
  ///   - front: The number of lines without a hash before row 1 when that was written; nil if unknown.
  package mutating func finish(latest: [ChainEnd] = [], front: Int? = nil) {
    let last = end?.number ?? 0
    // If row 1 is no longer kept, the lines before it are not kept either.
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
