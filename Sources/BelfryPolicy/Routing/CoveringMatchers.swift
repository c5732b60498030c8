// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Matchers in the order of their routes, in which the first one that covers another matcher is found by hash.
///
/// A matcher that covers another one has no condition that the other lacks, and each of its conditions names every value
/// that the other's names. So it is filed under combinations of its values, and found by one value of each condition of
/// the other. Of those conditions and values the rarest are used, so that few matchers have to be compared.
///
/// A label may only occur once in a matcher, as in `channels.json`.
package struct CoveringMatchers {
  /// What a condition is about.
  private struct Field: Hashable, Comparable {
    var kind: Int
    /// A label's, or the text of what is excluded.
    var name: ExactText = ""

    static func < (left: Field, right: Field) -> Bool { (left.kind, left.name) < (right.kind, right.name) }
  }

  private enum Value: Hashable {
    case severity(Severity)
    case pattern(Pattern)
    case excluded(Matcher)
  }

  /// One value of a condition.
  private struct Term: Hashable {
    var field: Field
    var value: Value
  }

  private typealias Condition = (field: Field, terms: [Term])

  private var matchers: [Int: Matcher] = [:]
  /// The first one without a condition.
  private var catchAll: Int?
  /// Matchers by one value of each field of their key, in order.
  private var filed: [[Term]: [Int]] = [:]
  /// The fields of these keys, by the rarest of them.
  private var keys: [Field: Set<[Field]>] = [:]
  /// How many of all matchers have a condition about a field, and one that names a value.
  private var fieldCounts: [Field: Int] = [:]
  private var termCounts: [Term: Int] = [:]
  /// The number of comparisons so far.
  package private(set) var comparisons = 0

  /// The most combinations of values under which a matcher is filed, unless a single condition has more.
  private static let mostCombinations = 16

  /// Makes an empty list, for matchers that are among these.
  package init(among all: some Sequence<Matcher>) {
    for matcher in all {
      for condition in CoveringMatchers.conditions(of: matcher) {
        fieldCounts[condition.field, default: 0] += 1
        for term in condition.terms { termCounts[term, default: 0] += 1 }
      }
    }
  }

  /// Adds a matcher; `index`, its place in the order, is higher than that of all before it.
  package mutating func add(_ matcher: Matcher, at index: Int) {
    // What it covers, an earlier one covers too.
    guard catchAll == nil else { return }
    let conditions = CoveringMatchers.conditions(of: matcher).map { ($0, weight: weight($0)) }
      .sorted { ($0.weight, $0.0.field) < ($1.weight, $1.0.field) }.map(\.0)
    guard let rarest = conditions.first else {
      catchAll = index
      return
    }
    matchers[index] = matcher
    var chosen = [rarest]
    var count = rarest.terms.count
    for condition in conditions.dropFirst() where count * condition.terms.count <= CoveringMatchers.mostCombinations {
      chosen.append(condition)
      count *= condition.terms.count
    }
    chosen.sort { $0.field < $1.field }
    for key in CoveringMatchers.combinations(chosen) { filed[key, default: []].append(index) }
    let fields = chosen.map(\.field)
    let anchor = fields.min { (fieldCounts[$0] ?? 0, $0) < (fieldCounts[$1] ?? 0, $1) }
    if let anchor { keys[anchor, default: []].insert(fields) }
  }

  /// The place of the first matcher that certainly takes every alert that this one takes; nil if there is none.
  package mutating func first(covering matcher: Matcher) -> Int? {
    var rarest: [Field: Term] = [:]
    for condition in CoveringMatchers.conditions(of: matcher) {
      rarest[condition.field] = condition.terms.min { (termCounts[$0] ?? 0) < (termCounts[$1] ?? 0) }
    }
    var first = catchAll
    for fields in rarest.keys.compactMap({ keys[$0] }).joined() {
      let key = fields.compactMap { rarest[$0] }
      guard key.count == fields.count, let candidates = filed[key] else { continue }
      for index in candidates where index < first ?? .max {
        comparisons += 1
        guard matchers[index]?.covers(matcher) == true else { continue }
        first = index
        break
      }
    }
    return first
  }

  /// How many conditions name one of its values.
  private func weight(_ condition: Condition) -> Int {
    condition.terms.reduce(0) { $0 + (termCounts[$1] ?? 0) }
  }

  private static func combinations(_ conditions: [Condition]) -> [[Term]] {
    conditions.reduce([[]]) { keys, condition in keys.flatMap { key in condition.terms.map { key + [$0] } } }
  }

  private static func conditions(of matcher: Matcher) -> [Condition] {
    var conditions: [Condition] = []
    func add(_ field: Field, _ patterns: Patterns?) {
      guard let patterns else { return }
      conditions.append((field, patterns.elements.map { Term(field: field, value: .pattern($0)) }))
    }
    if let severity = matcher.severity {
      let field = Field(kind: 0)
      conditions.append((field, severity.severities.sorted().map { Term(field: field, value: .severity($0)) }))
    }
    add(Field(kind: 1), matcher.category)
    add(Field(kind: 2), matcher.source)
    for label in matcher.labels { add(Field(kind: 3, name: ExactText(label.name)), label.patterns) }
    for excluded in matcher.unless {
      let field = Field(kind: 4, name: ExactText(excluded.text))
      conditions.append((field, [Term(field: field, value: .excluded(excluded))]))
    }
    return conditions
  }
}
