// SPDX-License-Identifier: Apache-2.0

/// A byte sequence to search for.
typealias BytePattern = SearchPattern<UInt8>

/// A sequence to search for, in time proportional to the text, whatever both contain (Knuth, Morris and Pratt).
///
/// A search compares at most three times as many elements as the text has. Generic, so that a test can count them.
struct SearchPattern<Element: Equatable & Sendable>: Sendable {
  let elements: [Element]
  /// For each prefix: the length of the longest shorter prefix that is also its suffix.
  private let borders: [Int]

  /// Creates a pattern of at least one element.
  init(_ elements: [Element]) {
    var borders = [0]
    for index in elements.indices.dropFirst() {
      borders.append(SearchPattern.next(borders[index - 1], elements[index], elements, borders))
    }
    (self.elements, self.borders) = (elements, borders)
  }

  /// Its positions in a text; the ranges may overlap.
  func occurrences(in text: [Element]) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var matched = 0
    for (index, element) in text.enumerated() {
      matched = SearchPattern.next(matched, element, elements, borders)
      guard matched == elements.count else { continue }
      found.append(index + 1 - matched..<index + 1)
      matched = borders[matched - 1]
    }
    return found
  }

  /// The length of its longest prefix at the end of a text shorter than it.
  func overlap(withEndOf text: some Sequence<Element>) -> Int {
    text.reduce(0) { SearchPattern.next($0, $1, elements, borders) }
  }

  /// The length of the matched prefix after one more element.
  private static func next(_ matched: Int, _ element: Element, _ elements: [Element], _ borders: [Int]) -> Int {
    var matched = matched
    while matched > 0, elements[matched] != element { matched = borders[matched - 1] }
    return elements[matched] == element ? matched + 1 : 0
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
  var longestPart: Int { forwards.elements.count - 1 }

  /// The length of its suffix at the start of a text; nil if it is too short to count.
  func lengthOfRest(at beginning: ArraySlice<UInt8>) -> Int? {
    counted(backwards.overlap(withEndOf: beginning.reversed()))
  }

  /// The length of its prefix at the end of a text; nil if it is too short to count.
  func lengthOfBeginning(at end: ArraySlice<UInt8>) -> Int? { counted(forwards.overlap(withEndOf: end)) }

  private func counted(_ length: Int) -> Int? { length >= Redaction.leastPart ? length : nil }
}
