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
    let environment = try await TestLedger(store)
    try await environment.ingest([.sample("i1", .info), .sample("w1", .warning), .sample("odd", Severity("odd"))])
    environment.advance(by: .seconds(1))
    try await environment.ingest([.sample("w2", .warning), .sample("c1", .critical), .sample("w3", .warning)])
    environment.advance(by: .seconds(1))
    try await environment.ingest([.sample("c2", .critical), .sample("i2", .info)])
    var claimed: [String] = []
    for _ in 0..<5 { claimed += try await environment.claim(2).flatMap(\.alerts) }
    #expect(claimed == ["c1", "c2", "w1", "w2", "w3", "i1", "i2", "odd"])
  }

  @Test("orders a retry by when it is due again", arguments: Store.allCases)
  func ordersRetries(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("early")], lease: .minute).leased.first)
    #expect(try await environment.settle(first, .retry(at: environment.now + .seconds(20), because: .init("x", ""))))
    environment.advance(by: .seconds(10))
    try await environment.ingest([.sample("between")])
    environment.advance(by: .seconds(20))
    try await environment.ingest([.sample("late")])
    #expect(try await environment.claim().flatMap(\.alerts) == ["between", "early", "late"])
  }

  @Test(
    "makes retries of one channel due at once, the most severe first, and no leased delivery",
    arguments: Store.allCases
  )
  func retriesNow(store: Store) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager", "mail"], &state, now)
    }
    let alerts = [Alert.sample("i", .info), .sample("w"), .sample("c", .critical), .sample("leased", .critical)]
    let leased = try await environment.ingest(alerts, policy: policy, lease: .minute).leased
    for (index, one) in leased.enumerated() where one.alerts != ["leased"] {
      let due = environment.now + .seconds(600 - index)
      #expect(try await environment.settle(one, .retry(at: due, because: .init("x", ""))))
    }
    #expect(try await environment.ledger.retryNow(on: "pager", limit: 2) == 2)
    #expect(try await environment.claim().flatMap(\.alerts) == ["c", "w"])
    #expect(try await environment.ledger.retryNow(on: "pager", limit: 2) == 1)
    #expect(try await environment.claim().flatMap(\.alerts) == ["i"])
    #expect(try await environment.ledger.retryNow(on: "pager", limit: 2) == 0)
    #expect(try await environment.claim().isEmpty)
  }

  @Test("leases only the requested channels", arguments: Store.allCases)
  func filtersChannels(store: Store) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager", "mail", "journal"], &state, now)
    }
    try await environment.ingest([.sample("w"), .sample("c", .critical)], policy: policy)
    #expect(try await environment.claim(channels: []).isEmpty)
    #expect(try await environment.claim(channels: ["nowhere"]).isEmpty)
    let mail = try await environment.claim(channels: ["mail", "nowhere"])
    #expect(mail.map(\.delivery.channel) == ["mail", "mail"])
    #expect(mail.flatMap(\.alerts) == ["c", "w"])
    let others = try await environment.claim(3, channels: ["mail", "pager", "journal"])
    #expect(others.flatMap(\.alerts) == ["c", "c", "w"])
    #expect(Set(others.map(\.delivery.channel)) == ["pager", "journal"])
    #expect(try await environment.claim().count == 1)
  }

  @Test("leases no more per channel than there is space for, most severe first", arguments: Store.allCases)
  func room(store: Store) async throws {
    let environment = try await TestLedger(store)
    let policy = ScriptedPolicy { events, state, now in
      ScriptedPolicy.notify(events, on: ["pager", "mail", "journal"], &state, now)
    }
    try await environment.ingest([.sample("w1"), .sample("w2"), .sample("c", .critical)], policy: policy)
    let terms = LeaseTerms(count: 100, duration: .seconds(60), room: ["pager": 1, "mail": 2])
    let claimed = try await environment.ledger.claim(terms, channels: nil)
    #expect(claimed.filter { $0.delivery.channel == "pager" }.flatMap(\.alerts) == ["c"])
    #expect(claimed.filter { $0.delivery.channel == "mail" }.flatMap(\.alerts) == ["c", "w1"])
    #expect(claimed.count == 3)
  }

  @Test("gives no delivery to two of many claimers", arguments: Store.allCases)
  func claimsOnce(store: Store) async throws {
    let environment = try await TestLedger(store)
    try await environment.ingest((0..<500).map { .sample("a\($0)") })
    let claimed = try await withThrowingTaskGroup(of: [DeliveryID].self) { group in
      for _ in 0..<50 {
        group.addTask {
          var mine: [DeliveryID] = []
          while true {
            let more = try await environment.claim(3)
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
  func next(store: Store) async throws {
    let environment = try await TestLedger(store)
    let ledger = environment.ledger
    #expect(try await ledger.nextTimer() == nil)
    #expect(try await ledger.nextDelivery(channels: nil) == nil)
    let start = environment.now
    try await environment.ingest([.sample("x")], policy: .hold(in: .digest("x"), for: .seconds(900)))
    try await environment.ingest([.sample("y")], policy: .hold(in: .digest("y"), for: .seconds(500)))
    #expect(try await ledger.nextTimer() == start + .seconds(500))
    let leased = try await environment.ingest([.sample("a", .info)], lease: .minute).leased
    #expect(try await ledger.nextDelivery(channels: nil) == start + .seconds(60))
    #expect(try await environment.settle(leased[0], .retry(at: start + .seconds(700), because: .init("x", ""))))
    #expect(try await ledger.nextDelivery(channels: nil) == start + .seconds(700))
    environment.advance(by: .seconds(3))
    let policy = ScriptedPolicy { ScriptedPolicy.notify($0, on: ["mail"], &$1, $2) }
    try await environment.ingest([.sample("b", .critical)], policy: policy)
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
    let environment = try await TestLedger(store)
    var sent: [LeasedDelivery] = []
    for round in 1...3 {
      let event = Event.changed(.sample("a", detail: "\(round)"))
      let leased = try #require(
        try await environment.ledger.ingest([event], policy: ScriptedPolicy(), lease: .minute).leased.first
      )
      #expect(leased.delivery.follows == sent.map(\.delivery.id))
      // The second is not delivered yet, and so has none.
      #expect(leased.earlier == (round == 1 ? [] : [Receipt(["ts": "1"])]))
      sent.append(leased)
      if round == 1 { #expect(try await environment.settle(leased, .delivered(Receipt(["ts": "1"])))) }
    }
    #expect(try await environment.settle(sent[1], .delivered(Receipt(["ts": "2"]))))
    #expect(try await environment.settle(sent[2], .released))
    let again = try #require(try await environment.claim().first)
    #expect(again.delivery == sent[2].delivery)
    #expect(again.earlier == [Receipt(["ts": "1"]), Receipt(["ts": "2"])])
  }
}
