// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Limits how often each single acknowledgement link is opened.
///
/// It counts within the current second and then forgets, so it never holds more than the links opened in one second.
final class LinkGate: Sendable {
  private struct Second {
    var number: Int64 = .min
    var counts: [String: Int] = [:]
  }

  private let second = Mutex(Second())

  /// How often one link may be opened per second: more than people and their mail scanners need.
  static let limit = 10

  /// The number of seconds after which this link may be opened again; nil if it may be opened now.
  func wait(for link: String, at now: Instant) -> Int? {
    second.withLock { second in
      let number = now.microseconds / 1_000_000
      if second.number != number { second = Second(number: number) }
      second.counts[link, default: 0] += 1
      return second.counts[link, default: 0] > LinkGate.limit ? 1 : nil
    }
  }
}
