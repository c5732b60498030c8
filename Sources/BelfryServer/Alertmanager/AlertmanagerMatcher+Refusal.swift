// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

extension Query {
  /// The most matchers in one query: more than any real query has.
  private static let matcherLimit = 32

  /// The matchers in the parameters of that name, one in each.
  func matchers(_ name: String) throws(Refusal) -> [AlertmanagerMatcher] {
    let texts = all(name)
    guard texts.count <= Query.matcherLimit else {
      throw Refusal(.badRequest, "\(name): at most \(Query.matcherLimit) are allowed.")
    }
    return try texts.map { text throws(Refusal) in
      do throws(MatcherSyntaxError) {
        return try AlertmanagerMatcher(text)
      } catch {
        throw Refusal(.badRequest, "\(name): \(error.text): \(text.oneLine)")
      }
    }
  }
}

extension AlertmanagerMatcher {
  /// The patterns that it stands for, or the refusal of an invalid expression.
  func readPatterns() throws(Refusal) -> Patterns {
    do throws(PatternError) {
      return try patterns()
    } catch {
      throw Refusal(.badRequest, "\(name.text): \(error.text)".oneLine)
    }
  }
}

extension Matcher {
  /// Matches alerts whose labels match all of the matchers; refuses an invalid expression.
  init(reading matchers: [AlertmanagerMatcher]) throws(Refusal) {
    do throws(PatternError) {
      try self.init(matchers)
    } catch {
      throw Refusal(.badRequest, error.text.oneLine)
    }
  }
}
