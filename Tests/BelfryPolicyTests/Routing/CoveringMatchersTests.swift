// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTesting
import Testing

@Suite("The first matcher that covers another one")
struct CoveringMatchersTests {
  private static func patterns(_ texts: [String]) -> Patterns {
    Patterns(texts.map { $0.contains("*") ? .glob(Glob($0)) : .exact(ExactText($0)) })
  }

  private static func matcher(
    severity: [Severity] = [],
    category: [String] = [],
    labels: [(String, [String])] = []
  ) -> Matcher {
    var matcher = Matcher()
    if !severity.isEmpty { matcher.severity = SeveritySelector(Set(severity)) }
    if !category.isEmpty { matcher.category = patterns(category) }
    matcher.labels = labels.map { Matcher.LabelMatcher(name: $0.0, patterns: patterns($0.1)) }
    return matcher
  }

  private static func random(using generator: inout SeededGenerator) -> Matcher {
    let words = ["a", "b", "c", "d*"]
    func some(of count: Int) -> [String] { Array(words.shuffled(using: &generator).prefix(count)) }
    var matcher = matcher(
      severity: Array(
        [Severity.critical, .warning, .info].shuffled(using: &generator).prefix(
          Int.random(in: 0...2, using: &generator)
        )
      ),
      category: some(of: Int.random(in: 0...3, using: &generator)),
      labels: ["team", "host"].filter { _ in Bool.random(using: &generator) }.map {
        ($0, some(of: Int.random(in: 1...3, using: &generator)))
      }
    )
    if Int.random(in: 0..<20, using: &generator) == 0 { matcher = Matcher() }
    matcher.unless = ["a", "b"].filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }.map {
      Self.matcher(category: [$0])
    }
    return matcher
  }

  @Test("is the one that a comparison with all of them finds", arguments: 0..<40)
  func oracle(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    let all = (0..<120).map { _ in Self.random(using: &generator) }
    var covering = CoveringMatchers(among: all)
    var added: [Int] = []
    for (index, matcher) in all.enumerated() {
      let expected = added.first { all[$0].covers(matcher) }
      #expect(covering.first(covering: matcher) == expected)
      // As for routes that continue.
      if index % 5 > 0, expected == nil {
        covering.add(matcher, at: index)
        added.append(index)
      }
    }
  }

  /// Files of many routes of which none covers another.
  private static let shapes: [String: @Sendable (Int) -> Matcher] = [
    "a category each": { matcher(category: ["category-\($0)"]) },
    "a severity and a team each": { matcher(severity: [.critical], labels: [("team", ["team-\($0)"])]) },
    "one of 100 teams and one of 100 services": {
      matcher(labels: [("team", ["team-\($0 % 100)"]), ("service", ["service-\($0 / 100)"])])
    },
    "a list of categories that share one": { matcher(category: ["common", "category-\($0)"]) },
    "a glob each": { matcher(category: ["category-\($0)-*"]) },
    "a label name each": { matcher(severity: [.critical], labels: [("label-\($0)", ["x"])]) },
    "severities and above, a cluster and a host each": {
      matcher(
        severity: [.critical, .warning],
        labels: [("cluster", ["eu-\($0 % 7)"]), ("host", ["host-\($0)", "host-\($0 + 1)"])]
      )
    },
  ]

  @Test("is none that names a label with other bytes")
  func labelBytes() {
    let composed = Self.matcher(labels: [("\u{E9}", ["x"])])
    let decomposed = Self.matcher(labels: [("e\u{301}", ["x"])])
    #expect(composed != decomposed)
    #expect(!composed.covers(decomposed))
    var covering = CoveringMatchers(among: [composed, decomposed])
    covering.add(composed, at: 0)
    #expect(covering.first(covering: decomposed) == nil)
    covering.add(decomposed, at: 1)
    #expect(covering.first(covering: decomposed) == 1)
    #expect(covering.first(covering: composed) == 0)
  }

  @Test("is found among 10,000 with at most two comparisons each", arguments: shapes.keys.sorted())
  func work(shape: String) throws {
    let make = try #require(Self.shapes[shape])
    let all = (0..<10_000).map(make)
    var covering = CoveringMatchers(among: all)
    for (index, matcher) in all.enumerated() {
      #expect(covering.first(covering: matcher) == nil)
      covering.add(matcher, at: index)
    }
    #expect(covering.comparisons <= 2 * all.count)
    #expect(covering.first(covering: make(9_999)) == 9_999)
  }
}
