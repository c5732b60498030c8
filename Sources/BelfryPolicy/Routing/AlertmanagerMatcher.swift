// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A condition in the format of Alertmanager and its clients: `severity="critical"`, `team!=web`, `instance=~"db.*"`.
package struct AlertmanagerMatcher: Sendable, Hashable {
  package var name: ExactText
  package var value: ExactText
  package var isRegex: Bool
  package var isEqual: Bool

  package init(name: String, value: String, isRegex: Bool = false, isEqual: Bool = true) {
    self.name = ExactText(name)
    self.value = ExactText(value)
    self.isRegex = isRegex
    self.isEqual = isEqual
  }

  /// The patterns that match the same values; an absent label counts as an empty value, as in Alertmanager.
  package func patterns() throws(PatternError) -> Patterns {
    let pattern = try Pattern.matching(value.text, isRegex: isRegex)
    return isEqual ? Patterns([pattern]) : Patterns([.not(Patterns([pattern]))])
  }
}

extension AlertmanagerMatcher {
  /// The matcher in a form that both grammars read: `team!="web"`.
  package var text: String {
    let escaped = value.text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    let operation = isRegex ? (isEqual ? "=~" : "!~") : (isEqual ? "=" : "!=")
    return "\(name.text)\(operation)\"\(escaped)\""
  }
}

// MARK: - From Belfry's patterns

extension AlertmanagerMatcher {
  /// The matchers that together are equivalent to the patterns; nil if there are none.
  package static func equivalent(to patterns: Patterns, of name: String) -> [AlertmanagerMatcher]? {
    var matchers: [AlertmanagerMatcher] = []
    for condition in patterns.conditions {
      var elements = condition.patterns.elements
      if elements.count > 1, condition.isEqual == false {
        // None of several texts: one matcher each is easier to read than one expression.
        let exact = condition.patterns.exact.sorted()
        matchers += exact.map { AlertmanagerMatcher(name: name, value: $0.text, isEqual: false) }
        elements = condition.patterns.others
      }
      if elements.isEmpty { continue }
      guard let one = one(name, elements, isEqual: condition.isEqual) else { return nil }
      matchers.append(one)
    }
    return matchers
  }

  /// One matcher for patterns of which one must match, or none.
  private static func one(_ name: String, _ patterns: [Pattern], isEqual: Bool) -> AlertmanagerMatcher? {
    if patterns.count == 1, case .exact(let text) = patterns[0] {
      return AlertmanagerMatcher(name: name, value: text.text, isEqual: isEqual)
    }
    let sources = patterns.compactMap { expression($0) }
    guard sources.count == patterns.count else { return nil }
    // In brackets if flags or alternatives of one would apply to the next.
    let isPlain = sources.count == 1 || sources.allSatisfy { !$0.contains("(?") && !$0.contains("\\Q") }
    let source = isPlain ? sources.joined(separator: "|") : sources.map { "(?:\($0))" }.joined(separator: "|")
    guard isReadable(source) else { return nil }
    return AlertmanagerMatcher(name: name, value: source, isRegex: true, isEqual: isEqual)
  }

  private static func isReadable(_ source: String) -> Bool {
    do throws(PatternError) {
      _ = try RegexPattern(source, reach: .whole)
      return true
    } catch {
      return false  // Larger than what this server would take back.
    }
  }

  /// A regular expression that matches a whole value exactly if the pattern matches it; nil if there is none.
  private static func expression(_ pattern: Pattern) -> String? {
    switch pattern {
    case .exact(let text): return RegexPattern.quoting(text.text)
    case .glob(let glob):
      let pieces = glob.text.split(separator: "*", omittingEmptySubsequences: false)
      return pieces.map { RegexPattern.quoting(String($0)) }.joined(separator: "(?s:.*)")
    case .regex(let regex):
      return regex.reach == .whole
        ? regex.source.text : tied(regex.source.text) ?? "(?s:.*)(?:\(regex.source.text))(?s:.*)"
    case .not, .refused: return nil
    }
  }

  /// The part between a `^` and a `$` that anchor the whole expression.
  private static func tied(_ source: String) -> String? {
    guard let body = source.dropPrefix("^")?.dropSuffix("$") else { return nil }
    let isSimple = !body.utf8.contains(UInt8(ascii: "|")) && !body.utf8.contains(UInt8(ascii: "\\"))
    return isSimple && !body.contains("(?") ? body : nil
  }
}

// MARK: - Reading

/// A text that is not a matcher, and the reason.
package struct MatcherSyntaxError: Error, Hashable {
  package let text: String
}

