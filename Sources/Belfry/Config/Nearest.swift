// SPDX-License-Identifier: Apache-2.0

/// Finds the known name closest to an unknown one, which is probably a typing mistake.
package enum Nearest {
  /// The known name with the fewest edits from `name`, if they are few enough for a typing mistake.
  package static func name(to name: String, among known: [String]) -> String? {
    let allowed = max(1, name.count / 3)
    let near =
      known
      .map { (name: $0, distance: distance(name.lowercased(), $0.lowercased())) }
      .filter { $0.distance <= allowed }
      .min { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return near?.name
  }

  /// A sentence that suggests the closest name, or lists the known names if none is close.
  package static func remedy(for name: String, among known: [String]) -> String {
    if let near = Nearest.name(to: name, among: known) { return "Did you mean \"\(near)\"?" }
    return list(known)
  }

  /// A sentence that lists the known names, or the first of many.
  package static func list(_ known: [String]) -> String {
    let shown = known.sorted().prefix(longestList)
    let more = known.count > shown.count ? " and \(known.count - shown.count) more" : ""
    return known.isEmpty ? "" : "Known: \(shown.joined(separator: ", "))\(more)."
  }

  /// The most names in a sentence.
  private static let longestList = 50

  /// The number of edits between two words: insert, delete, replace, or swap of two neighbours (optimal string
  /// alignment).
  package static func distance(_ left: String, _ right: String) -> Int {
    let a = Array(left.unicodeScalars.prefix(64))
    let b = Array(right.unicodeScalars.prefix(64))
    guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let cost = a[i - 1] == b[j - 1] ? 0 : 1
        var best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + cost)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { best = min(best, beforeLast[j - 2] + 1) }
        row.append(best)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }
}
