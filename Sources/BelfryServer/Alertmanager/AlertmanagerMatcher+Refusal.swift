// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension Query {
  /// More in one query would be no question that a person asks.
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
  /// The patterns that it stands for, or the refusal of an expression that cannot be read.
  func readPatterns() throws(Refusal) -> Patterns {
    do throws(PatternError) {
      return try patterns()
    } catch {
      throw Refusal(.badRequest, "\(name.text): \(error.text)".oneLine)
    }
  }
}

extension Matcher {
  /// What all of the matchers match, by labels.
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