extension AlertmanagerMatcher {
  /// Reads one matcher like Alertmanager from version 0.27 on: by its grammar for UTF-8 labels, and by the classic one
  /// if that fails or gives another result.
  package init(_ text: String) throws(MatcherSyntaxError) {
    if let classic = ClassicMatcherSyntax.read(text) {
      self = classic
      return
    }
    let matchers = try MatcherSyntax.read(text)
    guard matchers.count == 1 else {
      throw MatcherSyntaxError(text: "bad matcher format: expected one matcher, found \(matchers.count)")
    }
    self = matchers[0]
  }

  /// Reads one or more matchers separated by commas, as in an entry of `matchers` in Alertmanager's configuration:
  /// `{severity="critical", team!="web"}`.
  ///
  /// The grammars apply as to one matcher.
  package static func list(_ text: String) throws(MatcherSyntaxError) -> [AlertmanagerMatcher] {
    if let classic = ClassicMatcherSyntax.readList(text) { return classic }
    return try MatcherSyntax.read(text)
  }

  fileprivate enum Operator: String, CaseIterable {
    case matches = "=~"
    case notMatches = "!~"
    case notEquals = "!="
    case equals = "="

    var isRegex: Bool { self == .matches || self == .notMatches }
    var isEqual: Bool { self == .matches || self == .equals }
  }

  fileprivate init(_ name: String, _ operation: Operator, _ value: String) {
    self.init(name: name, value: value, isRegex: operation.isRegex, isEqual: operation.isEqual)
  }
}

/// The grammar of `matcher/parse` in Alertmanager: names and values with or without quotes, in optional braces.
private struct MatcherSyntax {
  private enum Token: Hashable {
    case openBrace
    case closeBrace
    case comma
    case operation(AlertmanagerMatcher.Operator)
    case text(String)
  }

  private let scalars: [Unicode.Scalar]
  private var position = 0

  static func read(_ text: String) throws(MatcherSyntaxError) -> [AlertmanagerMatcher] {
    var syntax = MatcherSyntax(scalars: Array(text.unicodeScalars))
    return try syntax.matchers()
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func matchers() throws(MatcherSyntaxError) -> [AlertmanagerMatcher] {
    var matchers: [AlertmanagerMatcher] = []
    var token = try next()
    let isBraced = token == .openBrace
    if isBraced { token = try next() }
    repeat {
      guard case .text(let name)? = token, !name.isEmpty else { throw problem("expected a label name") }
      guard case .operation(let operation)? = try next() else { throw problem("expected one of =, !=, =~ and !~") }
      guard case .text(let value)? = try next() else { throw problem("expected a value, in quotes if it is empty") }
      matchers.append(AlertmanagerMatcher(name, operation, value))
      token = try next()
      guard token == .comma else { break }
      token = try next()
    } while token != nil && token != .closeBrace
    if isBraced {
      guard token == .closeBrace else { throw problem("expected a comma or }") }
      token = try next()
    }
    guard token == nil else { throw problem("expected a comma or the end") }
    return matchers
  }

  private mutating func next() throws(MatcherSyntaxError) -> Token? {
    while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
    guard position < scalars.count else { return nil }
    let scalar = scalars[position]
    position += 1
    switch scalar {
    case "{": return .openBrace
    case "}": return .closeBrace
    case ",": return .comma
    case "\"": return .text(try quoted())
    case "=": return .operation(take("~") ? .matches : .equals)
    case "!":
      if take("=") { return .operation(.notEquals) }
      if take("~") { return .operation(.notMatches) }
      throw problem("expected = or ~ after !")
    default:
      guard !MatcherSyntax.isReserved(scalar) else { throw problem("unexpected \(scalar)") }
      position -= 1
      return .text(unquoted())
    }
  }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard position < scalars.count, scalars[position] == scalar else { return false }
    position += 1
    return true
  }

