// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The key `severities`: the words for severities, in rows of the same meaning, the most severe row first.
package struct SeveritySettings: FieldValue {
  package var scale: SeverityScale

  package static let note =
    "The severities, most severe first: each row lists words of the same meaning, and the first one is used."
  package static var shape: FieldShape { .list(.list(.string("a severity"))) }

  private static let mostRows = 16
  private static let longestWord = 64

  /// The scale of a value that may have mistakes, for reading the other keys; `read` reports them.
  static func scale(of node: JSONNode?) -> SeverityScale {
    SeverityScale((node?.elements ?? []).map { ($0.elements ?? []).compactMap(\.string) })
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> SeveritySettings? {
    guard let rows = node.elements else {
      report.error("expected a list of rows, found \(node.kindName).", at: node.offset, remedy: example)
      return nil
    }
    let errors = report.errorCount
    if rows.isEmpty { report.error("there are no rows.", at: node.offset, remedy: "Remove the key.") }
    if rows.count > mostRows {
      report.error("it has \(rows.count) rows; at most \(mostRows) are possible.", at: rows[mostRows].offset)
    }
    var places: [ExactText: Int] = [:]
    for (index, row) in rows.enumerated() {
      report.within("[\(index)]") { report in
        guard let words = row.elements else {
          return report.error("expected a list of words, found \(row.kindName).", at: row.offset, remedy: example)
        }
        if words.isEmpty { report.error("the row is empty.", at: row.offset, remedy: "Add a word, or remove the row.") }
        for word in words { check(word, in: index, &places, &report) }
      }
    }
    return report.errorCount == errors ? SeveritySettings(scale: scale(of: node)) : nil
  }

  private static let example = #"Write rows such as [["critical", "page"], ["warning"], ["info"]]."#

  private static func check(
    _ node: JSONNode,
    in row: Int,
    _ places: inout [ExactText: Int],
    _ report: inout Report
  ) {
    guard let word = node.string else {
      return report.error("expected a word, found \(node.kindName).", at: node.offset)
    }
    guard !word.isEmpty, word.utf8.count <= longestWord, word.isExactly(word.oneLine), !word.hasSuffix("+") else {
      return report.error(
        "a severity is one line of 1 to \(longestWord) bytes that does not end in +.",
        at: node.offset,
        remedy: "Write another word."
      )
    }
    if let other = places.updateValue(row, forKey: ExactText(word.lowercased())) {
      let place = other == row ? "twice in this row" : "in row [\(other)], too"
      report.error("\"\(word)\" is \(place).", at: node.offset, remedy: "Remove one of the two.")
    }
    if row > 0, word.lowercased() == Severity.critical.name {
      report.error(
        "\"critical\" belongs to the first row, because Belfry's own alerts are critical.",
        at: node.offset,
        remedy: "Move it to the first row, or leave it out."
      )
    }
  }

  package var shown: String { scale.severities.map(\.name).joined(separator: ", ") }
}
