// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing
@testable import BelfryEngine

@Suite("A dispatcher's held lease")
struct HeldLeasesTests {
  private let now = Instant(seconds: 1_800_000_000)
  private let id = DeliveryID("d1")

  private func leased(token: Int) -> LeasedDelivery { .sample(attempt: token, at: now) }

  @Test("starts a delivery once, however often it is leased again")
  func once() {
    var held = HeldLeases()
    let isNew = (1...3).map { held.add(leased(token: $0)) }
    #expect(isNew == [true, false, false])
  }

  @Test("is settled under its latest token and attempt number")
  func latest() {
    var held = HeldLeases()
    _ = held.add(leased(token: 1))
    _ = held.add(leased(token: 2))
    #expect(held.latest(of: id)?.token == 2)
    #expect(held.latest(of: id)?.attempt == 2)
    let newer = held.end(id, settledUnder: 2)
    #expect(newer == nil)
    #expect(held.latest(of: id) == nil)
  }

  @Test("ends with the newer lease, if the delivery was leased again after it was settled")
  func newer() {
    var held = HeldLeases()
    _ = held.add(leased(token: 1))
    _ = held.add(leased(token: 2))
    let newer = held.end(id, settledUnder: 1)
    #expect(newer == leased(token: 2))
    let isNew = held.add(leased(token: 2))
    #expect(isNew)
  }

  @Test("keeps its remaining time when the clock is set", arguments: [Duration.seconds(-3_600), .seconds(3_600)])
  func clock(by step: Duration) {
    var held = HeldLeases()
    let delivery = leased(token: 1)
    _ = held.add(delivery)
    held.follow(ClockStep(by: step, now: now + .seconds(10) + step, since: now - .seconds(60)), longest: .seconds(120))
    let current = held.current(delivery)
    #expect(current.leasedUntil == delivery.leasedUntil + step)
    #expect(current.triedSince == delivery.triedSince + step)
    #expect(current.delivery == delivery.delivery)
  }
}
