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
  /// Matches alerts whose labels match all of the matchers.
  init(_ matchers: [AlertmanagerMatcher]) throws(Refusal) {
    self.init()
    var names: [ExactText] = []
    var conditions: [ExactText: [Patterns]] = [:]
    for matcher in matchers {
      if conditions[matcher.name] == nil { names.append(matcher.name) }
      conditions[matcher.name, default: []].append(try matcher.readPatterns())
    }
    labels = names.map { name in
      LabelMatcher(name: name.text, patterns: Patterns(all: conditions[name] ?? []))
    }
  }
}
