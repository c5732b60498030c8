// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The number of bad results in a row: what a probe remembers between probes.
package struct ProbeStreak: Sendable, Hashable {
  /// The number of results in a row that were degraded or worse.
  package private(set) var bad = 0
  /// The number of results in a row that were unhealthy.
  package private(set) var unhealthy = 0
  /// When the bad results started.
  package private(set) var since: Instant?
  /// Whether a result was healthy since the notifier started: until then, earlier results are unknown.
  private var hasBeenWell = false

  package init() {}

  /// The judgement from the results in a row.
  package enum Judgement: Sendable, Hashable {
    case well, degraded, unhealthy
    /// Too few probes since the start to decide whether an earlier alert is still active.
    case undecided
  }

  /// Adds a result, and returns the judgement from it and the earlier ones.
  package mutating func take(_ finding: ProbeResult.Finding, _ settings: ProbeSource.Settings, at now: Instant)
    -> Judgement
  {
    guard finding > .well else {
      self = ProbeStreak()
      hasBeenWell = true
      return .well
    }
    since = since ?? now
    bad += 1
    unhealthy = finding == .unhealthy ? unhealthy + 1 : 0
    if unhealthy >= settings.unhealthyRule.after { return .unhealthy }
    let isDegraded = bad >= settings.degradedRule.after
    // An alert that was active when the notifier stopped must not end or become less severe only because counting
    // starts again.
    if !hasBeenWell, unhealthy > 0 || !isDegraded { return .undecided }
    return isDegraded ? .degraded : .well
  }
}
