// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Synchronization
import Testing
@testable import BelfryEngine

@Suite("The lane of a channel")
struct LaneTests {
  private let now = Instant(seconds: 1_800_000_000)

  private func leased(_ count: Int) -> [LeasedDelivery] {
    (0..<count).map { index in
      let delivery = NewDelivery(
        id: DeliveryID("d\(index)"),
        channel: "pager",
        content: .alert(alert("a\(index)")),
        reason: "new alert",
        route: "routes[0]",
        severity: .warning
      )
      return LeasedDelivery(delivery: delivery, createdAt: now, attempt: 1, token: 1, leasedUntil: now + .seconds(60))
    }
  }

  @Test("starts the next attempt while the verdict of the last one is recorded")
  func overlap() {
    var lane = Lane(limit: 1)
    lane.add(leased(2))
    #expect(lane.next(at: now)?.count == 1)
    #expect(lane.next(at: now) == nil)
    lane.answered(isBatched: false)
    #expect(lane.next(at: now)?.count == 1)
    #expect(!lane.isIdle)
  }

  @Test("has no more verdicts waiting to be recorded than attempts may run", arguments: [1, 4])
  func bound(limit: Int) {
    var lane = Lane(limit: limit)
    lane.add(leased(5 * limit))
    var begun = 0
    while lane.next(at: now) != nil {
      begun += 1
      lane.answered(isBatched: false)
    }
    #expect(begun == 2 * limit)
    lane.settled(begun)
    #expect(lane.room(at: now) == 0 && lane.next(at: now) != nil)
  }

  @Test("is idle when the last verdict is recorded, not before")
  func idle() {
    var lane = Lane(limit: 2)
    lane.add(leased(1))
    _ = lane.next(at: now)
    lane.answered(isBatched: false)
    #expect(!lane.isIdle)
    lane.settled(1)
    #expect(lane.isIdle)
  }

  @Test("records other verdicts when the ledger cannot accept one")
  func apart() async {
    let conclusions = leased(3).map(Conclusion.released)
    let calls = Mutex(0)
    let reported = Mutex<[String]>([])
    let left = await Dispatcher.leftover(of: conclusions) { settlements in
      calls.withLock { $0 += 1 }
      if settlements.contains(where: { $0.id == DeliveryID("d1") }) { throw Unexpected() }
      return settlements.map { _ in true }
    } report: { written, _ in
      reported.withLock { $0 += written.map { $0.leased.delivery.id.text } }
    }
    #expect(left.conclusions.map { $0.leased.delivery.id.text } == ["d1"])
    #expect(left.error != nil)
    #expect(reported.withLock { $0 } == ["d0", "d2"])
    #expect(calls.withLock { $0 } == 4)
  }
}
