// SPDX-License-Identifier: Apache-2.0

/// A byte sequence to search for, in time proportional to the text, whatever both contain (Knuth, Morris and Pratt).
struct BytePattern: Sendable {
  let bytes: [UInt8]
  /// For each prefix: the length of the longest shorter prefix that is also its suffix.
  private let borders: [Int]

  /// Creates a pattern of at least one byte.
  init(_ bytes: [UInt8]) {
    var borders = [0]
    for index in bytes.indices.dropFirst() {
      borders.append(BytePattern.next(borders[index - 1], bytes[index], bytes, borders))
    }
    (self.bytes, self.borders) = (bytes, borders)
  }

  /// Its positions in a text; the ranges may overlap.
  func occurrences(in text: [UInt8]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var matched = 0
    for (index, byte) in text.enumerated() {
      matched = BytePattern.next(matched, byte, bytes, borders)
      guard matched == bytes.count else { continue }
      found.append(index + 1 - matched..<index + 1)
      matched = borders[matched - 1]
    }
    return found
  }

  /// The length of its longest prefix at the end of a text shorter than it.
  func overlap(withEndOf text: some Sequence<UInt8>) -> Int {
    text.reduce(0) { BytePattern.next($0, $1, bytes, borders) }
  }

  /// The length of the matched prefix after one more byte.
  private static func next(_ matched: Int, _ byte: UInt8, _ bytes: [UInt8], _ borders: [Int]) -> Int {
    var matched = matched
    while matched > 0, bytes[matched] != byte { matched = borders[matched - 1] }
    return bytes[matched] == byte ? matched + 1 : 0
  }
}

/// A secret that may be cut off at either end of a text.
struct CutSecret: Sendable {
  private let forwards: BytePattern
  private let backwards: BytePattern

  init(_ whole: [UInt8]) {
    forwards = BytePattern(whole)
    backwards = BytePattern(whole.reversed())
  }

  /// The longest part of it that is searched for at an end of a text.
  var longestPart: Int { forwards.bytes.count - 1 }

  /// The length of its suffix at the start of a text; nil if it is too short to count.
  func lengthOfRest(at beginning: ArraySlice<UInt8>) -> Int? {
    counted(backwards.overlap(withEndOf: beginning.reversed()))
  }

  /// The length of its prefix at the end of a text; nil if it is too short to count.
  func lengthOfBeginning(at end: ArraySlice<UInt8>) -> Int? { counted(forwards.overlap(withEndOf: end)) }

  private func counted(_ length: Int) -> Int? { length >= Redaction.leastPart ? length : nil }
}
