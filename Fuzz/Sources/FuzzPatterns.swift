// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Fuzzes the patterns of configurations, silences and queries, and the matched values: a pattern reads back as itself,
/// and Alertmanager's form of it matches the same values.
@Sendable func fuzzPatterns(_ bytes: [UInt8]) {
  var input = FuzzBytes(bytes)
  let (text, written, value) = (input.text(), input.text(), input.text())
  var memo = MatchMemo()
  do throws(MatcherSyntaxError) {
    let matcher = try AlertmanagerMatcher(text)
    do throws(PatternError) {
      let patterns = try matcher.patterns()
      check(patterns, value, &memo)
      expect(patterns.matches(value, memo: &memo) == patterns.matches(value, memo: &memo), "an answer is kept")
    } catch {
      expect(!error.text.isEmpty, "a reason")
    }
  } catch {
    expect(!error.text.isEmpty, "a reason")
  }
  check(Patterns([Pattern(migrating: written)]), value, &memo)
}

private func check(_ patterns: Patterns, _ value: String, _ memo: inout MatchMemo) {
  guard patterns.refusal == nil else {
    return expect(AlertmanagerMatcher.equivalent(to: patterns, of: "a") == nil, "what is refused has no equivalent")
  }
  let isMatch = patterns.matches(value, memo: &memo)
  for element in patterns.elements {
    if case .not = element { continue }
    expect(Pattern(migrating: element.text).matches(value) == element.matches(value), "\(element.text) reads back")
  }
  guard let matchers = AlertmanagerMatcher.equivalent(to: patterns, of: "a") else { return }
  for matcher in matchers {
    do throws(PatternError) {
      let holds = try matcher.patterns().matches(value, memo: &memo)
      expect(!isMatch || holds, "\(matcher) holds for \(value.debugDescription)")
    } catch {
      fatalError("\(matcher) cannot be read: \(error.text)")
    }
  }
}
