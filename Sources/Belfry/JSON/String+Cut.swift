// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The start of the text, at most `limit` bytes, cut between characters.
  ///
  /// A character can have any length (a letter may carry a megabyte of accents). If keeping it whole would cost more
  /// than 64 bytes, it is cut between two Unicode scalars.
  package func cut(toUTF8 limit: Int) -> String {
    guard utf8.count > limit else { return self }
    guard limit > 0 else { return "" }
    let end = utf8.index(startIndex, offsetBy: limit)
    // An index inside a character rounds down to that character's start.
    let whole = index(before: index(after: end))
    if utf8.distance(from: whole, to: end) <= 64 { return String(self[..<whole]) }
    return String(self[..<unicodeScalars.index(before: unicodeScalars.index(after: end))])
  }
}
