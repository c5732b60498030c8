// SPDX-License-Identifier: Apache-2.0
internal import CRE2

/// A regular expression in RE2's syntax, which is that of Prometheus and Alertmanager.
///
/// A match takes time proportional to the value, whatever the expression: RE2 does not backtrack.
package struct RegexPattern: Sendable, Hashable {
  /// The part of a value that the expression must match.
  package enum Reach: Sendable, Hashable {
    /// Any part: `^` and `$` anchor it to the ends.
    case anywhere
    /// The whole value, as in Alertmanager.
    case whole
  }

  package let source: ExactText
  package let reach: Reach
  private let program: RegexProgram

  /// - Throws: `PatternError` if RE2 rejects it, or if it is too large.
  package init(_ source: String, reach: Reach = .anywhere) throws(PatternError) {
    self.source = ExactText(source)
    self.reach = reach
    program = try RegexProgram(source)
  }

  package func matches(_ value: String) -> Bool { program.matches(value, isWhole: reach == .whole) }

  package static func == (left: RegexPattern, right: RegexPattern) -> Bool {
    left.source == right.source && left.reach == right.reach
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(source)
    hasher.combine(reach)
  }

  /// A regular expression that matches exactly this text.
  package static func quoting(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      if metacharacters.contains(scalar) { result.unicodeScalars.append("\\") }
      result.unicodeScalars.append(scalar)
    }
  }

  private static let metacharacters = Set("\\^$.|?*+()[]{}".unicodeScalars)
}

/// A compiled expression, freed with the last reference to it.
///
/// `@unchecked`: RE2 documents that any number of threads may match with one object; its own caches are locked.
private final class RegexProgram: @unchecked Sendable {
  private let handle: OpaquePointer

  /// Longer than any expression written by hand.
  private static let longestSource = 4096
  /// The most steps that a match takes for each byte of a value.
  private static let largestProgram: Int32 = 1000
  /// The most memory of the program and its cache of states; a program within the limit above needs a tenth.
  private static let memory: Int64 = 1 << 20

  init(_ source: String) throws(PatternError) {
    guard source.utf8.count <= RegexProgram.longestSource else {
      let start = String(source.prefix(40))
      throw PatternError(
        text: "/\(start)…/ is longer than \(RegexProgram.longestSource) bytes, the limit for a regular expression."
      )
    }
    var text = source
    let made = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { belfry_re2_new($0.baseAddress, $0.count, RegexProgram.memory) }
    }
    guard let made else { throw PatternError(text: "/\(source)/ could not be compiled: out of memory.") }
    handle = made
    if let problem = RegexProgram.problem(with: handle, source) { throw PatternError(text: problem) }
  }

  deinit { belfry_re2_free(handle) }

  func matches(_ value: String, isWhole: Bool) -> Bool {
    var value = value
    return value.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { belfry_re2_match(handle, $0.baseAddress, $0.count, isWhole) }
    }
  }

  private static func problem(with handle: OpaquePointer, _ source: String) -> String? {
    guard belfry_re2_ok(handle) else {
      let why = String(cString: belfry_re2_error(handle))
      let hint =
        source.contains("(?=") || source.contains("(?!") || source.contains("(?<")
        ? " RE2 has no look-around; negate a pattern with {\"not\": …} instead." : ""
      return "/\(source)/ is not a regular expression: \(why).\(hint)"
    }
    // A single byte is not a character: RE2 supports it, Prometheus and Alertmanager reject it.
    if hasByteEscape(source) { return "/\(source)/ is not a regular expression: \\C is not supported." }
    guard belfry_re2_size(handle) <= largestProgram else {
      return "/\(source)/ is too large: it compiles to \(belfry_re2_size(handle)) instructions, "
        + "and the limit is \(largestProgram). Use smaller repeat counts or fewer character classes."
    }
    return nil
  }

  private static func hasByteEscape(_ source: String) -> Bool {
    var isEscaped = false
    var isQuoted = false
    for byte in source.utf8 {
      if isEscaped {
        isEscaped = false
        switch byte {
        case UInt8(ascii: "Q"): isQuoted = true
        case UInt8(ascii: "E"): isQuoted = false
        case UInt8(ascii: "C") where !isQuoted: return true
        default: break
        }
      } else {
        isEscaped = byte == UInt8(ascii: "\\")
      }
    }
    return false
  }
}

/// A pattern that is invalid, and the reason.
package struct PatternError: Error {
  package let text: String

  package init(text: String) { self.text = text }
}
