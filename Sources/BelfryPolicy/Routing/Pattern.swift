// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A condition on an alert's value: an exact text, a glob with `*`, a regular expression between slashes, or the
/// negation of these.
///
/// All of them compare bytes.
package enum Pattern: Sendable, Hashable {
  case exact(ExactText)
  case glob(Glob)
  case regex(RegexPattern)
  /// Matches values that match none of the patterns.
  indirect case not(Patterns)
  /// A pattern of an older version that this version cannot read: it matches nothing, and keeps its text.
  case refused(RefusedPattern)

  /// - Throws: `PatternError` if the regular expression is invalid.
  package init(text: String) throws(PatternError) {
    guard let source = Pattern.regexSource(of: text) else {
      self = text.utf8.contains(UInt8(ascii: "*")) ? .glob(Glob(text)) : .exact(ExactText(text))
      return
    }
    let regex = try RegexPattern(source)
    self = Pattern.whole(source) ?? .regex(regex)
  }

  /// The text between slashes; nil if it is not enclosed by them.
  package static func regexSource(of text: String) -> String? {
    let slash = UInt8(ascii: "/")
    guard text.utf8.count >= 2, text.utf8.first == slash, text.utf8.last == slash else { return nil }
    return String(Substring(text.utf8.dropFirst().dropLast()))
  }

  /// Recognises `^(?:…)$` and `^\Q…\E$`, which match the whole value, or exactly a text.
  private static func whole(_ source: String) -> Pattern? {
    for end in ["$", "\\z"] {
      guard let inside = source.dropPrefix("^")?.dropSuffix(end) else { continue }
      if let text = quoted(inside) { return .exact(ExactText(text)) }
      guard let body = inside.dropPrefix("(?:")?.dropSuffix(")") else { continue }
      // If the brackets do not belong together, the body is not an expression: `^(?:a)|(?:b)$`.
      do throws(PatternError) {
        return .regex(try RegexPattern(body, reach: .whole))
      } catch {
        return nil
      }
    }
    return nil
  }

  /// The text between `\Q` and `\E`; nil if it is not enclosed by them.
  package static func quoted(_ source: String) -> String? {
    let body = source.dropPrefix("\\Q")?.dropSuffix("\\E")
    return body?.contains("\\E") == false ? body : nil
  }

  /// Matches like Alertmanager: a text exactly, or a regular expression against the whole value.
  package static func matching(_ value: String, isRegex: Bool) throws(PatternError) -> Pattern {
    guard isRegex else { return .exact(ExactText(value)) }
    return .regex(try RegexPattern(value, reach: .whole))
  }

  package func matches(_ value: String) -> Bool {
    var memo = MatchMemo()
    return matches(value, memo: &memo)
  }

  package func matches(_ value: String, memo: inout MatchMemo) -> Bool {
    switch self {
    case .exact(let text): text == ExactText(value)
    case .glob(let glob): glob.matches(value)
    case .regex(let regex): memo.matches(regex, value)
    case .not(let patterns): !patterns.matches(value, memo: &memo)
    case .refused: false
    }
  }

  /// The refused pattern of an older version in it, also inside a `not`.
  package var refusal: RefusedPattern? {
    switch self {
    case .refused(let refused): refused
    case .not(let patterns): patterns.refusal
    case .exact, .glob, .regex: nil
    }
  }

  /// The pattern for people; except for a `not`, `init(text:)` reads it back.
  package var text: String {
    switch self {
    case .exact(let exact): Pattern.written(exact.text)
    case .glob(let glob): glob.text
    case .regex(let regex):
      regex.reach == .whole ? "/^(?:\(regex.source.text))$/" : "/\(regex.source.text)/"
    case .not(let patterns): "not \(patterns.isSingle ? patterns.text : "(\(patterns.text))")"
    case .refused(let refused): refused.text
    }
  }
}

extension Pattern {
  /// An exact text in a form that is not read as a glob or a regular expression.
  private static func written(_ text: String) -> String {
    guard regexSource(of: text) != nil || text.utf8.contains(UInt8(ascii: "*")) else { return text }
    return text.contains("\\E") ? "/^(?:\(RegexPattern.quoting(text)))$/" : "/^\\Q\(text)\\E$/"
  }
}

/// A pattern that an older version accepted and this version does not.
package struct RefusedPattern: Sendable, Hashable {
  package let text: String
  package let reason: String
}

/// A text in which `*` stands for any text, including none.
package struct Glob: Sendable, Hashable {
  private let source: ExactText
  private let pieces: [[UInt8]]

  package var text: String { source.text }

  package init(_ text: String) {
    self.source = ExactText(text)
    self.pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// Whether it matches; linear in the value for each piece: no backtracking, whatever the pattern.
  package func matches(_ value: String) -> Bool {
    let bytes = Array(value.utf8)
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else { return source == ExactText(value) }
    guard bytes.count >= first.count + last.count, bytes.starts(with: first), bytes.suffix(last.count) == last[...]
    else {
      return false
    }
    var position = first.count
    let end = bytes.count - last.count
    for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
      guard let found = Glob.find(piece, in: bytes[position..<end]) else { return false }
      position = found + piece.count
    }
    return true
  }

  private static func find(_ piece: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= piece.count else { return nil }
    return (bytes.startIndex...(bytes.endIndex - piece.count)).first { bytes[$0...].starts(with: piece) }
  }
}

extension String {
  /// The text without a prefix, compared by bytes; nil if it has another prefix.
  func dropPrefix(_ prefix: String) -> String? {
    utf8.starts(with: prefix.utf8) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// The text without a suffix, compared by bytes; nil if it has another suffix.
  func dropSuffix(_ suffix: String) -> String? {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      ? String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
  }
}
