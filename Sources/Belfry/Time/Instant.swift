// SPDX-License-Identifier: Apache-2.0

/// A moment in wall-clock time: whole microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Everything that outlives a process is kept in this type; waiting inside a process is monotonic and uses `Duration`.
public struct Instant: Sendable, Hashable, Comparable {
  /// Microseconds since the epoch; negative before it.
  public let microseconds: Int64

  /// Creates a moment from microseconds since the epoch.
  public init(microseconds: Int64) { self.microseconds = microseconds }
  /// Creates a moment from seconds since the epoch; one out of range is the first or the last there is.
  public init(seconds: Int64) { self.microseconds = Duration.seconds(seconds).microseconds }

  /// Orders by time, the earlier first.
  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
  /// The moment that is `right` later; one out of range is the first or the last there is.
  public static func + (left: Instant, right: Duration) -> Instant {
    let (sum, overflow) = left.microseconds.addingReportingOverflow(right.microseconds)
    return Instant(microseconds: overflow ? (right < .zero ? .min : .max) : sum)
  }
  /// The moment that is `right` earlier; one out of range is the first or the last there is.
  public static func - (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: difference(left.microseconds, right.microseconds))
  }
  /// How much later `left` is than `right`; negative when it is earlier.
  public static func - (left: Instant, right: Instant) -> Duration {
    .microseconds(difference(left.microseconds, right.microseconds))
  }

  /// Saturates: a moment that was read from a damaged file must not end the process.
  private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
    let (difference, overflow) = left.subtractingReportingOverflow(right)
    return overflow ? (right > 0 ? .min : .max) : difference
  }
}

extension Duration {
  /// Whole microseconds, rounded towards zero; saturates at the range of `Int64`.
  public var microseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    return product + attoseconds / 1_000_000_000_000
  }
}
