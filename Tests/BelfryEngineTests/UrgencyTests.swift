// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import Testing
@testable import BelfryEngine

/// Whether the end of an attempt is recorded with the next turn that somebody asks for, or in one of its own.
@Suite("The end of an attempt")
struct UrgencyTests {
  private let now = TestEnvironment.start
  private let channel: ConfiguredChannel
  private var shared: Dispatcher.Shared

  init() throws {
    let configuration = try Configuration.parse(
      """
      {
        "channels": {"journal": {"kind": "file", "path": "out.jsonl", "concurrency": 3}},
        "routes": [{"to": "journal"}]
      }
      """
    )
    channel = try #require(configuration.channels["journal"])
    shared = Dispatcher.Shared(
      state: DispatchState(configuration, AttemptRules(configuration)),
      clock: ClockWatch(now: now, elapsed: .zero)
    )
  }

  private func leased(_ number: Int) -> LeasedDelivery { .sample(number, on: "journal", at: now) }

  /// Leases deliveries and starts what may start.
  private mutating func start(_ count: Int) {
    let leased = (1...count).map(leased)
    shared.change { $0.enqueue(leased) }
    for start in shared.state.starts(at: now, besides: []) { shared.hand(start, elapsed: .zero) }
    shared.startNext()
  }

  private mutating func end(_ verdict: Verdict) {
    var outcome = BatchOutcome()
    outcome.verdicts = [(leased(1), verdict)]
    _ = shared.end(EndedAttempt(outcome: outcome, channel: channel, begun: .zero, at: .zero), at: now)
  }

  @Test("can wait to be recorded if the message arrived and its channel had room for more")
  mutating func waits() {
    start(1)
    end(.delivered(Receipt()))
    #expect(!shared.hasUrgentEnd)
  }

  @Test("cannot wait if the message did not arrive")
  mutating func fails() {
    start(1)
    end(.retry(after: nil, because: .init("timeout", "no answer")))
    #expect(shared.hasUrgentEnd)
  }

  @Test("cannot wait if the channel was full: more may be due in the ledger", arguments: [3, 4])
  mutating func makesRoom(count: Int) {
    start(count)
    end(.delivered(Receipt()))
    #expect(shared.hasUrgentEnd)
  }

  @Test("cannot wait if it is the last one and nothing follows, as in a command that delivers and ends")
  mutating func drains() {
    shared.isDraining = true
    start(2)
    end(.delivered(Receipt()))
    #expect(!shared.hasUrgentEnd)
    end(.delivered(Receipt()))
    #expect(shared.hasUrgentEnd)
  }

  @Test("cannot wait once the notifier stops")
  mutating func stops() {
    start(1)
    shared.change { $0.isStopping = true }
    end(.delivered(Receipt()))
    #expect(shared.hasUrgentEnd)
  }
}
