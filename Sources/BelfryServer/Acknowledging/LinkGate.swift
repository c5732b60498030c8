// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import Synchronization

/// Bounds how often each single acknowledge link is opened.
///
/// It counts within the present second and forgets with it, so that it never holds more than was opened in one.
final class LinkGate: Sendable {
  private struct Second {
    var number: Int64 = .min
    var counts: [String: Int] = [:]
  }

  private let second = Mutex(Second())

  /// How often one link may be opened within a second: more than people and the scanners of their mail need.
  static let limit = 10

  /// After how many seconds this link may be opened again; nil when it may be opened now.
  func wait(for link: String, at now: Instant) -> Int? {
    second.withLock { second in
      let number = now.microseconds / 1_000_000
      if second.number != number { second = Second(number: number) }
      second.counts[link, default: 0] += 1
      return second.counts[link, default: 0] > LinkGate.limit ? 1 : nil
    }
  }
}
