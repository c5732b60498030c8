// SPDX-License-Identifier: Apache-2.0

/// A wall-clock time: whole microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Use it for everything that outlives a process; waits inside a process are monotonic and use `Duration`.
public struct Instant: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch; negative before it.
  public let microseconds: Int64

  /// Creates a time from microseconds since the epoch.
  public init(microseconds: Int64) { self.microseconds = microseconds }
  /// Creates a time from seconds since the epoch, limited to the representable range.
  public init(seconds: Int64) { self.microseconds = Duration.seconds(seconds).microseconds }

  /// Orders by time, earlier first.
  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
  /// The time `right` later, limited to the representable range.
  public static func + (left: Instant, right: Duration) -> Instant {
    let (sum, overflow) = left.microseconds.addingReportingOverflow(right.microseconds)
    return Instant(microseconds: overflow ? (right < .zero ? .min : .max) : sum)
  }
  /// The time `right` earlier, limited to the representable range.
  public static func - (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: difference(left.microseconds, right.microseconds))
  }
  /// The time from `right` to `left`; negative if `left` is earlier.
  public static func - (left: Instant, right: Instant) -> Duration {
    .microseconds(difference(left.microseconds, right.microseconds))
  }

  /// The saturated difference: a time read from a damaged file must not crash the process.
  private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
    let (difference, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (right > 0 ? .min : .max) : difference
  }
}

extension Duration {
  /// Whole microseconds, rounded towards zero, limited to the range of `Int64`.
  public var microseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product + attoseconds / 1_000_000_000_000
  }
}
