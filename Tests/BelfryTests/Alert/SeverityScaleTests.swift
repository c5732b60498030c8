// SPDX-License-Identifier: Apache-2.0
import Belfry
import Testing

@Suite("Severity scales")
struct SeverityScaleTests {
  private static let four = [["critical", "page", "p1"], ["error", "high"], ["warning", "p2"], ["info", "none"]]

  struct Case: Sendable, CustomTestStringConvertible {
    let rows: [[String]]
    let words: [String: Severity]
    var testDescription: String { "\(rows)" }
  }

  static let cases = [
    Case(
      rows: [],
      words: [
        "critical": .critical, "warning": .warning, "info": .info, "CRITICAL": .critical, "page": Severity("page"),
        "": Severity(""),
      ]
    ),
    Case(
      rows: four,
      words: [
        "critical": .critical, "page": .critical, "P1": .critical, "error": Severity("error", rank: 1, level: .warning),
        "High": Severity("error", rank: 1, level: .warning), "p2": Severity("warning", rank: 2, level: .warning),
        "none": Severity("info", rank: 3, level: .info), "debug": Severity("debug", rank: 4, level: .other),
      ]
    ),
    // The three words are part of every scale.
    Case(
      rows: [["page"]],
      words: [
        "page": Severity("page", rank: 0, level: .critical), "critical": Severity("page", rank: 0, level: .critical),
        "warning": Severity("page", rank: 0, level: .critical), "info": Severity("page", rank: 0, level: .critical),
        "x": Severity("x", rank: 1, level: .other),
      ]
    ),
    Case(
      rows: [["P1"], ["P2"], ["P3"], ["P4"]],
      words: [
        "critical": Severity("P1", rank: 0, level: .critical), "warning": Severity("P2", rank: 1, level: .warning),
        "info": Severity("P4", rank: 3, level: .info), "p3": Severity("P3", rank: 2, level: .info),
      ]
    ),
    Case(
      rows: [["a"], ["critical", "b"]],
      words: ["critical": Severity("a", rank: 0, level: .critical)]
    ),
  ]

  @Test("a word has its row's rank and first word, in any case, and an unknown one ranks last", arguments: cases)
  func words(example: Case) {
    let scale = SeverityScale(example.rows)
    for (word, severity) in example.words {
      #expect(scale.severity(word) == severity, "\(word)")
      #expect(scale.isKnown(word) == (severity.level != .other), "\(word)")
      #expect(scale.severity(severity.name) == severity, "\(word): a severity that is read again stays the same")
    }
  }

  @Test("a severity is written with all words of its row where others must recognise it")
  func synonyms() {
    let scale = SeverityScale([["page", "p1"], ["error"]])
    #expect(scale.words(of: scale.severity("p1")) == ["page", "p1", "critical"])
    #expect(scale.words(of: scale.severity("error")) == ["error", "warning", "info"])
    #expect(scale.words(of: scale.severity("odd")) == ["odd"])
    #expect(SeverityScale.standard.words(of: .info) == ["info"])
  }

  @Test("the standard scale gives each word the severity that it has by itself")
  func standard() {
    for word in ["critical", "warning", "info", "other", ""] {
      #expect(SeverityScale.standard.severity(word) == Severity(word))
    }
  }

  @Test("the severities from one on are those of its row and the rows before", arguments: [1, 3, 16])
  func atLeast(count: Int) {
    let rows = (0..<count).map { ["s\($0)", "t\($0)"] }
    let scale = SeverityScale(rows)
    #expect(scale.severities.map(\.rank) == Array(0..<count))
    for rank in 0..<count {
      #expect(scale.atLeast(scale.severity("t\(rank)")) == Set(scale.severities[...rank]))
    }
    #expect(scale.atLeast(scale.severity("unknown")) == Set(scale.severities))
  }

  @Test("deliveries of ranks after the third share the ledger's last class, and only the first row is critical")
  func urgency() {
    let scale = SeverityScale((0..<16).map { ["s\($0)"] })
    #expect(scale.severities.map(\.urgency) == [0, 1, 2] + Array(repeating: 3, count: 13))
    #expect(scale.severities.map(\.isCritical) == [true] + Array(repeating: false, count: 15))
  }
}
