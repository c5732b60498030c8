// SPDX-License-Identifier: Apache-2.0

/// Bytes that are searched for in time proportional to the text, whatever both hold (Knuth, Morris and Pratt).
struct BytePattern: Sendable {
  let bytes: [UInt8]
  /// For each length of its beginning: the longest shorter beginning that is also the end of that one.
  private let borders: [Int]

  /// Creates a pattern of at least one byte.
  init(_ bytes: [UInt8]) {
    var borders = [0]
    for index in bytes.indices.dropFirst() {
      borders.append(BytePattern.next(borders[index - 1], bytes[index], bytes, borders))
    }
    (self.bytes, self.borders) = (bytes, borders)
  }

  /// Where it stands in a text; the ranges may overlap.
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

  /// How much of its beginning stands at the end of a text that is shorter than it.
  func overlap(withEndOf text: some Sequence<UInt8>) -> Int {
    text.reduce(0) { BytePattern.next($0, $1, bytes, borders) }
  }

  /// How much of the beginning is matched after one more byte.
  private static func next(_ matched: Int, _ byte: UInt8, _ bytes: [UInt8], _ borders: [Int]) -> Int {
    var matched = matched
    while matched > 0, bytes[matched] != byte { matched = borders[matched - 1] }
    return bytes[matched] == byte ? matched + 1 : 0
  }
}

/// A secret that may be cut off by an end of a text.
struct CutSecret: Sendable {
  private let forwards: BytePattern
  private let backwards: BytePattern

  init(_ whole: [UInt8]) {
    forwards = BytePattern(whole)
    backwards = BytePattern(whole.reversed())
  }

  /// How much of it is searched for at an end of a text, at most.
  var longestPart: Int { forwards.bytes.count - 1 }

  /// How much of its end stands where a text begins; nil when that is too little to count.
  func lengthOfRest(at beginning: ArraySlice<UInt8>) -> Int? {
    counted(backwards.overlap(withEndOf: beginning.reversed()))
  }

  /// How much of its beginning stands where a text ends; nil when that is too little to count.
  func lengthOfBeginning(at end: ArraySlice<UInt8>) -> Int? { counted(forwards.overlap(withEndOf: end)) }

  private func counted(_ length: Int) -> Int? { length >= Redaction.leastPart ? length : nil }
}
