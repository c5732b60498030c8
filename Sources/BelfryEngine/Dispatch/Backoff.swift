// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// When a failed delivery is retried, and when it becomes a dead letter.
package struct Backoff: Sendable {
  package var first: Duration = .seconds(1)
  package var longest: Duration = .seconds(600)
  /// How long a critical delivery is retried.
  package var criticalBudget: Duration = .seconds(24 * 3600)
  /// How long any other delivery is retried.
  package var budget: Duration = .seconds(6 * 3600)

  /// How long before the end of its time a delivery has its last attempt, however long a wait would be.
  package static let lastChance = Duration.seconds(30)

  package init() {}

  /// The wait after an attempt: a random part of a time that doubles from `first` to `longest`, so that deliveries that
  /// failed together are not retried together (“full jitter”,
  /// aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter).
  ///
  /// - Parameters:
  ///   - attempt: The number of the failed attempt, from 1.
  ///   - asked: The wait that the server asked for; it is respected up to `longest`.
  ///   - random: A number in 0 ..< 1.
  /// - Returns: the wait, from `first` to `longest`.
  package func wait(after attempt: Int, asked: Duration?, random: Double) -> Duration {
    let doubled = attempt > 30 ? longest : min(longest, first * (1 << max(0, attempt)))
    let jittered = Duration.microseconds(Int64(Double(doubled.microseconds) * random))
    return max(min(asked ?? .zero, longest), first, jittered)
  }

  /// When a delivery is due again that was not attempted because its host cannot be reached: then another one, which may
  /// be less severe and have less time left, is tried if the host still cannot.
  package func whileUnreachable(at now: Instant, _ random: Double) -> Instant {
    now + wait(after: .max, asked: nil, random: random)
  }

  /// Whether an attempt now is the last one of a delivery.
  package func isLastChance(of severity: Severity, triedSince start: Instant, at now: Instant) -> Bool {
    now >= deadline(of: severity, triedSince: start) - Backoff.lastChance
  }

  /// The time until which a delivery of this severity is retried.
  package func deadline(of severity: Severity, triedSince start: Instant) -> Instant {
    start + (severity.isCritical ? criticalBudget : budget)
  }
}
