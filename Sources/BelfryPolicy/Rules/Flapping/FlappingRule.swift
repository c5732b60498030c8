// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// An alert that changes state more than `over` times `within` is flapping.
package struct FlappingRule: Sendable, Hashable {
  package var over: Int
  package var within: Duration
  package var rule: Rule

  package init(over: Int, within: Duration, rule: Rule) {
    self.over = over
    self.within = within
    self.rule = rule
  }
}

extension FlappingRule: RuleKind {
  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    guard let flapping = question.rules.flapping else { return [] }
    let changes = "more than \(flapping.over) changes within \(flapping.within.text)"
    return [.init("flapping: \(changes) are reported once, and once more when it settles", flapping.rule)]
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    (LongestWaits.alert, rules.flapping?.within ?? .zero)
  }
}

/// Detects alerts that fire and resolve too often to be sent each time.
struct FlappingStep {
  let rule: FlappingRule?

  /// Notes that an alert fired or resolved.
  func note(_ record: inout AlertRecord, at now: Instant, times: Int = 1) {
    guard let rule else { return }
    record.changes += repeatElement(now, count: min(times, rule.over + 1))
    // A change in the future was recorded with a wrong clock.
    record.changes.removeAll { $0 + rule.within <= now || $0 > now }
    // Older changes do not matter any more.
    record.changes.removeFirst(max(0, record.changes.count - rule.over - 1))
    if record.changes.count > rule.over { record.isFlapping = true }
  }

  /// When a flapping alert settles, if nothing changes before; nil if it does not flap.
  func settles(_ record: AlertRecord) -> Instant? {
    guard record.isFlapping else { return nil }
    // The rule is no longer in the file: it settles now.
    guard let rule, let last = record.changes.last else { return record.firedAt }
    return last + rule.within
  }
}
