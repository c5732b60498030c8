// SPDX-License-Identifier: Apache-2.0

/// What a value of an alert may be: exactly a text, a glob with `*`, a regular expression between slashes, or none of these.
///
/// All of them compare bytes.
package enum Pattern: Sendable, Hashable {
  case exact(ExactText)
  case glob(Glob)
  case regex(RegexPattern)
  /// Matches what none of the patterns matches.
  indirect case not(Patterns)
  /// A pattern of an older version that this one cannot read: it matches nothing, and keeps its text.
  case refused(RefusedPattern)

  /// - Throws: `PatternError` when the regular expression cannot be read.
  package init(text: String) throws(PatternError) {
    guard let source = Pattern.regexSource(of: text) else {
      self = text.utf8.contains(UInt8(ascii: "*")) ? .glob(Glob(text)) : .exact(ExactText(text))
      return
    }
    let regex = try RegexPattern(source)
    self = Pattern.whole(source) ?? .regex(regex)
  }

  /// What stands between slashes; nil where they do not enclose the text.
  package static func regexSource(of text: String) -> String? {
    let slash = UInt8(ascii: "/")
    guard text.utf8.count >= 2, text.utf8.first == slash, text.utf8.last == slash else { return nil }
    return String(Substring(text.utf8.dropFirst().dropLast()))
  }

  /// `^(?:…)$` and `^\Q…\E$` are how a pattern is written that must match the whole value, or be exactly a text.
  private static func whole(_ source: String) -> Pattern? {
    for end in ["$", "\\z"] {
      guard let inside = source.dropPrefix("^")?.dropSuffix(end) else { continue }
      if let text = quoted(inside) { return .exact(ExactText(text)) }
      guard let body = inside.dropPrefix("(?:")?.dropSuffix(")") else { continue }
      // Where the brackets are not those of each other, the body is no expression: `^(?:a)|(?:b)$`.
      do throws(PatternError) {
        return .regex(try RegexPattern(body, reach: .whole))
      } catch {
        return nil
      }
    }
    return nil
  }

  /// What stands between `\Q` and `\E`; nil where these do not enclose the text.
  package static func quoted(_ source: String) -> String? {
    let body = source.dropPrefix("\\Q")?.dropSuffix("\\E")
    return body?.contains("\\E") == false ? body : nil
  }

  /// As Alertmanager matches: a text exactly, or a regular expression that must match the whole value.
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

  /// Why an older version's pattern is refused, also inside of a `not`.
  package var refusal: RefusedPattern? {
    switch self {
    case .refused(let refused): refused
    case .not(let patterns): patterns.refusal
    case .exact, .glob, .regex: nil
    }
  }

  /// The pattern as a person reads it; all but a `not` are read back by `init(text:)`.
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
  /// An exact text, so that it is not taken for a glob or a regular expression.
  private static func written(_ text: String) -> String {
    guard regexSource(of: text) != nil || text.utf8.contains(UInt8(ascii: "*")) else { return text }
    return text.contains("\\E") ? "/^(?:\(RegexPattern.quoting(text)))$/" : "/^\\Q\(text)\\E$/"
  }
}

/// A pattern that cannot be read, and why.
package struct PatternError: Error {
  package let text: String
}

/// A pattern that an older version took and this one cannot.
package struct RefusedPattern: Sendable, Hashable {
  package let text: String
  package let reason: String
}

/// A text in which `*` stands for anything, also for nothing.
package struct Glob: Sendable, Hashable {
  private let source: ExactText
  private let pieces: [[UInt8]]

  package var text: String { source.text }

  package init(_ text: String) {
    self.source = ExactText(text)
    self.pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// Linear in the value for each piece: no backtracking, whatever the pattern.
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
  /// Without a beginning, compared by bytes; nil when it does not begin so.
  func dropPrefix(_ prefix: String) -> String? {
    utf8.starts(with: prefix.utf8) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
  }

  /// Without an end, compared by bytes; nil when it does not end so.
  func dropSuffix(_ suffix: String) -> String? {
    utf8.count >= suffix.utf8.count && utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
      ? String(Substring(utf8.dropLast(suffix.utf8.count))) : nil
  }
}
