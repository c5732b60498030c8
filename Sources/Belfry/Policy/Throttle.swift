// SPDX-License-Identifier: Apache-2.0

/// What stands between an alert and the channels of a route that takes it.
enum Throttle {
  /// It joins the digest instead of being told at once, because this rule says so.
  case digest(DigestRule, because: Rule)
  /// It is told unless this window is open.
  case cooldown(WindowKey, CooldownRule)
  case none
}

extension PolicyRules {
  /// The one question that every stage asks, so that what held an alert is recognised when its time has come.
  func throttle(_ alert: Alert, on route: Route) -> Throttle {
    if let (digest, rule) = DigestStage(rules: self).digest(for: alert, on: route) {
      return .digest(digest, because: rule)
    }
    let cooldown = CooldownStage(rules: self)
    guard let rule = cooldown.rule(for: route), let key = cooldown.key(for: alert, on: route) else { return .none }
    return .cooldown(key, rule)
  }
}
