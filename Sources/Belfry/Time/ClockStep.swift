// SPDX-License-Identifier: Apache-2.0

/// A change of the machine's wall clock while a process was running: times recorded with the old clock are shifted to
/// the new one.
///
/// A step of zero shifts no plausible time: it limits times that an earlier process recorded with another clock.
package struct ClockStep: Sendable, Hashable {
  /// The amount of the change; positive if the clock was set forward.
  package let by: Duration
  /// The clock's time after the step.
  package let now: Instant
  /// The clock's time, before the step, when this process started to record times.
  package let since: Instant

  package init(by: Duration, now: Instant, since: Instant) {
    self.by = by
    self.now = now
    self.since = since
  }

  /// A step of zero, for startup, when earlier changes of the clock are unknown.
  package static func none(at now: Instant) -> ClockStep { ClockStep(by: .zero, now: now, since: now) }

  /// The time without the step.
  package var before: Instant { now - by }

  /// Shifts the time of a past event: its age stays the same if this process recorded it, and is never negative.
  package func moment(_ noted: Instant) -> Instant {
    since <= noted && noted <= before ? noted + by : min(noted, now)
  }

  /// Shifts the end of a wait: the remaining time stays the same, if this process can have set it.
  ///
  /// A remaining time over `longest` is longer than any rule's wait: an earlier process set it with another clock.
  package func end(_ end: Instant, longest: Duration) -> Instant {
    let left = end - before
    if left <= .zero { return min(end, now) }
    return left <= longest ? end + by : min(end, now + longest)
  }
}

/// Detects changes of the wall clock by comparing it with the monotonic clock.
package struct ClockWatch: Sendable {
  /// The smallest detected step; smaller steps are detected when they add up to this.
  package static let noticeable = Duration.seconds(1)

  /// The wall clock's time when the monotonic clock was at zero.
  private var origin: Instant
  private var since: Instant

  package init(now: Instant, elapsed: Duration) {
    origin = now - elapsed
    since = now
  }

  /// The step since the last call; nil if there was none.
  package mutating func step(now: Instant, elapsed: Duration) -> ClockStep? {
    let by = now - (origin + elapsed)
    guard by >= ClockWatch.noticeable || by <= .zero - ClockWatch.noticeable else { return nil }
    let step = ClockStep(by: by, now: now, since: since)
    origin = origin + by
    since = since + by
    return step
  }
}
