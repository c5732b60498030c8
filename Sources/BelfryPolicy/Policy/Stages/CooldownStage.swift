// SPDX-License-Identifier: Apache-2.0
internal import Belfry

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

  /// The window of a channel after something of this severity was notified there: it begins again, and keeps the worst
  /// severity that was notified in it.
  func stamped(_ window: CooldownWindow?, with severity: Severity, by rule: CooldownRule, at now: Instant)
    -> CooldownWindow
  {
    let until = now + rule.window
    guard let window else { return CooldownWindow(until: until, severity: severity) }
    guard window.isOpen(at: now) else {
      // Its timer is late: what it held must not wait for another window.
      return CooldownWindow(until: until, severity: severity, release: window.release, ended: window.ended)
    }
    var stamped = window
    stamped.until = until
    if window.release == window.until { stamped.release = until }
    stamped.severity = min(window.severity, severity)
    return stamped
  }
}
