// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// One constraint as Alertmanager writes it: `severity="critical"`, `team!=web`, `instance=~"db.*"`.
struct LabelMatcher: Sendable, Hashable {
  var name: String
  var value: String
  var isRegex = false
  var isEqual = true

  init(name: String, value: String, isRegex: Bool = false, isEqual: Bool = true) {
    self.name = name
    self.value = value
    self.isRegex = isRegex
    self.isEqual = isEqual
  }

  /// Reads what `amtool` and the `filter` of a query hold.
  init(_ text: String) throws(Refusal) {
    let operators = [("=~", true, true), ("!~", true, false), ("!=", false, false), ("=", false, true)]
    guard let place = text.firstIndex(where: { $0 == "=" || $0 == "!" }),
      let found = operators.first(where: { text[place...].hasPrefix($0.0) })
    else { throw Refusal(.badRequest, "bad matcher format: \(text)") }
    let name = text[..<place].trimmed
    let written = text[place...].dropFirst(found.0.count).trimmed
    guard !name.isEmpty, let value = LabelMatcher.unquoted(written) else {
      throw Refusal(.badRequest, "bad matcher format: \(text)")
    }
    self.init(name: name, value: value, isRegex: found.1, isEqual: found.2)
  }

  /// A value in quotes with its escapes resolved, or one without quotes as it is; nil where a quote is not closed.
  private static func unquoted(_ text: String) -> String? {
    guard text.hasPrefix("\"") else { return text.hasSuffix("\"") ? nil : text }
    guard text.count >= 2, text.hasSuffix("\"") else { return nil }
    var value = ""
    var isEscaped = false
    for character in text.dropFirst().dropLast() {
      if isEscaped {
        value.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else if character == "\"" {
        return nil
      } else {
        value.append(character)
      }
    }
    return isEscaped ? nil : value
  }

  /// The pattern that our matchers have for it.
  ///
  /// They know no “not”: a regular expression that looks ahead says it. Alertmanager's regular expressions are tied to both
  /// ends of a value; a label that an alert lacks is an empty value, here and there.
  func pattern() throws(Refusal) -> Pattern {
    let isPlain = !value.contains("*") && !(value.hasPrefix("/") && value.hasSuffix("/"))
    if !isRegex && isEqual && isPlain { return .exact(value) }
    let body = isRegex ? "(?:\(value))" : LabelMatcher.quoted(value)
    do throws(PatternError) {
      // By itself first: in the brackets below, `a)|(b` would be none too.
      if isRegex { _ = try RegexPattern(value) }
      return .regex(try RegexPattern(isEqual ? "^\(body)\\z" : "^(?!\(body)\\z)"))
    } catch {
      throw Refusal(.badRequest, "\(name): \(error.text)")
    }
  }

  /// What a pattern is in Alertmanager's words; one that was not made by `pattern()` is shown as it matches.
  init(name: String, _ pattern: Pattern) {
    switch pattern {
    case .exact(let text): self.init(name: name, value: text)
    case .glob(let glob):
      let pieces = glob.text.split(separator: "*", omittingEmptySubsequences: false)
      let value = pieces.map { LabelMatcher.escaped(String($0)) }.joined(separator: ".*")
      self.init(name: name, value: value, isRegex: true)
    case .regex(let regex):
      self = LabelMatcher.read(name, regex.source) ?? LabelMatcher(name: name, value: regex.source, isRegex: true)
    }
  }

  private static func read(_ name: String, _ source: String) -> LabelMatcher? {
    let isEqual = !source.hasPrefix("^(?!")
    guard source.hasPrefix("^"), source.hasSuffix(isEqual ? "\\z" : "\\z)") else { return nil }
    let body = source.dropFirst(isEqual ? 1 : 4).dropLast(isEqual ? 2 : 3)
    if body.hasPrefix("(?:"), body.hasSuffix(")") {
      return LabelMatcher(name: name, value: String(body.dropFirst(3).dropLast()), isRegex: true, isEqual: isEqual)
    }
    guard body.hasPrefix("\\Q"), body.hasSuffix("\\E") else { return nil }
    return LabelMatcher(name: name, value: String(body.dropFirst(2).dropLast(2)), isEqual: isEqual)
  }

  /// What it matches as a regular expression that is tied to both ends.
  var regex: String { isRegex ? value : LabelMatcher.escaped(value) }

  /// A text that stands for itself in a regular expression.
  private static func quoted(_ text: String) -> String {
    text.contains("\\E") ? "(?:\(escaped(text)))" : "\\Q\(text)\\E"
  }

  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      if "\\^$.|?*+()[]{}".contains(character) { result.append("\\") }
      result.append(character)
    }
  }
}

extension StringProtocol {
  /// Without white space around it.
  fileprivate var trimmed: String {
    let front = drop(while: \.isWhitespace)
    return String(front.reversed().drop(while: \.isWhitespace).reversed())
  }
}
