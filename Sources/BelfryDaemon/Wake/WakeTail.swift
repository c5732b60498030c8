// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Which row of the audit log was read last, by the number that every row bears.
///
/// A file's identity and an offset say where to read on, as long as there is this file. Where it was removed, or its disk is
/// another one to the system after a start of the machine, the numbers tell what is new and what is missing.
package struct WakeTail: Sendable, Hashable {
  /// Of the last row that was read; 0 for none.
  private var number = 0
  private var moment = Instant(seconds: 0)

  package init() {}

  /// Begins after the row of that number, as it was at that moment.
  package init(after number: Int, at moment: Instant) {
    self.number = number
    self.moment = moment
  }

  /// What is to be kept: the number, then the moment in microseconds.
  package var text: String { "\(number) \(moment.microseconds)" }

  /// Reads what `text` gave.
  ///
  /// - Returns: nil for any other text.
  package init?(text: String) {
    let words = text.split(separator: " ")
    guard words.count == 2, let number = Int(words[0]), let moment = Int64(words[1]) else { return nil }
    self.init(after: number, at: Instant(microseconds: moment))
  }

  /// Whether lines come after what was read, or repeat it: else they are of another place than where was read to, such as of a
  /// file that has the identity of one that was removed.
  package func isFollowed(by lines: [ArraySlice<UInt8>]) -> Bool {
    guard number > 0, let first = lines.first else { return true }
    return ChainedRow(first).map { $0.end.number <= number + 1 } ?? false
  }

  /// Takes lines in that were read.
  ///
  /// - Returns: those of them that are new, and how many rows are missing before them.
  package mutating func take(_ lines: [ArraySlice<UInt8>]) -> (new: [ArraySlice<UInt8>], missing: Int) {
    let new = lines.filter(isNew)
    guard let first = WakeTail.number(of: new.lazy), let last = WakeTail.number(of: new.lazy.reversed()) else {
      return (new, 0)
    }
    let missing = number > 0 && first > number ? first - number - 1 : 0
    number = last
    let row = new.lazy.reversed().compactMap { AuditLine(String(decoding: $0, as: UTF8.self))?.emittedAt }.first
    moment = row ?? moment
    return (new, missing)
  }

  /// A row that bears no number is taken as new; one that bears a number that is used is so when it is younger, as a log that
  /// was begun anew counts from 1 again.
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
