// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Finds the digest that an alert joins instead of being sent at once.
struct DigestStage {
  let rules: PolicyRules

  /// The digest and the rule that selects it: the route's own, or the first of the file if its mode is `digest` and the
  /// alert is not critical.
  func digest(for alert: Alert, on route: Route) -> (digest: DigestRule, rule: Rule)? {
    if let name = route.digest, let digest = rules.digest(name) {
      return (digest, Rule(path: "\(route.name).digest", line: route.rule.line))
    }
    guard rules.mode == .digest, alert.severity != .critical, let digest = rules.digests.first else { return nil }
    return (digest, rules.modeRule)
  }
}
