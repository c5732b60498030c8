// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("The background of alerts")
struct BackgroundTests {
  @Test(
    "is read for many alerts at once: decisions, deliveries, their successors, and their order",
    arguments: Store.allCases
  )
  func many(store: Store) async throws {
    let environment = try await TestLedger(store)
    // More than one statement reads at once.
    let alerts = (100..<300).map { Alert.sample("a\($0)") }
    try await environment.ingest(alerts)
    let reason = Verdict.Reason("gone", "")
    let first = try #require(try await environment.claim(1).first)
    var other = first.delivery
    other.channel = "mail"
    other.id = DeliveryID("zzz")
    #expect(try await environment.settle(first, .forwarded(other, because: reason, wasAttempted: true)))
    let known = try await environment.ledger.records(of: alerts.map(\.key))
    #expect(known.count == 200)
    let limits = known.mapValues { $0.alert.id == "a150" ? 0 : 1 }
    let background = try await environment.ledger.background(
      of: Array(known.values),
      decisions: limits,
      notifications: 0
    )
    #expect(background.decisions.values.count { !$0.isEmpty } == 199)
    #expect(background.deliveries.count == 201)
    #expect(background.deliveries[first.delivery.id]?.successor == other.id)
    #expect(background.deliveries[other.id]?.delivery.channel == "mail")
    #expect(background.failures[first.delivery.id]?.map(\.number) == [1])
    let places = background.deliveries.values.filter { $0.delivery.channel == "pager" && $0.status == .pending }
      .sorted { $0.delivery.id < $1.delivery.id }.map { background.ahead[$0.delivery.id] }
    #expect(places == (0..<199).map { $0 })
    #expect(background.ahead[other.id] == 0)
    #expect(background.ahead[first.delivery.id] == nil)
  }

  @Test("states when the lists end, as far as that is known", arguments: Store.allCases)
  func lists(store: Store) async throws {
    let environment = try await TestLedger(store)
    let lists: [HoldID] = [.digest("a"), .digest("b")]
    try await environment.ingest([.sample("x")], policy: .hold(in: lists[0], for: .seconds(60)))
    var record = try #require(try await environment.ledger.record(of: .sample("x")))
    record.waits.append(Wait(lists[1]))
    let background = try await environment.ledger.background(of: [record], decisions: [:], notifications: 0)
    #expect(background.due == [lists[0]: environment.now + .seconds(60)])
    #expect(background.decisions.isEmpty)
  }
}
