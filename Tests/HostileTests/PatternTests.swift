// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryPolicy
import BelfryTestKit
import Testing

/// Patterns with their slowest values, which a backtracking matcher would never finish.
@Suite("Hostile patterns", .endsIfItHangs)
struct PatternTests {
  /// Patterns known to be slow for a backtracking matcher.
  static let known: [String] = [
    "([a-z]+-?)+", "^(a+)+$", "(.*)*,", ".*a.*a.*b", "(a|a)*$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a*)*b",
    "(a?){100}a{100}", "(x+x+)+y", "^(.*?,){11}P", "(?:.*)*x", "(?i)^(a+)+$", "((a+)+)+$", "(\\w+\\s?)+$",
    "^([a-zA-Z0-9_.-]+)*@", "(a{0,30}){0,30}$", "(.+)+\\n", "(?s)(.*)*\\x00", "^(\\d+)*[^\\d]$",
  ]

  /// Known and generated patterns, 500 in all; the same in every run.
  static let patterns: [String] = {
    let atoms = ["a", "[a-z]", ".", "\\w", "(?:a|b)", "[^,]", "a?", "-?"]
    let repeats = ["+", "*", "{1,9}", "+?", "*?"]
    var patterns = known
    outer: for first in atoms {
      for inner in repeats {
        for second in atoms {
          for outer in repeats {
            guard patterns.count < 500 else { break outer }
            patterns.append("^(?:(?:\(first))\(inner)(?:\(second)))\(outer)!$")
          }
        }
      }
    }
    return patterns
  }()

  @Test("are compared with their slowest values in time proportional to those")
  func worstValues() throws {
    #expect(PatternTests.patterns.count == 500)
    let values = ["a", "ab", "a-", ",", "1", "aA"].map { String(repeating: $0, count: 4096 / $0.utf8.count) }
    for source in PatternTests.patterns {
      // A pattern that is too large is refused in the configuration, and then nothing has to be matched.
      guard let pattern = PatternTests.read("/\(source)/") else { continue }
      for value in values { _ = pattern.matches(value) }
    }
  }

  @Test("with a program that is too large are refused, with the limit in the message")
  func tooLarge() {
    for source in ["(?:a{100}){100}", "[\\pL]{200}", ".{1000}", String(repeating: "(", count: 4096), "(a{1000}){1000}"]
    {
      #expect(throws: PatternError.self) { try Pattern(text: "/\(source)/") }
    }
    #expect(throws: PatternError.self) { try Pattern(text: "/\(String(repeating: "a", count: 4097))/") }
  }

  @Test(
    "that need a backtracking matcher are refused",
    arguments: ["(a)\\1", "(?=a)", "(?!a)", "(?<=a)b", "(?>a)", "a++"]
  )
  func backtracking(source: String) {
    #expect(throws: PatternError.self) { try Pattern(text: "/\(source)/") }
  }

  private static func read(_ text: String) -> Pattern? {
    do throws(PatternError) { return try Pattern(text: text) } catch { return nil }
  }
}
