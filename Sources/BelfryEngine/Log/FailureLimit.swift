// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Logs a recurring failure once a minute, with the number of occurrences.
///
/// If one damaged row could fill the log, everything else would be hidden, and the disk could fill up.
final class FailureLimit: Sendable {
  private struct Seen {
    var saidAt: Instant
    var unsaid = 0
  }

  private let seen = Mutex<[String: Seen]>([:])

  private static let spacing = Duration.seconds(60)
  /// The most failures that are distinguished; more would mean that every text is different.
  private static let capacity = 100

  /// - Returns: the number of failures left out since the same text was last logged; nil to leave this one out too.
  func count(_ text: String, at now: Instant) -> Int? {
    seen.withLock { seen in
      guard let last = seen[text] else {
        if seen.count >= FailureLimit.capacity { seen.removeAll() }
        seen[text] = Seen(saidAt: now)
        return 0
      }
      // After the clock was set back, the failure is logged again at once.
      guard (now - last.saidAt) >= FailureLimit.spacing || now < last.saidAt else {
        seen[text]?.unsaid += 1
        return nil
      }
      seen[text] = Seen(saidAt: now)
      return last.unsaid
    }
  }
}

extension Console {
  /// Logs a failure, unless the same was logged within a minute.
  func fail(_ text: String, within limit: FailureLimit, at now: Instant, _ fields: LogField...) {
    guard let unsaid = limit.count(text, at: now) else { return }
    fail(unsaid == 0 ? text : "\(text) (\(unsaid) more times in the last minute)", fields)
  }
}
