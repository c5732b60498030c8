// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryConfiguration
import BelfryLedger
import BelfryPolicy
import BelfryTestKit
import BelfryTesting
import Testing
@testable import BelfryEngine

@Suite("What the dispatcher decides")
struct DispatchStateTests {
  @Test("keeps the limits, the pace and the order of each channel, and loses nothing", arguments: 1...30)
  func random(seed: Int) throws {
    var run = try RandomDispatch(seed: UInt64(seed))
    for _ in 0..<600 { run.step() }
    run.finish()
    #expect(run.faults.prefix(3) == [])
    #expect(run.started > 100, "it shows something")
  }

  @Test("gives back everything that has not started when it stops, and starts nothing")
  func stops() throws {
    var state = try RandomDispatch.state()
    let now = TestEnvironment.start
    state.takeOver([], at: now)
    state.enqueue((0..<3).map { .sample($0, on: "chat", .info, at: now) })
    state.isStopping = true
    #expect(state.starts(at: now).isEmpty)
    #expect(state.surplus(at: now).count == 3)
    #expect(state.isIdle)
  }

  @Test("starts a delivery once, however often it is leased")
  func leasedAgain() throws {
    var state = try RandomDispatch.state()
    let now = TestEnvironment.start
    state.takeOver([], at: now)
    var leased = LeasedDelivery.sample(1, on: "chat", .info, at: now)
    state.enqueue([leased])
    #expect(state.starts(at: now).count == 1)
    leased.token += 2
    state.enqueue([leased])
    #expect(state.starts(at: now).isEmpty)
    #expect(state.held.latest(of: leased.delivery.id)?.token == leased.token, "it is settled under the later lease")
  }
}

/// Random leases, attempts and pauses, beside a model that knows only what is promised.
private struct RandomDispatch {
  private var state: DispatchState
  private var random: SeededGenerator
  private var now = TestEnvironment.start
  private var made = 0
  /// What is leased and not handed over, what is handed over, and what runs, by channel.
  private var waiting: [ChannelName: [DeliveryID: LeasedDelivery]] = [:]
  private var lanes: [ChannelName: Lane] = [:]
  private var running: [(channel: ChannelName, batch: [LeasedDelivery], since: Instant)] = []
  private var lastStart: [ChannelName: Instant] = [:]
  private(set) var started = 0
  private(set) var faults: [String] = []

  private static let channels: [ChannelName] = ["chat", "paced", "journal"]
  private static let limits: [ChannelName: Int] = ["chat": 3, "paced": 8, "journal": 8]

  static func state() throws -> DispatchState {
    let configuration = try Configuration.parse(
      """
      {"channels": {
        "chat": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U1", "concurrency": 3, "rate": "unlimited"},
        "paced": {"kind": "slack-dm", "token": "${TOKEN}", "user": "U2"},
        "journal": {"kind": "file", "path": "out.jsonl"}},
       "routes": [{"to": ["chat", "paced", "journal"]}]}
      """
    )
    return DispatchState(configuration, AttemptRules(configuration))
  }

  init(seed: UInt64) throws {
    state = try Self.state()
    random = SeededGenerator(seed: seed)
    state.takeOver([], at: now)
  }

  mutating func step() {
    switch Int.random(in: 0..<12, using: &random) {
    case 0...3: lease()
    case 4...6: start()
    case 7...9: end()
    case 10: now = now + .milliseconds(Int64.random(in: 0...4_000, using: &random))
    default: giveBack()
    }
    check()
  }

  /// Lets everything that is left start and arrive.
  mutating func finish() {
    for _ in 0..<2_000 where !waiting.isEmpty || !running.isEmpty || !lanes.isEmpty {
      now = now + .seconds(2)
      start()
      while !running.isEmpty { end(arrives: true) }
    }
    if !waiting.isEmpty { fault("\(waiting.values.reduce(0) { $0 + $1.count }) deliveries never started") }
    if !state.isIdle { fault("something is still leased") }
  }

  private mutating func lease() {
    for (channel, room) in state.room(at: now).sorted(by: { $0.key < $1.key }) {
      let count = Int.random(in: 0...min(room, 5), using: &random)
      let limit = Self.limits[channel] ?? 0
      let handed = running.count { $0.channel == channel } + (lanes[channel]?.waiting.count ?? 0)
      let taken = handed + (waiting[channel]?.count ?? 0)
      if channel == "chat", taken + count > 8 * limit { fault("\(channel) leases more than it may start") }
      let new = (0..<count).map { index in
        let severity = [Severity.critical, .warning, .info].randomElement(using: &random) ?? .info
        return LeasedDelivery.sample(made + index, on: channel, severity, at: now)
      }
      made += count
      for one in new { waiting[channel, default: [:]][one.delivery.id] = one }
      state.enqueue(new)
    }
  }

