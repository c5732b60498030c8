// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The rule between an alert and the channels of a route that takes it, once nothing mutes it.
enum Throttle {
  /// It joins the digest instead of being sent at once, because of this rule.
  case digest(DigestRule, because: Rule)
  /// It is sent with its group.
  case group(HoldKey, GroupRule)
  /// It is sent unless this window is open.
  case cooldown(HoldKey, CooldownRule)
  case none

  /// The list in which it waits.
  var list: ListKey? {
    switch self {
    case .digest(let digest, _): .digest(digest.name)
    case .group(let key, _): .group(key)
    case .cooldown(let key, _): .cooldown(key)
    case .none: nil
    }
  }
}

extension PolicyRules {
  /// The rule that applies; every stage asks here, so that what held an alert is recognised when its time comes.
  func throttle(_ alert: Alert, on route: Route) -> Throttle {
    if let (digest, rule) = DigestStage(rules: self).digest(for: alert, on: route) {
      return .digest(digest, because: rule)
    }
    if let rule = route.group, let key = GroupStage(rules: self).key(for: alert, on: route) { return .group(key, rule) }
    let cooldown = CooldownStage(rules: self)
    guard let rule = cooldown.rule(for: route), let key = cooldown.key(for: alert, on: route) else { return .none }
    return .cooldown(key, rule)
  }

  /// The channels that may have sent an alert of a route: its own, its burst's, its digest's and its escalations'.
  package func reach(of route: Route) -> [ChannelName] {
    let burst = (route.burst ?? burst)?.to ?? []
    let digest = (route.digest.flatMap { self.digest($0) } ?? (mode == .digest ? digests.first : nil))?.to ?? []
    return (route.to + burst + digest + route.escalations.flatMap(\.to)).distinct
  }
}

extension [ChannelName] {
  /// The elements without duplicates, in order.
  package var distinct: [ChannelName] {
    guard count > 1 else { return self }
    var seen: Set<ChannelName> = []
    return filter { seen.insert($0).inserted }
  }
}

extension [Alert] {
  /// By severity, then by id.
  var worstFirst: [Alert] { sorted { ($0.severity, $0.key) < ($1.severity, $1.key) } }
}
