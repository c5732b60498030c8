// SPDX-License-Identifier: Apache-2.0

/// The differences between two texts, line by line, in the unified format of `diff -u`.
struct LineDifference: Sendable {
  private enum Line: Sendable, Hashable {
    case both(String)
    case old(String)
    case new(String)
  }

  private let lines: [Line]
  /// The number of lines shown around a change.
  private static let context = 3

  init(from old: String, to new: String) {
    let (old, new) = (LineDifference.lines(of: old), LineDifference.lines(of: new))
    let difference = new.difference(from: old)
    let removed = Set(difference.removals.compactMap { if case .remove(let offset, _, _) = $0 { offset } else { nil } })
    let added = Set(difference.insertions.compactMap { if case .insert(let offset, _, _) = $0 { offset } else { nil } })
    var lines: [Line] = []
    var (left, right) = (0, 0)
    while left < old.count || right < new.count {
      if left < old.count, removed.contains(left) {
        lines.append(.old(old[left]))
        left += 1
      } else if right < new.count, added.contains(right) {
        lines.append(.new(new[right]))
        right += 1
      } else {
        lines.append(.both(old[left]))
        left += 1
        right += 1
      }
    }
    self.lines = lines
  }

  /// The differences; empty if both are the same.
  func text(from old: String, to new: String) -> String {
    let hunks = hunks()
    guard !hunks.isEmpty else { return "" }
    return (["--- \(old)", "+++ \(new)"] + hunks.flatMap(shown)).joined(separator: "\n")
  }

  private static func lines(of text: String) -> [String] {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }

  /// The ranges of lines to show: each change with its surrounding lines, joined if they touch.
  private func hunks() -> [Range<Int>] {
    var hunks: [Range<Int>] = []
    for index in lines.indices {
      if case .both = lines[index] { continue }
      let begin = max(0, index - LineDifference.context)
      let end = min(lines.count, index + LineDifference.context + 1)
      if let last = hunks.last, begin <= last.upperBound {
        hunks[hunks.count - 1] = last.lowerBound..<end
      } else {
        hunks.append(begin..<end)
      }
    }
    return hunks
  }

  private func shown(_ hunk: Range<Int>) -> [String] {
    let before = lines[..<hunk.lowerBound]
    let head =
      "@@ -\(place(before, lines[hunk]) { if case .new = $0 { false } else { true } })"
      + " +\(place(before, lines[hunk]) { if case .old = $0 { false } else { true } }) @@"
    return [head]
      + lines[hunk].map { line in
        switch line {
        case .both(let text): " " + text
        case .old(let text): "-" + text
        case .new(let text): "+" + text
        }
      }
  }

  /// The position of a hunk in one of the texts: its first line, from 1, and the number of lines.
  private func place(_ before: ArraySlice<Line>, _ hunk: ArraySlice<Line>, _ isIn: (Line) -> Bool) -> String {
    let count = hunk.count(where: isIn)
    return "\(before.count(where: isIn) + (count > 0 ? 1 : 0)),\(count)"
  }
}