  private static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || "{}!=~,\\\"'`".unicodeScalars.contains(scalar)
  }

  private mutating func unquoted() -> String {
    var text = String.UnicodeScalarView()
    while position < scalars.count, !MatcherSyntax.isReserved(scalars[position]) {
      text.append(scalars[position])
      position += 1
    }
    return String(text)
  }

  /// The text before the next quote, with its escapes resolved as in Go.
  private mutating func quoted() throws(MatcherSyntaxError) -> String {
    var bytes: [UInt8] = []
    while position < scalars.count {
      let scalar = scalars[position]
      position += 1
      switch scalar {
      case "\"":
        guard let text = String(validating: bytes, as: UTF8.self) else { throw problem("the text is not UTF-8") }
        return text
      case "\n": throw problem("a line break must be written \\n")
      case "\\": bytes += try escape()
      default: bytes += Array(String(scalar).utf8)
      }
    }
    throw problem("missing closing quote")
  }

  private mutating func escape() throws(MatcherSyntaxError) -> [UInt8] {
    guard position < scalars.count else { throw problem("missing closing quote") }
    let scalar = scalars[position]
    position += 1
    if let byte = MatcherSyntax.escapes[scalar] { return [byte] }
    switch scalar {
    case "x": return [UInt8(truncatingIfNeeded: try number(digits: 2, radix: 16))]
    case "u": return try character(digits: 4)
    case "U": return try character(digits: 8)
    case "0"..."7":
      position -= 1
      let value = try number(digits: 3, radix: 8)
      guard value <= 255 else { throw problem("\\\(String(value, radix: 8)) is not a byte") }
      return [UInt8(value)]
    default: throw problem("unknown escape \\\(scalar)")
    }
  }

  private static let escapes: [Unicode.Scalar: UInt8] = [
    "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 0x5C, "\"": 0x22,
  ]

  private mutating func character(digits: Int) throws(MatcherSyntaxError) -> [UInt8] {
    guard let scalar = Unicode.Scalar(try number(digits: digits, radix: 16)) else { throw problem("no such character") }
    return Array(String(scalar).utf8)
  }

  private mutating func number(digits: Int, radix: Int) throws(MatcherSyntaxError) -> UInt32 {
    let end = position + digits
    guard end <= scalars.count else { throw problem("an escape is cut off") }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[position..<end])
    guard text.allSatisfy({ $0.properties.isASCIIHexDigit }), let value = UInt32(String(text), radix: radix) else {
      throw problem("an escape needs \(digits) digits")
    }
    position = end
    return value
  }

  private func problem(_ text: String) -> MatcherSyntaxError {
    MatcherSyntaxError(text: "bad matcher format at character \(position): \(text)")
  }
}

/// The grammar of Alertmanager before 0.27: names of ASCII letters, digits, `_` and `:`, no braces.
private enum ClassicMatcherSyntax {
  /// Reads matchers separated by commas, with or without braces around them; nil if there is none.
  static func readList(_ text: String) -> [AlertmanagerMatcher]? {
    let open = text.dropPrefix("{") ?? text
    let texts = pieces(open.dropSuffix("}") ?? open)
    let matchers = texts.compactMap(read)
    return matchers.isEmpty || matchers.count < texts.count ? nil : matchers
  }

  /// The text between commas that are not in quotes; nothing may follow the last comma.
  private static func pieces(_ text: String) -> [String] {
    var pieces = [String.UnicodeScalarView()]
    var isQuoted = false
    var isEscaped = false
    for scalar in text.unicodeScalars {
      if scalar == ",", !isQuoted {
        pieces.append(String.UnicodeScalarView())
        continue
      }
      switch scalar {
      case ",": break
      case "\"":
        if !isEscaped { isQuoted.toggle() }
        isEscaped = false
      case "\\": isEscaped.toggle()
      default: isEscaped = false
      }
      pieces[pieces.endIndex - 1].append(scalar)
    }
    if let last = pieces.last, trimmed(last[...]).isEmpty { pieces.removeLast() }
    return pieces.map(String.init)
  }

  static func read(_ text: String) -> AlertmanagerMatcher? {
    var rest = trimmed(Substring(text).unicodeScalars)
    let name = String(rest.prefix { isNameCharacter($0) })
    guard let first = name.unicodeScalars.first, !("0"..."9" ~= first) else { return nil }
    rest = trimmed(rest.dropFirst(name.unicodeScalars.count))
    let operation = AlertmanagerMatcher.Operator.allCases.first { rest.starts(with: $0.rawValue.unicodeScalars) }
    guard let operation else { return nil }
    let written = trimmed(rest.dropFirst(operation.rawValue.unicodeScalars.count))
    return value(Array(written)).map { AlertmanagerMatcher(name, operation, $0) }
  }

  private static func isNameCharacter(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar || scalar == "_" || scalar == ":")
  }

  private static func trimmed(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView {
    let spaces: Set<Unicode.Scalar> = ["\t", "\n", "\u{0C}", "\r", " "]
    var text = text.drop { spaces.contains($0) }
    while let last = text.last, spaces.contains(last) { text.removeLast() }
    return text
  }

  /// A value with or without quotes; a backslash that escapes nothing is literal.
  private static func value(_ written: [Unicode.Scalar]) -> String? {
    let isQuoted = written.first == "\""
    let scalars = isQuoted ? Array(written.dropFirst()) : written
    var value = String.UnicodeScalarView()
    var index = 0
    var isClosed = false
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      if scalar == "\\", index < scalars.count {
        switch scalars[index] {
        case "n": value.append("\n")
        case "\"", "\\": value.append(scalars[index])
        default: value.append(contentsOf: [scalar, scalars[index]])
        }
        index += 1
      } else if scalar == "\"" {
        guard isQuoted, index == scalars.count else { return nil }
        isClosed = true
      } else {
        value.append(scalar)
      }
    }
    return isQuoted == isClosed ? String(value) : nil
  }
}
