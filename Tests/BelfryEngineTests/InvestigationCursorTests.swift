// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryEngine
import Testing

@Suite("New rows of the audit log")
struct InvestigationCursorTests {
  private let start = Instant(seconds: 1_800_000_000)

  private func rows(_ numbers: ClosedRange<Int>, from moment: Instant) -> [ArraySlice<UInt8>] {
    numbers.map { number in
      let hash = String(repeating: "a", count: 64)
      let at = (moment + .seconds(number)).iso8601
      return ArraySlice(#"{"emitted_at":"\#(at)","seam":"x","number":\#(number),"hash":"\#(hash)"}"#.utf8)
    }
  }

  @Test("exclude those read before, even if the whole log is read again")
  func again() {
    var cursor = InvestigationCursor()
    #expect(cursor.take(rows(1...3, from: start)).new.count == 3)
    #expect(cursor.take(rows(1...3, from: start)).new.isEmpty)
    let (new, missing) = cursor.take(rows(1...5, from: start))
    #expect(new.count == 2 && missing == 0)
  }

  @Test("are counted if they are missing between the last row and the next")
  func missing() {
    var cursor = InvestigationCursor(after: 3, at: start)
    #expect(cursor.take(rows(8...9, from: start)).missing == 4)
    #expect(cursor.take(rows(10...10, from: start)).missing == 0)
  }

  @Test("are at another place if the lines start with no row, or with a row too far on")
  func elsewhere() {
    let cursor = InvestigationCursor(after: 3, at: start)
    #expect(cursor.isFollowed(by: rows(4...5, from: start)))
    #expect(cursor.isFollowed(by: rows(1...5, from: start)))
    #expect(!cursor.isFollowed(by: rows(5...6, from: start)))
    #expect(!cursor.isFollowed(by: [ArraySlice(#"rest of a row"}"#.utf8)] + rows(4...5, from: start)))
    #expect(InvestigationCursor().isFollowed(by: rows(5...6, from: start)))
  }

  @Test("include those of a restarted log, which counts from 1 again")
  func startsOver() {
    var cursor = InvestigationCursor()
    _ = cursor.take(rows(1...100, from: start))
    let (new, missing) = cursor.take(rows(1...2, from: start + .seconds(3600)))
    #expect(new.count == 2 && missing == 0)
    #expect(cursor.take(rows(3...3, from: start + .seconds(3600))).missing == 0)
  }

  @Test("include rows without a number")
  func plain() {
    var cursor = InvestigationCursor(after: 7, at: start)
    let line = ArraySlice(#"{"emitted_at":"2026-11-27T00:00:00Z","seam":"x"}"#.utf8)
    #expect(cursor.take([line, line]).new.count == 2)
    #expect(cursor.text == InvestigationCursor(after: 7, at: start).text)
  }

  @Test("are read from the stored form, and from nothing else")
  func kept() {
    let cursor = InvestigationCursor(after: 12, at: start)
    #expect(InvestigationCursor(text: cursor.text) == cursor)
    for text in ["", "12", "12 x", "1 2 3"] { #expect(InvestigationCursor(text: text) == nil) }
  }
}
