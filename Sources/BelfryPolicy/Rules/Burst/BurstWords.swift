// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension BurstHold {
  static var counted: String { "sent in a burst summary" }

  var words: String { "the burst" }
  func holding(_ detail: String) -> String { "waits for the next update of the burst" }
  func release(isActive: Bool) -> String { "the burst continues" }
  var ended: String { "the burst continues" }
  var holder: String { "a burst" }
  func standing(until: String, rule: String) -> String { "waiting \(until) because a burst is in progress\(rule)" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    switch question.throttle {
    case .digest, .group: return []
    case .cooldown, .none: break
    }
    guard let burst = question.route.burst ?? question.rules.burst else { return [] }
    let to = burst.to.isEmpty ? "the same channels" : burst.to.map(\.name).joined(separator: ", ")
    let when = burst.within.map { "within \($0.text)" } ?? "at once"
    let except = burst.except.map { ", except \($0.text)" } ?? ""
    return [.init("burst: more than \(burst.over) \(when) become one summary to \(to)\(except)", burst.rule)]
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    let waits = [rules.burst?.within] + rules.table.routes.map { $0.burst?.within }
    return (name, waits.compactMap(\.self).max() ?? .zero)
  }
}
