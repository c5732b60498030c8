// SPDX-License-Identifier: Apache-2.0

/// The severities of an installation: which words exist, which of them mean the same, and which are more severe.
///
/// `critical`, `warning` and `info` are words of every scale, because Belfry's own alerts and most exporters use them:
/// where no row contains them, they belong to the first row, to the second one, and to the last.
public struct SeverityScale: Sendable, Hashable {
  /// One severity per row, most severe first.
  public let severities: [Severity]
  /// The severity of each word, and of each word in lower case.
  private let words: [ExactText: Severity]

  /// The scale without settings: critical, warning, info.
  public static let standard = SeverityScale(Severity.known.map { [$0.name] })

  /// Creates a scale from rows of words with the same meaning, the most severe row first.
  ///
  /// The first word of a row is the one in use. Rows without words are ignored; without any row, it is the standard
  /// scale. Of two rows with the same word, the first one has it, and `critical` is always in the first row.
  package init(_ rows: [[String]]) {
    var rows = rows.filter { !$0.isEmpty }
    if rows.isEmpty { rows = Severity.known.map { [$0.name] } }
    let last = rows.count - 1
    func row(of word: String, otherwise: Int) -> Int { rows.firstIndex { $0.contains(word) } ?? otherwise }
    let warning = row(of: Severity.warning.name, otherwise: min(1, last))
    let info = row(of: Severity.info.name, otherwise: last)
    let severities = rows.enumerated().map { rank, row in
      Severity(row[0], rank: rank, level: rank == 0 ? .critical : rank <= warning ? .warning : .info)
    }
    var words: [ExactText: Severity] = [:]
    func add(_ word: String, _ rank: Int) {
      for key in [ExactText(word), ExactText(word.lowercased())] where words[key] == nil {
        words[key] = severities[rank]
      }
    }
    add(Severity.critical.name, 0)
    for (rank, row) in rows.enumerated() { for word in row { add(word, rank) } }
    add(Severity.warning.name, warning)
    add(Severity.info.name, info)
    (self.severities, self.words) = (severities, words)
  }

  /// The severity of a word: the row's first word and rank, or, for an unknown word, the word itself after the last row.
  ///
  /// A word in another case is the same word.
  public func severity(_ word: String) -> Severity {
    known(word) ?? Severity(word, rank: severities.count, level: .other)
  }

  /// Whether a row contains the word.
  public func isKnown(_ word: String) -> Bool { known(word) != nil }

  /// The severities of the scale that are as severe as this one, or more severe.
  package func atLeast(_ severity: Severity) -> Set<Severity> {
    Set(severities.prefix { $0.rank <= severity.rank })
  }

  private func known(_ word: String) -> Severity? { words[word] ?? words[word.lowercased()] }
}
