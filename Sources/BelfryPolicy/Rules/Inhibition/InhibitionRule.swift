// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Mutes alerts that share values with other active alerts.
///
/// It is a class, because every alert is compared with it: a copy of its matchers would cost more than most comparisons.
package final class InhibitionRule: Sendable {
  package let when: Matcher
  package let mute: Matcher
  /// The names of labels, or `category`, `source`, `severity`, that both must share.
  package let equal: [CooldownRule.CooldownKey]
  package let rule: Rule
  /// Identifies the rule across edits that move it.
  package let identity: String

  package init(when: Matcher, mute: Matcher, equal: [CooldownRule.CooldownKey], rule: Rule, identity: String) {
    self.when = when
    self.mute = mute
    self.equal = equal
    self.rule = rule
    self.identity = identity
  }

  /// The values that this alert shares with those that it mutes, or with those that mute it.
  func key(for alert: Alert) -> GroupKey {
    equal.key(for: alert, scope: identity)
  }
}

extension PolicyRules {
  /// The keys under which an alert mutes others while it is active.
  func inhibitions(by alert: Alert, memo: inout MatchMemo) -> [GroupKey] {
    inhibitions.compactMap { $0.when.matches(alert, memo: &memo) ? $0.key(for: alert) : nil }
  }

  /// The inhibitions that mute an alert while others are active, each with the key of those others.
  ///
  /// The keys make it unnecessary to compare alerts with each other. A rule does not mute an alert that itself matches
  /// `when`: otherwise two such alerts would hide each other.
  package func inhibitions(muting alert: Alert, memo: inout MatchMemo) -> [(key: GroupKey, rule: InhibitionRule)] {
    var found: [(GroupKey, InhibitionRule)] = []
    for rule in inhibitions where rule.mute.matches(alert, memo: &memo) && !rule.when.matches(alert, memo: &memo) {
      found.append((rule.key(for: alert), rule))
    }
    return found
  }
}
