// SPDX-License-Identifier: Apache-2.0

/// A moment in wall-clock time: whole microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Everything that outlives a process is kept in this type; waiting inside a process is monotonic and uses `Duration`.
public struct Instant: Sendable, Hashable, Comparable {
  public let microseconds: Int64

  public init(microseconds: Int64) { self.microseconds = microseconds }
  public init(seconds: Int64) { self.microseconds = seconds * 1_000_000 }

  public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
  public static func + (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds + right.microseconds)
  }
  public static func - (left: Instant, right: Duration) -> Instant {
    Instant(microseconds: left.microseconds - right.microseconds)
  }
  public static func - (left: Instant, right: Instant) -> Duration {
    .microseconds(left.microseconds - right.microseconds)
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
