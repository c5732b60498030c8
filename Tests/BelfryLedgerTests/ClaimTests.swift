// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("Claiming deliveries")
struct ClaimTests {
  @Test("leases the highest severity first, then the longest due", arguments: Store.allCases)
  func ordersClaims(store: Store) async throws {
    let bench = try await TestLedger(store)
    try await bench.ingest([.sample("i1", .info), .sample("w1", .warning), .sample("odd", Severity("odd"))])
    bench.advance(by: .seconds(1))
    try await bench.ingest([.sample("w2", .warning), .sample("c1", .critical), .sample("w3", .warning)])
    bench.advance(by: .seconds(1))
    try await bench.ingest([.sample("c2", .critical), .sample("i2", .info)])
    var claimed: [String] = []
    for _ in 0..<5 { claimed += try await bench.claim(2).flatMap(\.alerts) }
    #expect(claimed == ["c1", "c2", "w1", "w2", "w3", "i1", "i2", "odd"])
  }

  @Test("orders a retry by when it is due again", arguments: Store.allCases)
  func ordersRetries(store: Store) async throws {
    let bench = try await TestLedger(store)
    let first = try #require(try await bench.ingest([.sample("early")], lease: .minute).leased.first)
    #expect(try await bench.settle(first, .retry(at: bench.now + .seconds(20), because: .init("x", ""))))
    bench.advance(by: .seconds(10))
    try await bench.ingest([.sample("between")])
    bench.advance(by: .seconds(20))
    try await bench.ingest([.sample("late")])
    #expect(try await bench.claim().flatMap(\.alerts) == ["between", "early", "late"])
  }

  @Test("leases only the requested channels", arguments: Store.allCases)
  func filtersChannels(store: Store) async throws {
    let bench = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager", "mail", "journal"], &state, now)
    }
    try await bench.ingest([.sample("w"), .sample("c", .critical)], policy: policy)
    #expect(try await bench.claim(channels: []).isEmpty)
    #expect(try await bench.claim(channels: ["nowhere"]).isEmpty)
    let mail = try await bench.claim(channels: ["mail", "nowhere"])
    #expect(mail.map(\.delivery.channel) == ["mail", "mail"])
    #expect(mail.flatMap(\.alerts) == ["c", "w"])
    let others = try await bench.claim(3, channels: ["mail", "pager", "journal"])
    #expect(others.flatMap(\.alerts) == ["c", "c", "w"])
    #expect(Set(others.map(\.delivery.channel)) == ["pager", "journal"])
    #expect(try await bench.claim().count == 1)
  }

  @Test("leases no more per channel than there is space for, most severe first", arguments: Store.allCases)
  func room(store: Store) async throws {
    let bench = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager", "mail", "journal"], &state, now)
    }
    try await bench.ingest([.sample("w1"), .sample("w2"), .sample("c", .critical)], policy: policy)
    let terms = LeaseTerms(count: 100, duration: .seconds(60), room: ["pager": 1, "mail": 2])
    let claimed = try await bench.ledger.claim(terms, channels: nil)
    #expect(claimed.filter { $0.delivery.channel == "pager" }.flatMap(\.alerts) == ["c"])
    #expect(claimed.filter { $0.delivery.channel == "mail" }.flatMap(\.alerts) == ["c", "w1"])
    #expect(claimed.count == 3)
  }

  @Test("gives no delivery to two of many claimers", arguments: Store.allCases)
  func claimsOnce(store: Store) async throws {
    let bench = try await TestLedger(store)
    try await bench.ingest((0..<500).map { .sample("a\($0)") })
    let claimed = try await withThrowingTaskGroup(of: [DeliveryID].self) { group in
      for _ in 0..<50 {
        group.addTask {
          var mine: [DeliveryID] = []
          while true {
            let more = try await bench.claim(3)
            if more.isEmpty { return mine }
            mine += more.map(\.delivery.id)
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(claimed.count == 500)
    #expect(Set(claimed).count == 500)
  }

  @Test("knows the next moment: the earliest timer, and the earliest retry or lease", arguments: Store.allCases)
  func tellsWhatIsNext(store: Store) async throws {
    let bench = try await TestLedger(store)
    let ledger = bench.ledger
    #expect(try await ledger.nextTimer() == nil)
    #expect(try await ledger.nextDelivery(channels: nil) == nil)
    let start = bench.now
    try await bench.ingest([.sample("x")], policy: .hold(in: .digest("x"), for: .seconds(900)))
    try await bench.ingest([.sample("y")], policy: .hold(in: .digest("y"), for: .seconds(500)))
    #expect(try await ledger.nextTimer() == start + .seconds(500))
    let leased = try await bench.ingest([.sample("a", .info)], lease: .minute).leased
    #expect(try await ledger.nextDelivery(channels: nil) == start + .seconds(60))
    #expect(try await bench.settle(leased[0], .retry(at: start + .seconds(700), because: .init("x", ""))))
    #expect(try await ledger.nextDelivery(channels: nil) == start + .seconds(700))
    bench.advance(by: .seconds(3))
    let policy = ScriptedPolicy { ScriptedPolicy.notify($0, on: ["mail"], &$1, $2) }
    try await bench.ingest([.sample("b", .critical)], policy: policy)
    #expect(try await ledger.nextDelivery(channels: nil) == start + .seconds(3))
    #expect(try await ledger.nextDelivery(channels: ["mail", "nowhere"]) == start + .seconds(3))
    #expect(try await ledger.nextDelivery(channels: ["pager"]) == start + .seconds(700))
    #expect(try await ledger.nextDelivery(channels: ["nowhere"]) == nil)
    #expect(try await ledger.nextTimer() == start + .seconds(500))
  }

  @Test(
    "includes the receipts of earlier deliveries, in order, when ingesting and when claiming",
    arguments: Store.allCases
  )
  func carriesReceipts(store: Store) async throws {
    let bench = try await TestLedger(store)
    var told: [LeasedDelivery] = []
    for round in 1...3 {
      let event = Event.changed(.sample("a", detail: "\(round)"))
      let leased = try #require(
        try await bench.ledger.ingest([event], policy: ScriptedPolicy(), lease: .minute).leased.first
      )
      #expect(leased.delivery.follows == told.map(\.delivery.id))
      // The second is not delivered yet, and so has none.
      #expect(leased.earlier == (round == 1 ? [] : [Receipt(["ts": "1"])]))
      told.append(leased)
      if round == 1 { #expect(try await bench.settle(leased, .delivered(Receipt(["ts": "1"])))) }
    }
    #expect(try await bench.settle(told[1], .delivered(Receipt(["ts": "2"]))))
    #expect(try await bench.settle(told[2], .released))
    let again = try #require(try await bench.claim().first)
    #expect(again.delivery == told[2].delivery)
    #expect(again.earlier == [Receipt(["ts": "1"]), Receipt(["ts": "2"])])
  }
}
