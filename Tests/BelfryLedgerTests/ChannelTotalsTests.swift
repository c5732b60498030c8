// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import GRDB
import Testing

@Suite("The totals of each channel")
struct ChannelTotalsTests {
  private static let busy = Verdict.Reason("http_503", "The server answered 503.")
  private static let gone = Verdict.Reason("gone", "It is gone.")

  @Test(
    "count a forwarded delivery as forwarded on one channel and as delivered on the other",
    arguments: Store.allCases
  )
  func forwarded(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    environment.advance(by: .seconds(1))
    for (delivery, wasAttempted) in zip(leased, [true, false]) {
      let successor = delivery.successor(on: "mail", at: environment.now)
      let result = Settlement.Result.forwarded(successor, because: Self.busy, wasAttempted: wasAttempted)
      #expect(try await environment.settle(delivery, result))
      environment.advance(by: .seconds(1))
    }
    var pager = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(pager.counts == [.forwarded: 2])
    #expect(pager.lastDelivered == nil)
    // The second was not even attempted.
    #expect(pager.lastFailure == ChannelHealth.Failure(at: TestEnvironment.start + .seconds(1), because: Self.busy))
    for delivery in try await environment.claim() {
      #expect(try await environment.settle(delivery, .delivered(Receipt())))
    }
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.forwarded: 2], "mail": [.delivered: 2]])
    pager = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(pager.lastDelivered == nil)
    #expect(try await environment.ledger.channelHealth()["mail"]?.lastDelivered == environment.now)
  }

  @Test("keep counting a discarded dead letter as discarded, whatever comes after", arguments: Store.allCases)
  func dropped(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    for delivery in leased { #expect(try await environment.settle(delivery, .dead(because: Self.gone))) }
    let letters = leased.map(\.delivery.id)
    #expect(try await environment.ledger.mend([letters[0], letters[0]], by: .drop) == [.done, .notDead])
    #expect(try await environment.ledger.mend([letters[0]], by: .retry) == [.notDead])
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.dropped: 1, .dead: 1]])
    #expect(try await environment.ledger.mend(letters, by: .drop) == [.notDead, .done])
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.dropped: 2]])
    let failure = try await environment.ledger.channelHealth()["pager"]?.lastFailure
    #expect(failure == ChannelHealth.Failure(at: TestEnvironment.start, because: Self.gone))
  }

  @Test("count a retried dead letter once, by its final result", arguments: Store.allCases)
  func revived(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    #expect(try await environment.settle(first, .dead(because: Self.gone)))
    #expect(try await environment.ledger.mend([first.delivery.id], by: .retry) == [.done])
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.pending: 1]])
    let second = try #require(try await environment.claim().first)
    #expect(try await environment.settle(second, .dead(because: Self.busy)))
    #expect(try await environment.ledger.summary().deliveries == ["pager": [.dead: 1]])
    #expect(try await environment.ledger.mend([first.delivery.id], by: .retry) == [.done])
    environment.advance(by: .seconds(9))
    let third = try #require(try await environment.claim().first)
    #expect(try await environment.settle(third, .delivered(Receipt())))
    let health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 1])
    #expect(health.lastDelivered == environment.now)
    #expect(health.lastFailure == ChannelHealth.Failure(at: TestEnvironment.start, because: Self.busy))
  }

  @Test("do not count a refused settlement", arguments: Store.allCases)
  func stale(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    environment.advance(by: .seconds(60))
    let second = try #require(try await environment.claim().first)
    for result in LeaseTests.results(environment.now) + [
      .forwarded(first.successor(on: "mail", at: environment.now), because: Self.busy, wasAttempted: true)
    ] {
      #expect(try await environment.settle(first, result) == false)
    }
    var health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.pending: 1])
    #expect(health.lastDelivered == nil && health.lastFailure == nil)
    #expect(try await environment.ledger.channelHealth().keys.sorted() == ["pager"])
    // Twice in one batch, it is also accepted once.
    let settlement = Settlement(id: second.delivery.id, token: second.token, result: .delivered(Receipt()))
    #expect(try await environment.ledger.settle([settlement, settlement]) == [true, false])
    health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 1])
  }

  @Test(
    "count a partial delivery as delivered once it has ended, and each attempt as a failure",
    arguments: Store.allCases
  )
  func partial(store: Store) async throws {
    let environment = try await TestLedger(store)
    let first = try #require(try await environment.ingest([.sample("a")], lease: .minute).leased.first)
    #expect(
      try await environment.settle(
        first,
        .partial(Receipt(), because: Self.busy, retryAt: environment.now + .seconds(1))
      )
    )
    var health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.pending: 1])
    #expect(health.lastDelivered == nil)
    #expect(health.lastFailure == ChannelHealth.Failure(at: TestEnvironment.start, because: Self.busy))
    environment.advance(by: .seconds(1))
    let second = try #require(try await environment.claim().first)
    #expect(try await environment.settle(second, .partial(Receipt(), because: Self.gone, retryAt: nil)))
    health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 1])
    #expect(health.lastDelivered == environment.now)
    #expect(health.lastFailure == ChannelHealth.Failure(at: environment.now, because: Self.gone))
  }

  @Test(
    "start again under a channel's new name, and stay under the old one",
    arguments: Store.allCases
  )
  func renamed(store: Store) async throws {
    let environment = try await TestLedger(store)
    let sent = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    #expect(try await environment.settle(sent[0], .delivered(Receipt())))
    let renamed = ScriptedPolicy { events, state, now in ScriptedPolicy.notify(events, on: ["duty"], &state, now) }
    environment.advance(by: .seconds(1))
    let new = try #require(try await environment.ingest([.sample("c")], policy: renamed, lease: .minute).leased.first)
    // Nobody can deliver any more what waited under the old name.
    #expect(try await environment.settle(sent[1], .dead(because: .init("no_such_channel", ""))))
    #expect(try await environment.settle(new, .delivered(Receipt())))
    let health = try await environment.ledger.channelHealth()
    #expect(health.mapValues(\.counts) == ["pager": [.delivered: 1, .dead: 1], "duty": [.delivered: 1]])
    #expect(health["pager"]?.lastDelivered == TestEnvironment.start)
    #expect(health["duty"]?.lastDelivered == environment.now)
    #expect(health["duty"]?.lastFailure == nil)
  }

  @Test("take the latest by the clock, even if it was set back since", arguments: Store.allCases)
  func clockSetBack(store: Store) async throws {
    let environment = try await TestLedger(store)
    let leased = try await environment.ingest(["a", "b", "c", "d"].map { .sample($0) }, lease: .minute).leased
    #expect(try await environment.settle(leased[0], .delivered(Receipt())))
    #expect(try await environment.settle(leased[1], .dead(because: Self.gone)))
    environment.advance(by: .seconds(-30))
    #expect(try await environment.settle(leased[2], .delivered(Receipt())))
    #expect(try await environment.settle(leased[3], .dead(because: Self.busy)))
    let health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 2, .dead: 2])
    #expect(health.lastDelivered == TestEnvironment.start)
    #expect(health.lastFailure == ChannelHealth.Failure(at: TestEnvironment.start, because: Self.gone))
  }

  @Test("do not count a batch that could not be written")
  func failedBatch() async throws {
    let environment = try await TestLedger(.sqlite)
    let leased = try await environment.ingest([.sample("a"), .sample("b")], lease: .minute).leased
    let twice = leased[1].successor(on: "mail", at: environment.now, id: leased[0].delivery.id)
    await #expect(throws: LedgerError.self) {
      try await environment.ledger.settle([
        Settlement(id: leased[0].delivery.id, token: leased[0].token, result: .delivered(Receipt())),
        Settlement(
          id: leased[1].delivery.id,
          token: leased[1].token,
          result: .forwarded(twice, because: Self.busy, wasAttempted: true)
        ),
      ])
    }
    #expect(try await environment.ledger.channelHealth().mapValues(\.counts) == ["pager": [.pending: 2]])
    #expect(try await environment.ledger.channelHealth()["pager"]?.lastFailure == nil)
  }
}

extension LeasedDelivery {
  /// The delivery that replaces it on another channel.
  func successor(on channel: ChannelName, at now: Instant, id: DeliveryID? = nil) -> NewDelivery {
    var successor = delivery
    successor.id = id ?? DeliveryIDSource.successor(of: delivery.id, on: channel, at: now)
    successor.channel = channel
    return successor
  }
}
