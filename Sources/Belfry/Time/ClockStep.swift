// SPDX-License-Identifier: Apache-2.0

/// The wall clock of the machine was set while a process ran: what that process noted by the old time is moved to the new one.
///
/// A step of zero moves nothing that is possible by the clock as it is: it bounds what an earlier process noted by another.
package struct ClockStep: Sendable, Hashable {
  /// By how much the clock was set; above zero when it was set forward.
  package let by: Duration
  /// What the clock shows after the step.
  package let now: Instant
  /// What the clock showed, before the step, when this process began to note moments.
  package let since: Instant

  package init(by: Duration, now: Instant, since: Instant) {
    self.by = by
    self.now = now
    self.since = since
  }

  /// A step of zero: for a start, where nobody knows what the clock did before.
  package static func none(at now: Instant) -> ClockStep { ClockStep(by: .zero, now: now, since: now) }

  /// What the clock would show without the step.
  package var before: Instant { now - by }

  /// A moment at which something happened: its age stays the same if this process noted it, and no age is below zero.
  package func moment(_ noted: Instant) -> Instant {
    since <= noted && noted <= before ? noted + by : min(noted, now)
  }

  /// The end of a wait: what is left of it stays the same, if it can be a wait of this process.
  ///
  /// What is left of it beyond `longest` is no wait of any rule: an earlier process set it, by another clock.
  package func end(_ end: Instant, longest: Duration) -> Instant {
    let left = end - before
    if left <= .zero { return min(end, now) }
    return left <= longest ? end + by : min(end, now + longest)
  }
}

/// Notices that the wall clock was set, by comparing it with the monotonic clock.
package struct ClockWatch: Sendable {
  /// A smaller step is noticed when the steps add up to this.
  package static let noticeable = Duration.seconds(1)

  /// What the wall clock showed when the monotonic clock was at zero.
  private var origin: Instant
  private var since: Instant

  package init(now: Instant, elapsed: Duration) {
    origin = now - elapsed
    since = now
  }

  /// The step since this was last called; nil where there was none.
  package mutating func step(now: Instant, elapsed: Duration) -> ClockStep? {
    let by = now - (origin + elapsed)
    guard by >= ClockWatch.noticeable || by <= .zero - ClockWatch.noticeable else { return nil }
    let step = ClockStep(by: by, now: now, since: since)
    origin = origin + by
    since = since + by
    return step
  }
}
