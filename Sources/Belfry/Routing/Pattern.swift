// SPDX-License-Identifier: Apache-2.0

/// What a value of an alert may be: exactly a text, a glob with `*`, or a regular expression between slashes.
package enum Pattern: Sendable, Hashable {
  case exact(String)
  case glob(Glob)
  case regex(RegexPattern)

  /// - Throws: `PatternError` when the regular expression cannot be read.
  package init(text: String) throws(PatternError) {
    if text.count >= 2, text.hasPrefix("/"), text.hasSuffix("/") {
      self = .regex(try RegexPattern(String(text.dropFirst().dropLast())))
    } else if text.contains("*") {
      self = .glob(Glob(text))
    } else {
      self = .exact(text)
    }
  }

  package func matches(_ value: String) -> Bool {
    switch self {
    case .exact(let text): text == value
    case .glob(let glob): glob.matches(value)
    case .regex(let regex): regex.matches(value)
    }
  }

  package var text: String {
    switch self {
    case .exact(let text): text
    case .glob(let glob): glob.text
    case .regex(let regex): "/\(regex.source)/"
    }
  }
}

/// A pattern that cannot be read, and why.
package struct PatternError: Error {
  package let text: String
}

/// A text in which `*` stands for anything, also for nothing.
package struct Glob: Sendable, Hashable {
  package let text: String
  private let pieces: [[UInt8]]

  package init(_ text: String) {
    self.text = text
    self.pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
  }

  /// Linear in the value for each piece: no backtracking, whatever the pattern.
  package func matches(_ value: String) -> Bool {
    let bytes = Array(value.utf8)
    guard let first = pieces.first, let last = pieces.last, pieces.count > 1 else { return text == value }
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

/// A regular expression that looks for a match anywhere in a value; `^` and `$` tie it to the ends.
///
/// `@unchecked`: `Regex` is not `Sendable` because one built from parts may capture a custom parser. One compiled from text
/// holds none: it is immutable, and its lowered program is stored with an atomic.
package struct RegexPattern: @unchecked Sendable, Hashable {
  package let source: String
  private let regex: Regex<AnyRegexOutput>

  package init(_ source: String) throws(PatternError) {
    self.source = source
    do {
      regex = try Regex(source)
    } catch {
      throw PatternError(text: "/\(source)/ is not a regular expression: \(error).")
    }
  }

  package func matches(_ value: String) -> Bool {
    do {
      return try regex.firstMatch(in: value) != nil
    } catch {
      return false  // Only a custom parser in the expression throws, and there is none.
    }
  }

  package static func == (left: RegexPattern, right: RegexPattern) -> Bool { left.source == right.source }
  package func hash(into hasher: inout Hasher) { hasher.combine(source) }
}
