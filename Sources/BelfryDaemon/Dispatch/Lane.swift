// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// The deliveries of one channel that are ours: those waiting for their turn, and how many attempts are under way.
struct Lane {
  /// How many attempts may be under way at once.
  let limit: Int
  private(set) var queue: [LeasedDelivery] = []
  private(set) var underWay = 0
  /// Whether this channel appends to a file: then everything that waits is one write and one sync, one batch at a time.
  private(set) var isBatched = false

  /// How many are leased at a time for a channel that takes batches.
  static let batch = 1024

  init(limit: Int) { self.limit = limit }

  /// How many more may be leased.
  var room: Int {
    if isBatched { return underWay > 0 ? 0 : max(0, Lane.batch - queue.count) }
    return max(0, limit - underWay - queue.count)
  }

  /// How long to lease for.
  ///
  /// A batch of lines is written in one go, so its lease can be short: after a crash it is due again the sooner.
  var lease: Duration { isBatched ? .seconds(15) : Dispatcher.lease }

  mutating func add(_ deliveries: some Sequence<LeasedDelivery>) { queue += deliveries }

  /// What to begin now: one attempt's deliveries, or nothing when the channel is busy or idle.
  mutating func next() -> [LeasedDelivery]? {
    guard !queue.isEmpty, underWay < (isBatched ? 1 : limit) else { return nil }
    underWay += 1
    let count = isBatched ? min(queue.count, Lane.batch) : 1
    defer { queue.removeFirst(count) }
    return Array(queue.prefix(count))
  }

  mutating func finished(isBatched: Bool) {
    underWay -= 1
    self.isBatched = isBatched
  }

  /// Gives up what has not begun.
  mutating func drain() -> [LeasedDelivery] {
    defer { queue = [] }
    return queue
  }
}
