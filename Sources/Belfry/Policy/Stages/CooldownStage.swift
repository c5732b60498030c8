// SPDX-License-Identifier: Apache-2.0

/// Holds back what is like something told a short while ago, unless it is worse.
struct CooldownStage {
  let rules: PolicyRules

  /// The cooldown of a route: its own, else the file's; nil when it is off, or when a group sets the pace.
  func rule(for route: Route) -> CooldownRule? {
    guard route.group == nil else { return nil }
    let rule = route.cooldown ?? rules.cooldown
    return rule.flatMap { $0.window > .zero ? $0 : nil }
  }

  /// The window an alert falls into on a route.
  ///
  /// A route's own cooldown has windows of its own; the file's are shared by all.
  func key(for alert: Alert, on route: Route) -> HoldKey? {
    rule(for: route)?.key(for: alert, scope: route.cooldown == nil ? "" : route.identity)
  }

  /// Whether a window holds an alert of this severity.
  func holds(_ severity: Severity, in window: CooldownWindow?, at now: Instant) -> Bool {
    guard let window, window.isOpen(at: now) else { return false }
    return !severity.isWorse(than: window.severity)
  }

  /// The window after something of this severity was told: it begins anew, and keeps the worst that was told in it.
  func stamped(_ window: CooldownWindow?, with severity: Severity, by rule: CooldownRule, at now: Instant)
    -> CooldownWindow
  {
    guard let window, window.isOpen(at: now) else {
      return CooldownWindow(until: now + rule.window, severity: severity, ended: window?.ended ?? 0)
    }
    var stamped = window
    stamped.until = now + rule.window
    stamped.severity = min(window.severity, severity)
    return stamped
  }
}
