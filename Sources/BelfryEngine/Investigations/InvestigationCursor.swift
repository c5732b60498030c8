// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit

/// The last row read from the audit log, identified by its number.
///
/// A file's identity and an offset are a position only while that file exists. If it was removed, or its disk has
/// another device number after a reboot, the numbers show which rows are new and which are missing.
package struct InvestigationCursor: Sendable, Hashable {
  /// The number of the last row read; 0 for none.
  private var number = 0
  private var moment = Instant(seconds: 0)

  package init() {}

  /// Starts after the row with that number, read at that time.
  package init(after number: Int, at moment: Instant) {
    self.number = number
    self.moment = moment
  }

  /// The stored form: the number, then the time in microseconds.
  package var text: String { "\(number) \(moment.microseconds)" }

  /// Reads the output of `text`.
  ///
  /// - Returns: nil for any other text.
  package init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, let number = Int(words[0]), let moment = Int64(words[1]) else { return nil }
    self.init(after: number, at: Instant(microseconds: moment))
  }

  /// Whether lines follow or repeat those read; otherwise they are from another place, such as a file that reuses the
  /// identity of a removed one.
  package func isFollowed(by lines: [ArraySlice<UInt8>]) -> Bool {
    guard number > 0, let first = lines.first else { return true }
    return ChainedRow(first).map { $0.end.number <= number + 1 } ?? false
  }

  /// Processes lines that were read.
  ///
  /// - Returns: the new ones, and the number of rows missing before them.
  package mutating func take(_ lines: [ArraySlice<UInt8>]) -> (new: [ArraySlice<UInt8>], missing: Int) {
    let new = lines.filter(isNew)
    guard let first = InvestigationCursor.number(of: new.lazy),
      let last = InvestigationCursor.number(of: new.lazy.reversed())
    else {
      return (new, 0)
    }
    let missing = number > 0 && first > number ? first - number - 1 : 0
    number = last
    let row = new.lazy.reversed().compactMap { AuditLine(String(decoding: $0, as: UTF8.self))?.emittedAt }.first
    moment = row ?? moment
    return (new, missing)
  }

  /// Whether a row is new.
  ///
  /// A row without a number is; one with a used number is if it is younger, because a new log counts from 1 again.
  private func isNew(_ line: ArraySlice<UInt8>) -> Bool {
    guard let row = ChainedRow(line), row.end.number <= number else { return true }
    guard let written = AuditLine(String(decoding: line, as: UTF8.self))?.emittedAt else { return false }
    return written > moment
  }

  private static func number(of lines: some Sequence<ArraySlice<UInt8>>) -> Int? {
    for line in lines {
      if let row = ChainedRow(line) { return row.end.number }
    }
    return nil
  }
}
