// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Matcher: StoredItem {
  /// Writes the matcher in the format of `channels.json`.
  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      if let severity {
        writer.key("severity")
        severity.severities.sorted().encode(into: &writer)
      }
      encode("category", category, into: &writer)
      encode("source", source, into: &writer)
      if !unless.isEmpty {
        writer.key("unless")
        unless.encode(into: &writer)
      }
      guard !labels.isEmpty else { return }
      writer.key("labels")
      writer.object { writer in
        var seen: Set<ExactText> = []
        for label in labels where seen.insert(ExactText(label.name)).inserted {
          let patterns = labels.filter { ExactText($0.name) == ExactText(label.name) }.map(\.patterns)
          encode(label.name, Patterns(all: patterns), into: &writer)
        }
      }
    }
  }

  private func encode(_ name: String, _ patterns: Patterns?, into writer: inout JSONWriter) {
    guard let patterns else { return }
    writer.key(name)
    patterns.encode(into: &writer)
  }

  /// Reads the output of `encode` of this or an older version; nil for anything else.
  ///
  /// An unknown condition is not ignored: without it, the silence would match more than was meant. An unreadable pattern does
  /// not make the rest unreadable: it is kept as refused.
  package init?(stored reader: inout JSONReader) throws(JSONProblem) {
    var matcher = Matcher()
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      switch name {
      case "severity":
        guard let severities = try [Severity](stored: &reader) else { return false }
        matcher.severity = SeveritySelector(Set(severities))
      case "category":
        guard let patterns = try Patterns(stored: &reader) else { return false }
        matcher.category = patterns
      case "source":
        guard let patterns = try Patterns(stored: &reader) else { return false }
        matcher.source = patterns
      case "labels":
        guard let labels = try Matcher.labels(stored: &reader) else { return false }
        matcher.labels = labels
      case "unless":
        guard let unless = try [Matcher](stored: &reader) else { return false }
        matcher.unless = unless
      default: return false
      }
      return true
    }
    guard isRead else { return nil }
    self = matcher
  }

  private static func labels(stored reader: inout JSONReader) throws(JSONProblem) -> [LabelMatcher]? {
    var labels: [LabelMatcher] = []
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      guard let patterns = try Patterns(stored: &reader) else { return false }
      labels.append(LabelMatcher(name: name.text, patterns: patterns))
      return true
    }
    return isRead ? labels : nil
  }
}

extension Patterns {
  fileprivate init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard let patterns = try StoredForm.list(&reader, Pattern.init(stored:)), !patterns.isEmpty else { return nil }
    self.init(patterns)
  }
}

extension Pattern {
  fileprivate init?(stored reader: inout JSONReader) throws(JSONProblem) {
    guard try reader.peek() == .object else {
      guard let text = try StoredForm.string(&reader) else { return nil }
      self.init(migrating: text)
      return
    }
    var negated: Patterns?
    let isRead = try StoredForm.object(&reader) { (name, reader) throws(JSONProblem) in
      guard case "not" = name, negated == nil else { return false }
      negated = try Patterns(stored: &reader)
      return negated != nil
    }
    guard isRead, let negated else { return nil }
    self = .not(negated)
  }

  /// Reads a pattern of an older version, which used Swift's regular expressions.
  ///
  /// That version had no `not`: a negation was written as a look-ahead, `^(?!…)`. Whatever follows such a look-ahead at
  /// the start must also match from the start, so the two are separate conditions.
  /// look-ahead at the start must match from the start too, so the two are conditions of their own.
  package init(migrating text: String) {
    do throws(PatternError) {
      self = try Pattern(text: text)
    } catch {
      self = Pattern.negation(text) ?? .refused(RefusedPattern(text: text, reason: error.text))
    }
  }

  private static func negation(_ text: String) -> Pattern? {
    guard let source = regexSource(of: text) else { return nil }
    let flags = source.dropPrefix("(?i)") == nil ? "" : "(?i)"
    guard let inside = (source.dropPrefix(flags) ?? source).dropPrefix("^(?!"), let end = RegexGroup.end(in: inside)
    else { return nil }
    let unwanted = String(inside[..<end])
    let rest = String(inside[inside.unicodeScalars.index(after: end)...])
    guard !RegexGroup.hasAlternatives(rest) else { return nil }
    do throws(PatternError) {
      let negated = try unwantedPattern(unwanted, flags)
      if rest.isEmpty { return .not(Patterns([negated])) }
      let wanted = Pattern.regex(try RegexPattern("\(flags)^(?:\(rest))"))
      return .not(Patterns([.not(Patterns([wanted])), negated]))
    } catch {
      return nil
    }
  }

  private static func unwantedPattern(_ body: String, _ flags: String) throws(PatternError) -> Pattern {
    if flags.isEmpty, let text = body.dropSuffix("\\z").flatMap({ quoted($0) }) { return .exact(ExactText(text)) }
    if let whole = body.dropPrefix("(?:")?.dropSuffix(")\\z") {
      do throws(PatternError) {
        return .regex(try RegexPattern(flags + whole, reach: .whole))
      } catch {
        // The brackets do not belong to each other.
      }
    }
    return .regex(try RegexPattern("\(flags)^(?:\(body))"))
  }
}

/// Finds the ends of groups in a regular expression.
enum RegexGroup {
  /// The closing bracket of the group inside which `text` starts; nil if there is none.
  static func end(in text: String) -> String.Index? {
    var depth = 0
    var end: String.Index?
    walk(text) { index, scalar in
      if scalar == "(" { depth += 1 }
      if scalar == ")" {
        if depth == 0 { end = index }
        depth -= 1
      }
      return end == nil
    }
    return end
  }

  /// Whether it has a `|` outside of any group.
  static func hasAlternatives(_ text: String) -> Bool {
    var depth = 0
    var isFound = false
    walk(text) { _, scalar in
      if scalar == "(" { depth += 1 }
      if scalar == ")" { depth -= 1 }
      isFound = isFound || (scalar == "|" && depth == 0)
      return !isFound
    }
    return isFound
  }

  /// Calls `body` for each character that is an operator: not escaped, quoted, or in a class.
  private static func walk(_ text: String, _ body: (String.Index, Unicode.Scalar) -> Bool) {
    let scalars = text.unicodeScalars
    var index = scalars.startIndex
    var classStart: String.Index?
    var isQuoted = false
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if scalar == "\\", next < scalars.endIndex {
        if scalars[next] == "Q" { isQuoted = true }
        if scalars[next] == "E" { isQuoted = false }
        index = scalars.index(after: next)
        continue
      }
      if isQuoted {
        // Nothing is an operator here.
      } else if let start = classStart {
        // A closing bracket at the start of a class is one of its characters.
        if scalar == "]", index != start, !(scalars[start] == "^" && index == scalars.index(after: start)) {
          classStart = nil
        }
      } else if scalar == "[" {
        classStart = next
      } else if !body(index, scalar) {
        return
      }
      index = next
    }
  }
}
