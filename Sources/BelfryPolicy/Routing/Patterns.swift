// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The patterns of one condition, of which one must match.
///
/// Exact ones are found by hash.
package struct Patterns: Sendable, Hashable {
  package let exact: Set<ExactText>
  package let others: [Pattern]
  /// The exact one, if there is only one: to compare costs less than a hash.
  private let only: ExactText?

  package init(_ patterns: [Pattern]) {
    var exact: Set<ExactText> = []
    var others: [Pattern] = []
    for pattern in patterns {
      if case .exact(let text) = pattern { exact.insert(text) } else { others.append(pattern) }
    }
    self.exact = exact
    self.others = others
    only = exact.count == 1 ? exact.first : nil
  }

  /// Matches what all of these match; they must not be empty.
  package init(all: [Patterns]) {
    if all.count == 1 {
      self = all[0]
    } else {
      // A and not B is what neither "not A" nor B matches.
      self.init([.not(Patterns(all.flatMap { $0.negated?.elements ?? [.not($0)] }))])
    }
  }

  package var elements: [Pattern] { exact.sorted().map { .exact($0) } + others }
  package var isSingle: Bool { exact.count + others.count == 1 }

  /// The patterns that this is the negation of, if it is nothing else.
  private var negated: Patterns? {
    if exact.isEmpty, others.count == 1, case .not(let patterns) = others[0] { patterns } else { nil }
  }

  /// The conditions that must all be met, each as patterns of which one must match, or none may.
  package var conditions: [(patterns: Patterns, isEqual: Bool)] {
    guard let negated else { return [(self, true)] }
    var wanted: [(patterns: Patterns, isEqual: Bool)] = []
    var unwanted: [Pattern] = []
    for element in negated.elements {
      if case .not(let patterns) = element { wanted.append((patterns, true)) } else { unwanted.append(element) }
    }
    return unwanted.isEmpty ? wanted : wanted + [(Patterns(unwanted), false)]
  }

  package func matches(_ value: String, memo: inout MatchMemo) -> Bool {
    if let only {
      if only == ExactText(value) { return true }
    } else if !exact.isEmpty, exact.contains(ExactText(value)) {
      return true
    }
    for pattern in others where pattern.matches(value, memo: &memo) { return true }
    return false
  }

  func matches(_ value: String) -> Bool {
    var memo = MatchMemo()
    return matches(value, memo: &memo)
  }

  func isSubset(of other: Patterns) -> Bool {
    exact.isSubset(of: other.exact) && others.allSatisfy { other.others.contains($0) }
  }

  /// The first refused pattern of an older version, at any depth.
  package var refusal: RefusedPattern? { others.lazy.compactMap(\.refusal).first }

  package var text: String {
    let conditions = conditions
    guard conditions.count > 1 else {
      return elements.map { $0.text.isEmpty ? "\"\"" : $0.text }.joined(separator: " or ")
    }
    return conditions.map { condition in
      let text = condition.isEqual ? condition.patterns.text : Pattern.not(condition.patterns).text
      return condition.isEqual && !condition.patterns.isSingle ? "(\(text))" : text
    }.joined(separator: " and ")
  }
}

/// Remembers the results of regular expressions, so that each runs once per distinct value and batch.
package struct MatchMemo: Sendable {
  private struct Question: Hashable {
    let regex: RegexPattern
    let value: ExactText
  }
  private var answers: [Question: Bool] = [:]

  package init() {}

  mutating func matches(_ regex: RegexPattern, _ value: String) -> Bool {
    let question = Question(regex: regex, value: ExactText(value))
    if let answer = answers[question] { return answer }
    let answer = regex.matches(value)
    // A batch with endless distinct values must not grow it without limit.
    if answers.count >= 65_536 { answers.removeAll(keepingCapacity: true) }
    answers[question] = answer
    return answer
  }
}

extension Patterns: FieldValue {
  package static var shape: FieldShape {
    .said("a value, a glob with *, /a regex/, {\"not\": …}, or a list of these", [Pattern].shape)
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> Patterns? {
    guard let patterns = [Pattern].read(node, &report) else { return nil }
    guard !patterns.isEmpty else {
      report.error("an empty list matches nothing.", at: node.offset, remedy: "Add a value, or remove the key.")
      return nil
    }
    return Patterns(patterns)
  }

  package var shown: String { text }

  /// Writes them in the format of `channels.json`.
  package func encode(into writer: inout JSONWriter) {
    writer.array(elements) { $1.encode(into: &$0) }
  }
}

extension Pattern: FieldValue {
  package static var shape: FieldShape {
    let text = FieldShape.string("a value, a glob with *, or /a regex/")
    let negated = FieldSummary(
      name: "not",
      isRequired: true,
      note: "Patterns that must not match.",
      example: "web",
      shape: .oneOf([text, .list(text)]),
      defaultText: ""
    )
    return .oneOf([text, .record([negated])])
  }

  package static func read(_ node: JSONNode, _ report: inout Report) -> Pattern? {
    if let members = node.members {
      guard members.count == 1, let negated = node["not"] else {
        report.error(
          "expected {\"not\": …}, found an object with other keys.",
          at: node.offset,
          remedy: "Write {\"not\": \"web\"} or {\"not\": [\"web\", \"db*\"]}."
        )
        return nil
      }
      return report.within("not") { Patterns.read(negated, &$0) }.map { .not($0) }
    }
    guard let text = String.read(node, &report) else { return nil }
    do throws(PatternError) {
      return try Pattern(text: text)
    } catch {
      report.error(error.text, at: node.offset, remedy: "Correct it, or write the value without slashes.")
      return nil
    }
  }

  package var shown: String { text }

  fileprivate func encode(into writer: inout JSONWriter) {
    guard case .not(let patterns) = self else { return writer.string(text) }
    writer.object { writer in
      writer.key("not")
      patterns.encode(into: &writer)
    }
  }
}
