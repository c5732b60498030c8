// SPDX-License-Identifier: Apache-2.0
internal import Foundation

/// A row of a table of outcomes in the documentation: answers of a service, and the class that they belong to.
///
/// `` `HTTP 500-502` `` in the first column is the three answers `HTTP 500`, `HTTP 501` and `HTTP 502`.
package struct OutcomeRow: Sendable, CustomStringConvertible {
  /// An answer, as words: `HTTP`, `503`.
  package typealias Answer = [String]

  package let answers: [Answer]
  /// The class, as ``Verdict/name`` writes it.
  package let outcome: String
  /// The first column as written.
  private let shown: String

  package var description: String { "\(shown.prefix(60)): \(outcome)" }

  /// The rows of the table on a page, such as `docs/channels/exec.md`; empty if it has none.
  ///
  /// After the words in `codes` all words are one answer, as in `SMTP 550 5.1.1`.
  package static func table(in page: String, codes: Set<String> = []) -> [OutcomeRow] {
    let text = FileManager.default.contents(atPath: DocsPage.root.appending(path: page).path) ?? Data()
    let lines = String(decoding: text, as: UTF8.self).components(separatedBy: "\n")
    let table = lines.drop { $0 != "| what comes back | class |" }.dropFirst(2)
    return table.prefix { $0.hasPrefix("|") }.map { OutcomeRow($0, codes) }
  }

  private init(_ line: String, _ codes: Set<String>) {
    let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    shown = cells.first ?? ""
    outcome = cells.count > 1 ? cells[1] : ""
    // Every second piece is between two backticks.
    let pieces = shown.components(separatedBy: "`")
    answers = stride(from: 1, to: pieces.count, by: 2).flatMap { OutcomeRow.spread(pieces[$0], codes) }
  }

  private static func spread(_ text: String, _ codes: Set<String>) -> [Answer] {
    let words = text.split(separator: " ").map(String.init)
    guard let first = words.first, words.count > 1, !codes.contains(first) else { return [words] }
    return words.dropFirst().flatMap { word -> [Answer] in
      let ends = word.split(separator: "-").compactMap { Int($0) }
      guard ends.count == 2, ends[0] <= ends[1] else { return [[first, word]] }
      return (ends[0]...ends[1]).map { [first, String($0)] }
    }
  }
}
