// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension ExpectationHold {
  var words: String { "the expected alert \(key)" }
  func holding(_ detail: String) -> String { "expected" }
  func release(isActive: Bool) -> String { "it was expected" }
  var ended: String { "it was expected" }
  var holder: String { "nothing" }
  func standing(until: String, rule: String) -> String { "waiting \(until) for \(words)\(rule)" }
  var timer: String { "expected alert \(key) is due" }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    (name, rules.expectations.values.map(\.every).max() ?? .zero)
  }
}
