// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension CooldownHold {
  static var counted: String { "held by a cooldown" }

  private var values: String { GroupKey(key).values.after(" for ") }
  var words: String { "the cooldown" + values }
  func holding(_ detail: String) -> String { "a similar alert was sent recently" }
  func release(isActive: Bool) -> String { "its cooldown ended and \(isActive.firingText)" }
  var ended: String { "the cooldown ended" }
  var holder: String { "its cooldown" }
  func standing(until: String, rule: String) -> String {
    "waiting \(until) because a similar alert was sent recently: \(words)\(rule)"
  }
  var timer: String { "cooldown\(values) ends" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    guard case .cooldown(_, let cooldown) = question.throttle else { return [] }
    let what = "cooldown \(cooldown.window.text) by \(cooldown.by.map(\.name).joined(separator: ", "))"
    return [
      .init(
        "\(what): suppressed if a similar alert was sent in that time, unless this one is more severe",
        cooldown.rule
      )
    ]
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    let waits = [rules.cooldown?.window] + rules.table.routes.map { $0.cooldown?.window }
    return (name, waits.compactMap(\.self).max() ?? .zero)
  }
}
