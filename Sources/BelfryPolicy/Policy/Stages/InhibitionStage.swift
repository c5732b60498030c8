// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension PolicyRules {
  /// The inhibitions that mute an alert while others are active, each with the key of those others.
  package func inhibitions(muting alert: Alert, memo: inout MatchMemo) -> [(key: HoldKey, rule: InhibitionRule)] {
    InhibitionStage(rules: self).muting(alert, &memo)
  }
}

/// Finds which alerts mute which: by keys, so that no alert is compared with another.
struct InhibitionStage {
  let rules: PolicyRules

  /// The keys under which an alert mutes others while it is active.
  func muted(by alert: Alert, _ memo: inout MatchMemo) -> [HoldKey] {
    rules.inhibitions.compactMap { $0.when.matches(alert, memo: &memo) ? $0.key(for: alert) : nil }
  }

  /// The keys under which others mute an alert.
  ///
  /// A rule does not mute an alert that itself matches the muting side: otherwise two such alerts would hide each
  /// other.
  func muting(_ alert: Alert, _ memo: inout MatchMemo) -> [(key: HoldKey, rule: InhibitionRule)] {
    var found: [(HoldKey, InhibitionRule)] = []
    for rule in rules.inhibitions
    where rule.mute.matches(alert, memo: &memo) && !rule.when.matches(alert, memo: &memo) {
      found.append((rule.key(for: alert), rule))
    }
    return found
  }
}
