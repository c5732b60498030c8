// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Hours in which nothing is sent, for a route or a channel.
package struct QuietRule: Sendable, Hashable {
  package var window: WallClockWindow
  /// The severities that are sent anyway.
  package var except: SeveritySelector?
  package var rule: Rule

  package init(window: WallClockWindow, except: SeveritySelector? = nil, rule: Rule) {
    self.window = window
    self.except = except
    self.rule = rule
  }

  /// The end of the hours in which an alert of this severity waits; nil if it does not wait.
  func end(for severity: Severity, at now: Instant) -> Instant? {
    except?.contains(severity) == true ? nil : window.end(at: now)
  }
}
