// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing

@Suite("The state of sources and channels")
struct HealthTests {
  @Test("replaces the earlier state of the sources", arguments: Store.allCases)
  func sources(store: Store) async throws {
    let environment = try await TestLedger(store)
    #expect(try await environment.ledger.sources() == [])
    let well = SourceNote(name: "prom", lastRead: environment.now, active: 12, at: environment.now)
    var ill = SourceNote(name: "app", lastRead: nil, active: 3, at: environment.now)
    ill.trouble = SourceNote.Trouble("no such file: é\u{0}x", since: environment.now - .seconds(360))
    try await environment.ledger.note(sources: [well, ill])
    #expect(try await environment.ledger.sources() == [ill, well])
    try await environment.ledger.note(sources: [well])
    #expect(try await environment.ledger.sources() == [well])
  }

  @Test("includes the results of a channel's deliveries", arguments: Store.allCases)
  func channels(store: Store) async throws {
    let environment = try await TestLedger(store)
    #expect(try await environment.ledger.channelHealth() == [:])
    let start = environment.now
    let leased = try await environment.ingest([.sample("a"), .sample("b"), .sample("c"), .sample("d")], lease: .minute)
      .leased
    environment.advance(by: .seconds(1))
    _ = try await environment.settle(leased[0], .delivered(Receipt()))
    environment.advance(by: .seconds(1))
    let busy = Verdict.Reason("http_503", "The server answered 503.")
    _ = try await environment.settle(leased[1], .retry(at: start + .seconds(90), because: busy))
    environment.advance(by: .seconds(1))
    let gone = Verdict.Reason("gone", "It is gone.")
    _ = try await environment.settle(leased[2], .dead(because: gone))
    var health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(health.counts == [.delivered: 1, .pending: 2, .dead: 1])
    #expect(health.lastDelivered == start + .seconds(1))
    #expect(health.lastFailure == ChannelHealth.Failure(at: start + .seconds(3), because: gone))
    #expect(health.oldestPending == start)
    #expect(health.nextDue == start + .seconds(60))
    #expect(health.lastDue == start + .seconds(90))
    #expect(health.isFailing)
    environment.advance(by: .seconds(1))
    _ = try await environment.settle(leased[3], .delivered(Receipt()))
    health = try #require(try await environment.ledger.channelHealth()["pager"])
    #expect(!health.isFailing)
    #expect(health.nextDue == start + .seconds(90))
  }
}
