// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The conditions on which a route takes an alert: all of them must be met; without any, every alert matches.
package struct Matcher: Sendable, Hashable {
  package var severity: SeveritySelector?
  package var category: Patterns?
  package var source: Patterns?
  package var labels: [LabelMatcher] = []
  /// What it does not take, although the other conditions are met: alerts that one of these matches.
  package var unless: [Matcher] = []

  package struct LabelMatcher: Sendable, Hashable {
    @ExactText package var name: String
    package var patterns: Patterns

    package init(name: String, patterns: Patterns) {
      self.name = name
      self.patterns = patterns
    }
  }

  package init() {}

  /// Matches alerts whose labels match all of the matchers.
  ///
  /// - Throws: `PatternError` that names the label, if a regular expression is invalid.
  package init(_ matchers: [AlertmanagerMatcher]) throws(PatternError) {
    var names: [ExactText] = []
    var conditions: [ExactText: [Patterns]] = [:]
    for matcher in matchers {
      if conditions[matcher.name] == nil { names.append(matcher.name) }
      do throws(PatternError) {
        conditions[matcher.name, default: []].append(try matcher.patterns())
      } catch {
        throw PatternError(text: "\(matcher.name.text): \(error.text)")
      }
    }
    labels = names.map { LabelMatcher(name: $0.text, patterns: Patterns(all: conditions[$0] ?? [])) }
  }

  /// Matches what this and the other one match.
  package func and(_ other: Matcher) -> Matcher {
    var all = self
    if let theirs = other.severity {
      all.severity = severity.map { SeveritySelector($0.severities.intersection(theirs.severities)) } ?? theirs
    }
    func both(_ mine: Patterns?, _ theirs: Patterns?) -> Patterns? {
      let known = [mine, theirs].compactMap(\.self)
      return known.isEmpty ? nil : Patterns(all: known)
    }
    all.category = both(category, other.category)
    all.source = both(source, other.source)
    for label in other.labels {
      if let index = all.labels.firstIndex(where: { $0.name.isExactly(label.name) }) {
        all.labels[index].patterns = Patterns(all: [all.labels[index].patterns, label.patterns])
      } else {
        all.labels.append(label)
      }
    }
    all.unless += other.unless
    return all
  }

  package var isCatchAll: Bool {
    severity == nil && category == nil && source == nil && labels.isEmpty && unless.isEmpty
  }

  package func matches(_ alert: Alert, memo: inout MatchMemo) -> Bool { mismatch(alert, memo: &memo) == nil }

  /// The first pattern of an older version that this version refuses.
  package var refusal: RefusedPattern? {
    category?.refusal ?? source?.refusal ?? labels.lazy.compactMap(\.patterns.refusal).first
      ?? unless.lazy.compactMap(\.refusal).first
  }

  /// The first condition that is not met, in words for `explain`; nil if the alert matches.
  package func mismatch(_ alert: Alert, memo: inout MatchMemo) -> Mismatch? {
    if let severity, !severity.contains(alert.severity) { return .severity }
    if let category, !category.matches(alert.category, memo: &memo) { return .category }
    if let source, !source.matches(alert.source.name, memo: &memo) { return .source }
    for label in labels where !label.patterns.matches(alert.value(ofLabel: label.name), memo: &memo) {
      return .label(label.name)
    }
    for excluded in unless where excluded.matches(alert, memo: &memo) { return .excluded(by: excluded) }
    return nil
  }

  package enum Mismatch: Sendable, Hashable {
    case severity
    case category
    case source
    case label(String)
    case excluded(by: Matcher)
  }

  /// Whether this matcher certainly takes every alert that `other` takes.
  ///
  /// In doubt it returns false: only exact values are compared; globs and regular expressions by their text, and what
  /// is excluded as a whole.
  package func covers(_ other: Matcher) -> Bool {
    if let severity {
      guard let theirs = other.severity, theirs.isSubset(of: severity) else { return false }
    }
    if let category {
      guard let theirs = other.category, theirs.isSubset(of: category) else { return false }
    }
    if let source {
      guard let theirs = other.source, theirs.isSubset(of: source) else { return false }
    }
    let coversLabels = labels.allSatisfy { mine in
      other.labels.contains { $0.name.isExactly(mine.name) && $0.patterns.isSubset(of: mine.patterns) }
    }
    return coversLabels && unless.allSatisfy(other.unless.contains)
  }
}

extension Matcher {
  /// A label of which certainly no value meets all conditions, such as two different exact values; nil if there is none.
  ///
  /// In doubt it returns nil: regular expressions are only compared with exact values.
  package var impossibleLabel: String? {
    labels.first { label in
      let wanted = label.patterns.conditions.filter { $0.isEqual && $0.patterns.others.isEmpty }
      guard let values = wanted.map(\.patterns.exact).min(by: { $0.count < $1.count }) else { return false }
      return !values.contains { label.patterns.matches($0.text) }
    }?.name
  }

  /// Whether certainly no alert matches both.
  ///
  /// In doubt it returns false: only conditions with nothing but exact values are compared.
  package func isDisjoint(from other: Matcher) -> Bool {
    func areDisjoint(_ mine: Patterns?, _ theirs: Patterns?) -> Bool {
      guard let mine, let theirs, mine.others.isEmpty, theirs.others.isEmpty else { return false }
      return mine.exact.isDisjoint(with: theirs.exact)
    }
    if let mine = severity, let theirs = other.severity, mine.severities.isDisjoint(with: theirs.severities) {
      return true
    }
    if areDisjoint(category, other.category) || areDisjoint(source, other.source) { return true }
    return labels.contains { mine in
      other.labels.contains { $0.name.isExactly(mine.name) && areDisjoint(mine.patterns, $0.patterns) }
    }
  }
}

/// The severities that a matcher names: one, several, or one "and worse" (`warning+`).
package struct SeveritySelector: Sendable, Hashable {
  package var severities: Set<Severity>

  package init(_ severities: Set<Severity>) { self.severities = severities }

  package func contains(_ severity: Severity) -> Bool { severities.contains { $0.isSame(as: severity) } }
  package func isSubset(of other: SeveritySelector) -> Bool { severities.allSatisfy(other.contains) }
}
