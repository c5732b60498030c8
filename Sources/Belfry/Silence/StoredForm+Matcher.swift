// SPDX-License-Identifier: Apache-2.0

extension Matcher {
  /// Writes the matcher in the format of `channels.json`.
  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      if let severity { writer.strings("severity", severity.severities.sorted().map(\.name)) }
      encode("category", category, into: &writer)
      encode("source", source, into: &writer)
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
  /// An unreadable pattern does not make the rest unreadable: it is kept as refused.
  init?(stored node: JSONNode) {
    self.init()
    for member in node.members ?? [] {
      switch member.name {
      case "severity":
        guard let names = member.node.elements?.map(\.string), !names.contains(nil) else { return nil }
        severity = SeveritySelector(Set(names.compactMap { $0.map { Severity($0) } }))
      case "category":
        guard let patterns = Patterns(stored: member.node) else { return nil }
        category = patterns
      case "source":
        guard let patterns = Patterns(stored: member.node) else { return nil }
        source = patterns
      case "labels":
        for label in member.node.members ?? [] {
          guard let patterns = Patterns(stored: label.node) else { return nil }
          labels.append(LabelMatcher(name: label.name, patterns: patterns))
        }
      default: continue
      }
    }
    if node.members == nil { return nil }
  }
}

extension Patterns {
  fileprivate init?(stored node: JSONNode) {
    guard let elements = node.elements, !elements.isEmpty else { return nil }
    let patterns = elements.compactMap { Pattern(stored: $0) }
    guard patterns.count == elements.count else { return nil }
    self.init(patterns)
  }
}

extension Pattern {
  fileprivate init?(stored node: JSONNode) {
    if let negated = node["not"] {
      guard let patterns = Patterns(stored: negated) else { return nil }
      self = .not(patterns)
    } else if let text = node.string {
      self.init(migrating: text)
    } else {
      return nil
    }
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
