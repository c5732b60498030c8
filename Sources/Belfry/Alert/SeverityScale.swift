// SPDX-License-Identifier: Apache-2.0

/// The severities of an installation: which words exist, which of them mean the same, and which are more severe.
///
/// `critical`, `warning` and `info` are words of every scale, because Belfry's own alerts and most exporters use them:
/// where no row contains them, they belong to the first row, to the second one, and to the last.
public struct SeverityScale: Sendable, Hashable {
  /// One severity per row, most severe first.
  public let severities: [Severity]
  /// All words of each row, the one in use first.
  package let rows: [[String]]
  /// The severity of each word, and of each word in lower case.
  private let words: [ExactText: Severity]
  /// Whether it is the scale without settings: then any other word is as good as these.
  package let isStandard: Bool

  /// The scale without settings: critical, warning, info.
  public static let standard = SeverityScale([])

  /// Creates a scale from rows of words with the same meaning, the most severe row first.
  ///
  /// The first word of a row is the one in use. Rows without words are ignored; without any row, it is the standard
  /// scale. Of two rows with the same word, the first one has it, and `critical` is always in the first row.
  package init(_ rows: [[String]]) {
    var rows = rows.filter { !$0.isEmpty }
    isStandard = rows.isEmpty
    if rows.isEmpty { rows = Severity.known.map { [$0.name] } }
    let last = rows.count - 1
    func row(of word: String, otherwise: Int) -> Int {
      rows.firstIndex { $0.contains { $0.lowercased() == word } } ?? otherwise
    }
    let warning = row(of: Severity.warning.name, otherwise: min(1, last))
    let implied = [
      (Severity.critical.name, 0), (Severity.warning.name, warning),
      (Severity.info.name, row(of: Severity.info.name, otherwise: last)),
    ]
    let severities = rows.enumerated().map { rank, row in
      Severity(row[0], rank: rank, level: rank == 0 ? .critical : rank <= warning ? .warning : .info)
    }
    for (word, index) in implied where !rows[index].contains(where: { $0.lowercased() == word }) {
      rows[index].append(word)
    }
    var words: [ExactText: Severity] = [ExactText(Severity.critical.name): severities[0]]
    for (row, severity) in zip(rows, severities) {
      for word in row.flatMap({ [$0, $0.lowercased()] }) where words[word] == nil { words[word] = severity }
    }
    (self.severities, self.rows, self.words) = (severities, rows, words)
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

  /// The words that mean this severity; an unknown word means only itself.
  package func words(of severity: Severity) -> [String] {
    severities.firstIndex { $0.isSame(as: severity) }.map { rows[$0] } ?? [severity.name]
  }

  private func known(_ word: String) -> Severity? { words[word] ?? words[word.lowercased()] }
}

extension Alert {
  /// The alert with its severity's word and rank in a scale.
  package func ranked(by scale: SeverityScale) -> Alert {
    let severity = scale.severity(severity.name)
    guard severity != self.severity else { return self }
    var alert = self
    alert.severity = severity
    return alert
  }
}
