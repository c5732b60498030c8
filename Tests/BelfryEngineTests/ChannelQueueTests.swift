// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Synchronization
import Testing
@testable import BelfryEngine

@Suite("The queue of a channel")
struct ChannelQueueTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func leased(_ count: Int) -> [LeasedDelivery] { (0..<count).map { .sample($0, at: now) } }

  @Test("starts the next attempt while the verdict of the last one is recorded")
  func overlap() {
    var queue = ChannelQueue(limit: 1)
    queue.add(leased(2))
    #expect(queue.next(at: now)?.count == 1)
    #expect(queue.next(at: now) == nil)
    queue.answered(isBatched: false)
    #expect(queue.next(at: now)?.count == 1)
    #expect(!queue.isIdle)
  }

  @Test("has no more verdicts waiting to be recorded than attempts may run", arguments: [1, 4])
  func bound(limit: Int) {
    var queue = ChannelQueue(limit: limit)
    queue.add(leased(5 * limit))
    var begun = 0
    while queue.next(at: now) != nil {
      begun += 1
      queue.answered(isBatched: false)
    }
    #expect(begun == 2 * limit)
    queue.settled(begun)
    #expect(queue.room(at: now) == 0 && queue.next(at: now) != nil)
  }

  @Test("hands over more than may run if attempts are short and arrive, up to four times as many")
  func ahead() {
    var queue = ChannelQueue(limit: 4)
    #expect(queue.openings(at: now) == 4)
    queue.adapt(ended: 3, longest: .milliseconds(1), allArrived: true)
    #expect(queue.openings(at: now) == 4 + 6)
    queue.adapt(ended: 100, longest: .milliseconds(1), allArrived: true)
    #expect(queue.openings(at: now) == 4 + 12)
    queue.adapt(ended: 1, longest: .milliseconds(1), allArrived: true)
    #expect(queue.openings(at: now) == 4 + 9)
  }

  @Test("hands over no more than may run if a severe one would have to wait long, one failed, or there is a pace")
  func notAhead() {
    var queue = ChannelQueue(limit: 4)
    queue.adapt(ended: 8, longest: .milliseconds(1), allArrived: true)
    queue.adapt(ended: 8, longest: .milliseconds(51), allArrived: true)
    #expect(queue.openings(at: now) == 4)
    queue.adapt(ended: 8, longest: .milliseconds(1), allArrived: true)
    queue.adapt(ended: 8, longest: .milliseconds(1), allArrived: false)
    #expect(queue.openings(at: now) == 4)
    var paced = ChannelQueue(limit: 4, spacing: .seconds(1))
    paced.adapt(ended: 8, longest: .milliseconds(1), allArrived: true)
    #expect(paced.openings(at: now) == 1)
  }

  @Test("is idle when the last verdict is recorded, not before")
  func idle() {
    var queue = ChannelQueue(limit: 2)
    queue.add(leased(1))
    _ = queue.next(at: now)
    queue.answered(isBatched: false)
    #expect(!queue.isIdle)
    queue.settled(1)
    #expect(queue.isIdle)
  }
}
