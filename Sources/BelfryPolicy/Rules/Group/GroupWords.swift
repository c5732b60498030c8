// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension GroupHold {
  static var counted: String { "waiting for a group" }

  private var values: String { GroupKey(key).values.after(" ") }
  var words: String { "the group" + values }
  func holding(_ detail: String) -> String { "waits for its group" + detail.after(" ") }
  func release(isActive: Bool) -> String { "sent with its group" }
  var ended: String { "group" }
  var holder: String { "its group" }
  func standing(until: String, rule: String) -> String { "waiting \(until) for the next message of \(words)\(rule)" }
  var timer: String { "update of group" + values }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    guard case .group(_, let rule) = question.throttle else { return [] }
    let name = rule.name(for: question.alert)
    let group = name.isEmpty ? "with all alerts of the route" : "with all alerts of \(name)"
    let pace = "\(rule.wait.text) after the first, then news every \(rule.every.text)"
    return [.init("group: sent \(group), \(pace)", rule.rule)]
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    let waits = rules.table.routes.compactMap(\.group).flatMap { [$0.wait, $0.every] }
    return (name, waits.max() ?? .zero)
  }
}
