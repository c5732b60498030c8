// SPDX-License-Identifier: Apache-2.0
public import Belfry
internal import Foundation

/// A source of time.
///
/// It is a parameter everywhere, so that tests run on their own clock.
public protocol TimeSource: Sendable {
  /// The wall clock.
  func now() -> Instant
  /// The monotonic clock: the time since a fixed moment. Setting the wall clock does not change it.
  ///
  /// Use it to measure time within a process.
  func elapsed() -> Duration
  /// Waits on the monotonic clock, which setting the wall clock does not change.
  ///
  /// - Throws: `CancellationError` when the task is cancelled.
  func sleep(for duration: Duration) async throws
  /// Makes an alarm that calls `body`, which must return at once.
  ///
  /// It costs less than a task that sleeps, above all if it is set again and again.
  func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm
}

/// Makes a call at a time that can be changed.
public protocol Alarm: Sendable {
  /// Makes the call after `duration` on the monotonic clock, in place of one that was set before.
  func set(after duration: Duration)
  /// Makes no call.
  func unset()
}

/// The clocks of the machine.
public struct SystemTime: TimeSource {
  /// Creates the clocks, which have no state.
  public init() {}

  /// The wall clock, to the microsecond.
  public func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
  }

  /// The time since the machine started, including sleep.
  public func elapsed() -> Duration {
    var time = timespec()
    #if os(Linux)
    clock_gettime(CLOCK_BOOTTIME, &time)
    #else
    clock_gettime(CLOCK_MONOTONIC, &time)
    #endif
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }

  /// Waits on the monotonic clock.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }

  /// Makes an alarm that calls `body` on a global dispatch queue.
  ///
  /// The time that the machine sleeps does not count.
  public func alarm(_ body: @escaping @Sendable () -> Void) -> any Alarm { SystemAlarm(body) }
}
