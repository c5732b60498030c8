// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// Joins what shares some values: the first of a group waits a little for others, later ones for the next update.
struct GroupStage {
  let rules: PolicyRules

  /// The group an alert belongs to on a route; a route's groups are its own.
  func key(for alert: Alert, on route: Route) -> HoldKey? { route.group?.key(for: alert, scope: route.identity) }

  /// When what joins the group now is told.
  func due(_ group: GroupRecord?, by rule: GroupRule, at now: Instant) -> Instant {
    // A moment that has passed is the timer's to end, however late it is.
    if let due = group?.due { return due }
    guard let next = group?.restsUntil, next > now else { return now + rule.wait }
    return next
  }
}