  private mutating func start() {
    for channel in Self.channels where lanes[channel]?.isHeld == true && state.mayGoOn(on: channel, at: now) {
      lanes[channel]?.goOn()
    }
    let held = Set(lanes.filter(\.value.isHeld).keys)
    for attempt in state.starts(at: now, besides: held) {
      let channel = attempt.channel.name
      for one in attempt.batch where waiting[channel]?.removeValue(forKey: one.delivery.id) == nil {
        fault("\(one.delivery.id) started without waiting")
      }
      if waiting[channel]?.isEmpty == true { waiting[channel] = nil }
      let least = attempt.batch.map(\.delivery.severity.rank).max() ?? 0
      if let other = waiting[channel]?.values.first(where: { $0.delivery.severity.rank < least }) {
        fault("\(other.delivery.id), which is more severe, was left behind")
      }
      lanes[channel, default: Lane(limit: Self.limits[channel] ?? 1)].add(attempt)
    }
    for channel in Self.channels { run(on: channel) }
  }

  private mutating func run(on channel: ChannelName) {
    while let attempt = lanes[channel]?.next() {
      if channel == "paced", let last = lastStart[channel], now < last + .seconds(1) { fault("it is too fast") }
      lastStart[channel] = now
      running.append((channel, attempt.batch, now))
      started += attempt.batch.count
    }
    if lanes[channel]?.isIdle == true { lanes[channel] = nil }
  }

  private mutating func end(arrives: Bool = false) {
    guard !running.isEmpty else { return }
    let attempt = running.remove(at: Int.random(in: 0..<running.count, using: &random))
    var outcome = BatchOutcome()
    outcome.isBatched = attempt.channel == "journal"
    let draw = arrives ? 0 : Int.random(in: 0..<10, using: &random)
    for one in attempt.batch {
      switch draw {
      case 0...6: outcome.verdicts.append((one, .delivered(Receipt())))
      case 7: outcome.verdicts.append((one, .retry(after: nil, because: Verdict.Reason("http_503", ""))))
      case 8: outcome.verdicts.append((one, .retry(after: .seconds(3), because: Verdict.Reason("http_429", ""))))
      default: outcome.released.append(one)
      }
    }
    lanes[attempt.channel]?.ended(hasArrived: outcome.hasArrived)
    run(on: attempt.channel)
    let longest = now - attempt.since
    state.adapt(attempt.channel, ended: 1, longest: longest, allArrived: outcome.hasArrived)
    _ = state.ended(outcome, on: attempt.channel, begun: attempt.since, at: now) { 0.5 }
    for one in attempt.batch { state.letGo(one.delivery.id, settledUnder: one.token) }
    state.settled(on: attempt.channel)
  }

  private mutating func giveBack() {
    for channel in Self.channels where !state.mayGoOn(on: channel, at: now) {
      for attempt in lanes[channel]?.recall() ?? [] {
        var outcome = BatchOutcome()
        outcome.released = attempt.batch
        _ = state.ended(outcome, on: channel, begun: now, at: now) { 0.5 }
        for one in attempt.batch { state.letGo(one.delivery.id, settledUnder: one.token) }
        state.settled(on: channel)
      }
      run(on: channel)
    }
    for one in state.surplus(at: now) {
      let channel = one.delivery.channel
      if waiting[channel]?.removeValue(forKey: one.delivery.id) == nil { fault("\(one.delivery.id) was not waiting") }
      if waiting[channel]?.isEmpty == true { waiting[channel] = nil }
      state.letGo(one.delivery.id, settledUnder: one.token)
    }
  }

  private mutating func check() {
    for channel in Self.channels {
      let count = running.count { $0.channel == channel }
      if count > Self.limits[channel] ?? 0 { fault("\(channel) runs \(count) attempts") }
    }
    let isIdle = waiting.isEmpty && running.isEmpty && lanes.isEmpty
    if state.isIdle != isIdle { fault("it is \(state.isIdle ? "idle" : "not idle"), but should be the other") }
  }

  private mutating func fault(_ text: String) { faults.append(text) }
}
