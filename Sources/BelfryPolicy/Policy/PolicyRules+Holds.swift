// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension PolicyRules {
  /// The rule by which a hold keeps an alert that takes these routes; nil where the file has no such rule any more.
  func rule(of hold: ListKey, for alert: Alert, on routes: [Route]) -> Rule? {
    switch hold {
    case .cooldown(let key):
      let stage = CooldownStage(rules: self)
      return routes.first { stage.key(for: alert, on: $0) == key }.flatMap { stage.rule(for: $0)?.rule }
    case .digest(let name): return digest(name)?.rule
    case .group(let key):
      return routes.first { GroupStage(rules: self).key(for: alert, on: $0) == key }?.group?.rule
    case .burst(let key):
      let stage = BurstStage(rules: self, now: Instant(seconds: 0))
      return routes.lazy.compactMap { stage.rule(for: $0) }.first { $0.key == key }?.rule.rule
    case .silence(let id): return .silence(id)
    case .quiet(.route(let identity)): return routes.first { $0.identity == identity }?.quiet?.rule
    case .quiet(.channel(let channel)): return channelQuiet[channel]?.rule
    case .inhibition(let key): return inhibitions.first { $0.key(for: alert) == key }?.rule
    case .expectation(let id): return expectations[id]?.rule
    }
  }
}

extension Policy {
  /// The rule by which a hold keeps an alert, by the file as it is now.
  package func rule(of hold: ListKey, for alert: Alert) -> Rule? {
    var memo = MatchMemo()
    let routes = rules.table.resolve(alert, memo: &memo)
    if case .digest(let name) = hold {
      // What has it wait is the rule by which a route's alerts join the digest.
      for case .digest(let digest, let rule) in routes.map({ rules.throttle(alert, on: $0) }) where digest.name == name
      {
        return rule
      }
    }
    return rules.rule(of: hold, for: alert, on: routes)
  }
}
