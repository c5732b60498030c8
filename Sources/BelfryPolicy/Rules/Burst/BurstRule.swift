// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How many alerts at once are sent as one message.
package struct BurstRule: Sendable, Hashable {
  /// More than this many become one summary.
  package var over: Int
  /// The channels of the summary; if empty, each channel gets a summary of its own alerts.
  package var to: [ChannelName]
  /// The period in which they are counted; nil for one batch only.
  package var within: Duration?
  /// Alerts that are sent separately anyway, and not counted.
  package var except: SeveritySelector?
  package var rule: Rule

  package init(over: Int, to: [ChannelName], within: Duration? = nil, except: SeveritySelector? = nil, rule: Rule) {
    self.over = over
    self.to = to
    self.within = within
    self.except = except
    self.rule = rule
  }
}

extension PolicyRules {
  /// The burst that counts a route's alerts: the route's own, or the file's, which counts those of all other routes
  /// together.
  func burst(of route: Route) -> (hold: BurstHold, rule: BurstRule)? {
    // A group is one message already.
    guard route.group == nil else { return nil }
    if let own = route.burst { return (BurstHold(GroupKey(route.identity)), own) }
    return burst.map { (BurstHold(GroupKey("")), $0) }
  }
}
