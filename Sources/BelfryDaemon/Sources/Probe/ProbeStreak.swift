// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How often in a row looks at a service were bad: what a probe remembers from one look to the next.
package struct ProbeStreak: Sendable, Hashable {
  /// How many looks in a row found it degraded or worse.
  package private(set) var bad = 0
  /// How many looks in a row found it unhealthy.
  package private(set) var unhealthy = 0
  /// When the bad looks began.
  package private(set) var since: Instant?
  /// Whether a look was well since the notifier started: before that, what went before is not known.
  private var hasBeenWell = false

  package init() {}

  /// What the looks in a row come to.
  package enum Judgement: Sendable, Hashable {
    case well, degraded, unhealthy
    /// Too few looks since the start to tell whether an alert from before still holds.
    case undecided
  }

  /// Takes a look in, and says what follows from it and those before it.
  package mutating func take(_ finding: ProbeLook.Finding, _ settings: ProbeSourceSettings, at now: Instant)
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
    // An alert that was active when the notifier stopped must neither end nor become milder only because counting begins anew.
    if !hasBeenWell, unhealthy > 0 || !isDegraded { return .undecided }
    return isDegraded ? .degraded : .well
  }
}
