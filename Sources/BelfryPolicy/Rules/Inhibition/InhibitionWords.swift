// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension InhibitionHold {
  var words: String { "the inhibition" + GroupKey(key).values.after(" of ") }
  func holding(_ detail: String) -> String { "muted by an active alert that matches \(detail)" }
  func release(isActive: Bool) -> String { "its inhibition ended and \(isActive.firingText)" }
  var ended: String { "the inhibition ended" }
  var holder: String { "another alert" }
  func standing(until: String, rule: String) -> String {
    "muted by another active alert \(until)\(rule); sent then if still firing"
  }
  func next(rule: String) -> String {
    "the inhibition ends when the other alert resolves; sent then if still firing\(rule)"
  }
  var timer: String { "alerts that were muted by a resolved alert are checked again" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    question.rules.inhibitions(muting: question.alert, memo: &memo).map { _, rule in
      let equal = rule.equal.isEmpty ? "" : " and has the same \(rule.equal.map(\.name).joined(separator: ", "))"
      return .init("inhibited while an alert that matches \(rule.when.text)\(equal) is active", rule.rule)
    }
  }
}
