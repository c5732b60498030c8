// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Says a failure that comes again and again once a minute, with how many there were.
///
/// A log that one damaged row fills hides everything else, and can fill the disk.
final class FailureLimit: Sendable {
  private struct Seen {
    var saidAt: Instant
    var unsaid = 0
  }

  private let seen = Mutex<[String: Seen]>([:])

  private static let spacing = Duration.seconds(60)
  /// The most kinds that are distinguished; more would mean that the texts are never the same.
  private static let capacity = 100

  /// - Returns: how many were left out since the same text was last said; nil when this one is to be left out, too.
  func count(_ text: String, at now: Instant) -> Int? {
    seen.withLock { seen in
      guard let last = seen[text] else {
        if seen.count >= FailureLimit.capacity { seen.removeAll() }
        seen[text] = Seen(saidAt: now)
        return 0
      }
      // A clock that was set back says it again at once.
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
  /// Says what failed, unless the same was said within a minute.
  func fail(_ text: String, within limit: FailureLimit, at now: Instant, _ fields: LogField...) {
    guard let unsaid = limit.count(text, at: now) else { return }
    fail(unsaid == 0 ? text : "\(text) (\(unsaid) more times in the last minute)", fields)
  }
}
