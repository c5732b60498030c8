// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The one rule of a route that sets the pace of its messages, once nothing mutes an alert.
enum Throttle {
  /// The alert joins the digest instead of being sent at once, because of this rule.
  case digest(DigestRule, because: Rule)
  /// It is sent with its group.
  case group(GroupHold, GroupRule)
  /// It is sent unless a similar alert was sent recently.
  case cooldown(CooldownHold, CooldownRule)
  case none

  /// The hold in which the alert waits.
  var hold: HoldID? {
    switch self {
    case .digest(let digest, _): .digest(digest.name)
    case .group(let hold, _): hold.id
    case .cooldown(let hold, _): hold.id
    case .none: nil
    }
  }

  /// The cooldown that sending the alert starts.
  var cooldown: (hold: CooldownHold, rule: CooldownRule)? {
    if case .cooldown(let hold, let rule) = self { (hold, rule) } else { nil }
  }
}

extension PolicyRules {
  /// The throttle of a route for an alert; every step asks here, so that the hold of an alert is recognized when it ends.
  func throttle(_ alert: Alert, on route: Route) -> Throttle {
    if let (digest, rule) = digest(for: alert, on: route) { return .digest(digest, because: rule) }
    if let rule = route.group { return .group(GroupHold(alert, rule, on: route), rule) }
    guard let rule = cooldown(of: route) else { return .none }
    return .cooldown(CooldownHold(alert, rule, on: route), rule)
  }

  /// The channels that may have sent an alert of a route: its own, its burst's, its digest's and its escalations'.
  package func reach(of route: Route) -> [ChannelName] {
    if route.drops { return [] }
    let burst = (route.burst ?? burst)?.to ?? []
    let digest = (route.digest.flatMap { self.digest($0) } ?? (mode == .digest ? digests.first : nil))?.to ?? []
    return (route.to + burst + digest + route.escalations.flatMap(\.to)).distinct
  }
}
