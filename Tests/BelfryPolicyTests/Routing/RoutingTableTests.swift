// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing

@Suite("The routing table")
struct RoutingTableTests {
  @Test("finds by its index the same routes as a check of every route", arguments: 0..<40)
  func sameAsScan(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let table = RoutingTable((0..<Int.random(in: 1...60, using: &random)).map { .any($0, &random) })
    for _ in 0..<200 {
      let alert = Alert.random(&random)
      var memo = MatchMemo()
      #expect(table.resolve(alert, memo: &memo).map(\.index) == scan(table.routes, alert))
    }
  }

  private func scan(_ routes: [Route], _ alert: Alert) -> [Int] {
    var memo = MatchMemo()
    var found: [Int] = []
    for route in routes where route.matcher.matches(alert, memo: &memo) {
      found.append(route.index)
      if !route.continues { break }
    }
    return found
  }

  @Test("checks few of a thousand routes with exact values")
  func fewCandidates() {
    let routes = (0..<1000).map { index in
      var matcher = Matcher()
      matcher.severity = SeveritySelector([.critical, .warning])
      if index % 2 == 0 {
        matcher.category = Patterns([.exact("category\(index)")])
      } else {
        matcher.labels = [
          Matcher.LabelMatcher(name: "team", patterns: Patterns([.exact("team\(index)")])),
          Matcher.LabelMatcher(name: "region", patterns: Patterns([.exact("r\(index % 3)")])),
        ]
      }
      return Route.test(index, matcher)
    }
    let table = RoutingTable(routes)
    for index in stride(from: 0, to: 999, by: 37) {
      let labels: Labels = ["team": "team\(index | 1)", "region": "r\((index | 1) % 3)"]
      let alert = Alert.test("a", .warning, "category\(index)", labels: labels)
      #expect(table.candidateCount(for: alert) <= 2)
      var memo = MatchMemo()
      #expect(!table.resolve(alert, memo: &memo).isEmpty)
    }
  }

  @Test("checks a route without exact values for every alert, in its order")
  func loose() {
    var glob = Matcher()
    glob.category = Patterns([.glob(Glob("d*"))])
    var exact = Matcher()
    exact.category = Patterns([.exact("disk")])
    let table = RoutingTable([.test(0, exact, continues: true), .test(1, glob, continues: true), .test(2, exact)])
    var memo = MatchMemo()
    #expect(table.resolve(.test("a", .info, "disk"), memo: &memo).map(\.index) == [0, 1, 2])
    #expect(table.resolve(.test("a", .info, "db"), memo: &memo).map(\.index) == [1])
  }

  /// One letter, composed and decomposed: equal strings in Swift, and two names for a label.
  static let spellings = ["\u{E9}", "e\u{301}"]

  @Test("keeps apart routes on labels whose names differ only in their bytes", arguments: spellings, spellings)
  func labelBytes(name: String, first: String) {
    let names = [first] + RoutingTableTests.spellings.filter { !$0.isExactly(first) }
    let table = RoutingTable(
      names.enumerated().map { index, name in
        var matcher = Matcher()
        matcher.labels = [Matcher.LabelMatcher(name: name, patterns: Patterns([.exact("x")]))]
        return .test(index, matcher)
      }
    )
    var memo = MatchMemo()
    let found = table.resolve(.test("a", labels: [name: "x"]), memo: &memo).map(\.index)
    #expect(found == [name.isExactly(first) ? 0 : 1])
  }
}

extension Route {
  fileprivate static func test(_ index: Int, _ matcher: Matcher, continues: Bool = false) -> Route {
    Route(
      index: index,
      matcher: matcher,
      to: ["pager"],
      continues: continues,
      resolved: false,
      note: "",
      rule: Rule(path: "routes[\(index)]", line: 1),
      identity: "\(index)"
    )
  }

  fileprivate static func any(_ index: Int, _ random: inout SeededGenerator) -> Route {
    func isIn(_ random: inout SeededGenerator) -> Bool { Int.random(in: 0..<3, using: &random) == 0 }
    var matcher = Matcher()
    if isIn(&random) { matcher.severity = SeveritySelector([.random(&random), .random(&random)]) }
    if isIn(&random) { matcher.category = .any(&random) }
    if isIn(&random) { matcher.source = .any(&random) }
    for name in ["x", "y", "alertname"] where isIn(&random) {
      matcher.labels.append(Matcher.LabelMatcher(name: name, patterns: .any(&random)))
    }
    if isIn(&random) {
      var excluded = Matcher()
      excluded.category = .any(&random)
      matcher.unless = [excluded]
    }
    return .test(index, matcher, continues: isIn(&random))
  }
}

extension Patterns {
  fileprivate static func any(_ random: inout SeededGenerator) -> Patterns {
    Patterns(
      (0..<Int.random(in: 1...3, using: &random)).map { _ in
        let word = String.word(&random)
        let text = ["\(word)*", "/^[a\(word)]/"][Int.random(in: 0...1, using: &random)]
        let pattern = try? Pattern(text: Int.random(in: 0..<5, using: &random) == 0 ? text : word)
        return pattern ?? .exact(ExactText(word))
      }
    )
  }
}

extension String {
  fileprivate static func word(_ random: inout SeededGenerator) -> String {
    ["", "a", "b", "ab", "c"].randomElement(using: &random) ?? ""
  }
}

extension Severity {
  fileprivate static func random(_ random: inout SeededGenerator) -> Severity {
    [.critical, .warning, .info, .odd].randomElement(using: &random) ?? .info
  }
}

extension Alert {
  fileprivate static func random(_ random: inout SeededGenerator) -> Alert {
    var labels = Labels()
    for name in ["x", "y", "alertname", "severity"] where Bool.random(using: &random) { labels[name] = .word(&random) }
    return .test("a", .random(&random), .word(&random), from: SourceName(.word(&random)), labels: labels)
  }
}
