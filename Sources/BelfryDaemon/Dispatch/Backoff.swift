// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// When a delivery that failed is tried again, and when it is given up.
package struct Backoff: Sendable {
  package var first: Duration = .seconds(1)
  package var longest: Duration = .seconds(600)
  /// How long a critical delivery is tried.
  package var criticalBudget: Duration = .seconds(24 * 3600)
  /// How long any other is tried.
  package var budget: Duration = .seconds(6 * 3600)

  package init() {}

  /// The wait after an attempt: a random part of a time that doubles from `first` to `longest`, so that many that failed
  /// together do not come back together (“full jitter”, aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter).
  ///
  /// - Parameters:
  ///   - attempt: the number of the attempt that failed, from 1.
  ///   - asked: what the server asked for; up to `longest` it is kept, beyond that the server is not trusted.
  ///   - random: a number in 0 ..< 1.
  /// - Returns: the wait, from `first` to `longest`.
  package func wait(after attempt: Int, asked: Duration?, random: Double) -> Duration {
    let doubled = attempt > 30 ? longest : min(longest, first * (1 << max(0, attempt)))
    let jittered = Duration.microseconds(Int64(Double(doubled.microseconds) * random))
    return max(min(asked ?? .zero, longest), first, jittered)
  }

  /// Until when a delivery of this severity is tried.
  package func deadline(of severity: Severity, triedSince start: Instant) -> Instant {
    start + (severity == .critical ? criticalBudget : budget)
  }
}
