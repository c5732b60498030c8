// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The conditions on which a route takes an alert: all of them must be met; without any, every alert matches.
package struct Matcher: Sendable, Hashable {
  package var severity: SeveritySelector?
  package var category: Patterns?
  package var source: Patterns?
  package var labels: [LabelMatcher] = []

  package struct LabelMatcher: Sendable, Hashable {
    @ExactText package var name: String
    package var patterns: Patterns

    package init(name: String, patterns: Patterns) {
      self.name = name
      self.patterns = patterns
    }
  }

  package init() {}

  package var isCatchAll: Bool { severity == nil && category == nil && source == nil && labels.isEmpty }

  package func matches(_ alert: Alert, memo: inout MatchMemo) -> Bool { mismatch(alert, memo: &memo) == nil }

  /// The first pattern of an older version that this version refuses.
  package var refusal: RefusedPattern? {
    category?.refusal ?? source?.refusal ?? labels.lazy.compactMap(\.patterns.refusal).first
  }

  /// The first condition that is not met, in words for `explain`; nil if the alert matches.
  package func mismatch(_ alert: Alert, memo: inout MatchMemo) -> Mismatch? {
    if let severity, !severity.contains(alert.severity) { return .severity }
    if let category, !category.matches(alert.category, memo: &memo) { return .category }
    if let source, !source.matches(alert.source.name, memo: &memo) { return .source }
    for label in labels where !label.patterns.matches(alert.labels[label.name] ?? "", memo: &memo) {
      return .label(label.name)
    }
    return nil
  }

  package enum Mismatch: Sendable, Hashable {
    case severity
    case category
    case source
    case label(String)
  }

  /// Whether this matcher certainly takes every alert that `other` takes.
  ///
  /// In doubt it returns false: only exact values are compared; globs and regular expressions by their text.
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
    return labels.allSatisfy { mine in
      other.labels.contains { $0.name.isExactly(mine.name) && $0.patterns.isSubset(of: mine.patterns) }
    }
  }
}

/// The severities that a matcher names: one, several, or one "and worse" (`warning+`).
package struct SeveritySelector: Sendable, Hashable {
  package var severities: Set<Severity>

  package init(_ severities: Set<Severity>) { self.severities = severities }

  package func contains(_ severity: Severity) -> Bool { severities.contains(severity) }
  package func isSubset(of other: SeveritySelector) -> Bool { severities.isSubset(of: other.severities) }
}
