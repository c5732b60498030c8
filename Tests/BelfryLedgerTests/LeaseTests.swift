// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Leasing and settling deliveries")
struct LeaseTests {
  @Test("returns what was leased on ingestion when the lease ends", arguments: Store.allCases)
  func reappears(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    #expect(first.attempt == 1)
    #expect(first.createdAt == environment.now)
    #expect(first.leasedUntil == environment.now + .seconds(60))
    #expect(try await environment.claim().isEmpty)
    environment.advance(by: .seconds(60) - .microseconds(1))
    #expect(try await environment.claim().isEmpty)
    environment.advance(by: .microseconds(1))
    let second = try #require(try await environment.claim(for: .seconds(10)).first)
    #expect(second.delivery == first.delivery)
    #expect(second.attempt == 2)
    #expect(second.token > first.token)
    #expect(second.leasedUntil == environment.now + .seconds(10))
    #expect(try await environment.ledger.delivery(first.delivery.id)?.attempts == 2)
  }

  @Test("treats an unsettled attempt as possibly delivered, but not one that was released", arguments: Store.allCases)
  func doubt(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    #expect(leased.allSatisfy { !$0.memory.isInDoubt })
    let refusal = Verdict.Reason("invalid_blocks", "")
    #expect(try await environment.settle(leased[0], .released))
    let first = try #require(try await environment.claim(for: .seconds(10)).first)
    #expect(!first.memory.isInDoubt)
    let memory = AttemptMemory(refusal: refusal)
    #expect(try await environment.settle(first, .retry(at: environment.now, because: refusal, memory: memory)))
    let plain = try #require(try await environment.claim(for: .seconds(10)).first)
    #expect(plain.memory == memory)
    environment.advance(by: .seconds(60))
    let again = try await environment.claim()
    #expect(again.flatMap(\.alerts) == ["a", "b"])
    #expect(
      again.map(\.memory) == [
        AttemptMemory(refusal: refusal, isInDoubt: true, cutOff: 1), AttemptMemory(isInDoubt: true, cutOff: 1),
      ]
    )
  }

  @Test("leases at most as many as requested, the rest waits", arguments: Store.allCases)
  func leasesTheFirst(store: Store) async throws {
    let environment = try await TestLedger(store)
    let terms = LeaseTerms(count: 2, duration: .seconds(60))
    let ingested = try await environment.ingest([.sample("a"), .sample("b"), .sample("c")], lease: terms)
    #expect(ingested.leased.flatMap(\.alerts) == ["a", "b"])
    #expect(ingested.queued == 1)
    #expect(try await environment.claim().flatMap(\.alerts) == ["c"])
  }

  @Test("makes no wait longer when the clock was set back, and leaves due what is due", arguments: Store.allCases)
  func clockSetBack(store: Store) async throws {
    let environment = try await TestLedger(store)
    let terms = LeaseTerms(count: 2, duration: .seconds(60))
    let leased = try await environment.ingest([.sample("a"), .sample("b"), .sample("c")], lease: terms).leased
    #expect(
      try await environment.settle(
        leased[0],
        .retry(at: environment.now + .seconds(100), because: .init("code", "text"))
      )
    )
    environment.advance(by: .seconds(-3600))
    #expect(try await environment.claim().isEmpty)
    let step = ClockStep(by: .seconds(-3600), now: environment.now, since: TestEnvironment.start)
    try await environment.ledger.followDeliveries(step, longest: .seconds(600))
    #expect(try await environment.claim(for: .seconds(1_000)).flatMap(\.alerts) == ["c"])
    environment.advance(by: .seconds(60))
    #expect(try await environment.claim(for: .seconds(1_000)).flatMap(\.alerts) == ["b"])
    environment.advance(by: .seconds(39))
    #expect(try await environment.claim().isEmpty)
    environment.advance(by: .seconds(1))
    #expect(try await environment.claim().flatMap(\.alerts) == ["a"])
  }

  @Test("refuses a settlement if the delivery was leased again, and changes nothing", arguments: Store.allCases)
  func refusesStaleLeases(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    environment.advance(by: .seconds(60))
    let second = try #require(try await environment.claim().first)
    let before = try await environment.ledger.delivery(first.delivery.id)
    for result in Self.results(environment.now) {
      #expect(try await environment.settle(first, result) == false)
      #expect(try await environment.ledger.delivery(first.delivery.id) == before)
    }
    #expect(try await environment.settle(second, .delivered(Receipt())))
  }

  @Test("accepts an expired lease while nobody else leased the delivery", arguments: Store.allCases)
  func takesLateSettlements(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    environment.advance(by: .seconds(600))
    #expect(try await environment.settle(leased, .delivered(Receipt())))
    #expect(try await environment.claim().isEmpty)
  }

  @Test("refuses a second settlement, whatever came first", arguments: Store.allCases)
  func settlesOnce(store: Store) async throws {
    for (index, result) in Self.results(TestEnvironment.start).enumerated() {
      let environment = try await TestLedger(store)
      let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
      #expect(try await environment.settle(leased, result))
      let before = try await environment.ledger.delivery(leased.delivery.id)
      for again in Self.results(environment.now) {
        #expect(try await environment.settle(leased, again) == false, "\(index)")
      }
      #expect(try await environment.ledger.delivery(leased.delivery.id) == before)
    }
  }

  @Test("handles each settlement of a batch independently", arguments: Store.allCases)
  func settlesBatches(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    let unknown = DeliveryID("00000000-0000-7000-8000-000000000000")
    let taken = try await environment.ledger.settle([
      Settlement(id: leased[0].delivery.id, token: leased[0].token + 7, result: .released),
      Settlement(id: unknown, token: 1, result: .delivered(Receipt())),
      Settlement(id: leased[1].delivery.id, token: leased[1].token, result: .delivered(Receipt())),
      Settlement(id: leased[1].delivery.id, token: leased[1].token, result: .released),
    ])
    #expect(taken == [false, false, true, false])
    #expect(try await environment.ledger.delivery(leased[0].delivery.id)?.status == .pending)
    #expect(try await environment.ledger.delivery(leased[1].delivery.id)?.status == .delivered)
    #expect(try await environment.ledger.delivery(unknown) == nil)
  }

  @Test("stores the receipt of a delivered one, which is then finished", arguments: Store.allCases)
  func keepsReceipts(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    let receipt = Receipt(["ts": "1.2", "channel": "D\"1\""])
    environment.advance(by: .seconds(5))
    #expect(try await environment.settle(leased, .delivered(receipt)))
    let record = try #require(try await environment.ledger.delivery(leased.delivery.id))
    #expect(record.status == .delivered)
    #expect(record.receipt == receipt)
    #expect(record.settledAt == environment.now)
    #expect(record.createdAt == environment.now - .seconds(5))
    #expect(record.attempts == 1)
    #expect(record.delivery == leased.delivery)
    environment.advance(by: .seconds(3600))
    #expect(try await environment.claim().isEmpty)
    #expect(try await environment.nextDue() == nil)
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.delivered: 1]])
  }

  @Test("makes a retry due at its time and keeps the reason", arguments: Store.allCases)
  func retries(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    let reason = Verdict.Reason("http_503", "busy")
    let at = environment.now + .seconds(300)
    #expect(try await environment.settle(leased, .retry(at: at, because: reason)))
    let record = try #require(try await environment.ledger.delivery(leased.delivery.id))
    #expect(record.status == .pending)
    #expect(record.visibleAt == at)
    #expect(record.lastReason == reason)
    #expect(record.settledAt == nil)
    #expect(try await environment.nextDue() == at)
    environment.advance(by: .seconds(299))
    #expect(try await environment.claim().isEmpty)
    environment.advance(by: .seconds(1))
    #expect(try await environment.claim().map(\.attempt) == [2])
    #expect(try await environment.ledger.delivery(leased.delivery.id)?.lastReason == reason)
  }

  @Test("retries a partial delivery with its result, through failures too", arguments: Store.allCases)
  func progresses(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    #expect(leased.progress == nil)
    let receipt = Receipt(["waiting": "b@example.com"])
    let reason = Verdict.Reason("smtp_450", "later")
    #expect(
      try await environment.settle(leased, .partial(receipt, because: reason, retryAt: environment.now + .seconds(9)))
    )
    #expect(try await environment.ledger.delivery(leased.delivery.id)?.status == .pending)
    #expect(try await environment.claim().isEmpty)
    environment.advance(by: .seconds(9))
    let second = try #require(try await environment.claim().first)
    #expect(second.progress == receipt)
    #expect(second.attempt == 2)
    #expect(try await environment.settle(second, .retry(at: environment.now, because: .init("not_connected", ""))))
    let third = try #require(try await environment.claim().first)
    #expect(third.progress == receipt)
    let end = Receipt(["refused": "b@example.com"])
    #expect(try await environment.settle(third, .partial(end, because: reason, retryAt: nil)))
    let record = try #require(try await environment.ledger.delivery(leased.delivery.id))
    #expect(record.status == .delivered)
    #expect(record.receipt == end)
    #expect(record.lastReason == reason)
    #expect(record.settledAt == environment.now)
    #expect(try await environment.ledger.attempts(at: leased.delivery.id).map(\.retryAt).last == .some(nil))
    #expect(try await environment.ledger.attempts(at: leased.delivery.id).count == 3)
    #expect(try await environment.claim().isEmpty)
  }

  @Test("makes a released one due at once, first again, and does not count its attempt", arguments: Store.allCases)
  func releases(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    environment.advance(by: .seconds(5))
    try await environment.ingest([.sample("b")])
    environment.advance(by: .seconds(5))
    #expect(try await environment.settle(leased, .released))
    let again = try await environment.claim()
    #expect(again.flatMap(\.alerts) == ["a", "b"])
    #expect(again[0].attempt == 1)
    #expect(again[0].token > leased.token)
  }

  @Test("lists dead letters, latest first, with their reasons", arguments: Store.allCases)
  func listsDeadLetters(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest(["a", "b", "c"].map { .sample($0) }, lease: .minute).leased
    for delivery in leased {
      environment.advance(by: .seconds(1))
      #expect(try await environment.settle(delivery, .dead(because: .init("no_text", delivery.alerts[0]))))
    }
    let dead = try await environment.ledger.deadLetters(limit: 2)
    #expect(dead.map(\.lastReason?.text) == ["c", "b"])
    #expect(dead.map(\.status) == [.dead, .dead])
    #expect(dead.first?.settledAt == environment.now)
    #expect(try await environment.ledger.deadLetters(limit: 10).count == 3)
    #expect(try await environment.nextDue() == nil)
    environment.advance(by: .seconds(3600))
    #expect(try await environment.claim().isEmpty)
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.dead: 3]])
  }

  static func results(_ now: Instant) -> [Settlement.Result] {
    [
      .delivered(Receipt(["ts": "1"])), .retry(at: now + .seconds(9), because: .init("code", "text")),
      .partial(Receipt(["ts": "1"]), because: .init("code", "text"), retryAt: now + .seconds(9)),
      .partial(Receipt(["ts": "1"]), because: .init("code", "text"), retryAt: nil),
      .dead(because: .init("code", "text")), .released,
    ]
  }
}
