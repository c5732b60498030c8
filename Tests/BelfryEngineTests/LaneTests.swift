// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Synchronization
import Testing
@testable import BelfryEngine

@Suite("What a channel has been handed to send")
struct LaneTests {
  private let now = TestEnvironment.start
  private let channel: ConfiguredChannel
  private let rules: AttemptRules

  init() throws {
    let configuration = try Configuration.parse(
      #"{"channels": {"journal": {"kind": "file", "path": "out.jsonl"}}, "routes": [{"to": "journal"}]}"#
    )
    channel = try #require(configuration.channels["journal"])
    rules = AttemptRules(configuration)
  }

  private func start(_ number: Int, _ severity: Severity = .info) -> AttemptStart {
    AttemptStart(batch: [.sample(number, on: "journal", severity, at: now)], channel: channel, rules: rules)
  }

  private func started(_ lane: inout Lane) -> [String] {
    var ids: [String] = []
    while let next = lane.next() { ids += next.batch.map(\.delivery.id.text) }
    return ids
  }

  @Test("starts as soon as an attempt ends, most severe first, and never more than the channel allows")
  func startsNext() {
    var lane = Lane(limit: 2)
    for (number, severity) in [(1, .info), (2, .warning), (3, .info), (4, .critical), (5, .warning)]
      as [(Int, Severity)]
    {
      lane.add(start(number, severity))
    }
    #expect(started(&lane) == ["d4", "d2"])
    lane.ended(hasArrived: true)
    #expect(started(&lane) == ["d5"])
    lane.add(start(6, .critical))
    lane.ended(hasArrived: true)
    lane.ended(hasArrived: true)
    #expect(started(&lane) == ["d6", "d1"])
    #expect(lane.running == 2)
  }

  @Test("waits after an attempt that did not arrive, until it may go on")
  func holds() {
    var lane = Lane(limit: 1)
    for number in 1...3 { lane.add(start(number)) }
    #expect(started(&lane) == ["d1"])
    lane.ended(hasArrived: false)
    #expect(started(&lane) == [])
    lane.goOn()
    #expect(started(&lane) == ["d2"])
  }

  @Test("can be taken back, except for what runs")
  func recalls() {
    var lane = Lane(limit: 1)
    for number in 1...3 { lane.add(start(number)) }
    #expect(started(&lane) == ["d1"])
    #expect(lane.recall().flatMap(\.batch).map(\.delivery.id.text) == ["d2", "d3"])
    #expect(!lane.isIdle)
    lane.ended(hasArrived: true)
    #expect(lane.isIdle)
  }

  @Test("starts nothing new after a failed attempt, although nothing is left of it, until a turn has recorded that")
  func holdsWhenEmpty() async throws {
    let environment = try TestEnvironment(
      #"{"channels": {"hook": {"kind": "webhook", "url": "https://hook.example/"}}, "routes": [{"to": "hook"}], "cooldown": "0s"}"#
    )
    let (dispatcher, ledger) = (environment.dispatcher, environment.ledger)
    _ = try await ledger.ingest([.fired(alert("a")), .fired(alert("b"))], policy: environment.policy, lease: nil)
    let leased = try await ledger.claim(LeaseTerms(count: 2, duration: Dispatcher.lease), channels: nil)
    dispatcher.hand([leased[0]])
    try await ledger.loop.write(weight: 0) { _ in }
    let first = try #require(started(by: dispatcher).first)
    #expect(first.batch.map(\.delivery.id) == [leased[0].delivery.id])

    // It fails while a turn is committed that began before.
    dispatcher.hand([leased[1]])
    var outcome = BatchOutcome()
    outcome.verdicts = [(leased[0], .retry(after: nil, because: Verdict.Reason("busy", "Unavailable.")))]
    let ended = EndedAttempt(outcome: outcome, channel: first.channel, begun: .zero, at: environment.time.elapsed())
    dispatcher.shared.withLock { shared in #expect(shared.end(ended, at: environment.now) == nil) }
    dispatcher.committed()
    #expect(started(by: dispatcher).isEmpty)

    try await ledger.loop.write(weight: 0) { _ in }
    #expect(started(by: dispatcher).flatMap(\.batch).map(\.delivery.id) == [leased[1].delivery.id])
  }

  /// Takes what the dispatcher would start now.
  private func started(by dispatcher: Dispatcher) -> [AttemptStart] {
    dispatcher.shared.withLock { shared in
      defer { shared.starts = [] }
      return shared.starts
    }
  }
}
