// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import Testing

/// Runs the same random history through both implementations and compares every answer.
@Suite("Both ledgers answer alike")
struct LikenessTests {
  @Test("over random histories", arguments: 1...12)
  func answersAlike(seed: UInt64) async throws {
    var random = SplitMix(state: seed)
    let memory = try await Bench(.memory, ids: DeliveryIDSource(generator: SplitMix(state: seed)))
    let sqlite = try await Bench(.sqlite, ids: DeliveryIDSource(generator: SplitMix(state: seed)))
    var leased: [LeasedDelivery] = []
    for step in 0..<60 {
      let action = Action.random(&random, leased: leased, now: memory.now)
      let first = try await action.perform(on: memory)
      let second = try await action.perform(on: sqlite)
      #expect(first == second, "step \(step): \(action)")
      leased = (leased + first.leased).suffix(20)
      #expect(try await Answers(memory) == Answers(sqlite), "after step \(step): \(action)")
    }
  }
}

private let ids = ["a", "b", "c", "d", "é", "e\u{301}/x", "\u{301}"]
private let channels: [ChannelName] = ["pager", "mail", "journal"]
private let lists: [ListKey] = [
  .digest("daily"), .digest("weekly"), .cooldown(HoldKey("w")), .cooldown(HoldKey("v")),
]

/// One call of a ledger.
private enum Action: Sendable {
  case ingest([Event], LeaseTerms?, failing: Bool)
  case fire([TimerKey]?, LeaseTerms?)
  case adopt([TimerKey: Instant])
  case claim(LeaseTerms, Set<ChannelName>?)
  case settle([Settlement])
  case wait(Duration)

  struct Answer: Equatable {
    var decisions: [RecordedDecision] = []
    var leased: [LeasedDelivery] = []
    var queued = 0
    var settled: [Bool] = []
    var error: LedgerError.Code?
  }

  static func random(_ random: inout SplitMix, leased: [LeasedDelivery], now: Instant) -> Action {
    let lease =
      [nil, LeaseTerms(count: Int.random(in: 0...3, using: &random), duration: .seconds(20))]
      .randomElement(using: &random) ?? nil
    switch Int.random(in: 0..<12, using: &random) {
    case 0..<4:
      let events = (0..<Int.random(in: 0...5, using: &random)).map { _ in event(&random) }
      return .ingest(events, lease, failing: Int.random(in: 0..<8, using: &random) == 0)
    case 4: return .fire(nil, lease)
    case 5: return .fire(lists.filter { _ in Bool.random(using: &random) }.map { .list($0) }, lease)
    case 6:
      let digests = lists.prefix(2).filter { _ in Bool.random(using: &random) }
      let due = now + .seconds(Int.random(in: 0...50, using: &random))
      return .adopt(Dictionary(uniqueKeysWithValues: digests.map { (.list($0), due) }))
    case 7, 8:
      let terms = LeaseTerms(count: Int.random(in: 1...4, using: &random), duration: .seconds(15))
      let some = Set(channels.filter { _ in Bool.random(using: &random) })
      return .claim(terms, Bool.random(using: &random) ? nil : some)
    case 9, 10:
      return .settle(leased.filter { _ in Bool.random(using: &random) }.map { settlement(of: $0, now, &random) })
    default: return .wait(.seconds(Int.random(in: 1...30, using: &random)))
    }
  }

  private static func event(_ random: inout SplitMix) -> Event {
    let severity = [.critical, .warning, .info, Severity("odd")].randomElement(using: &random) ?? .info
    let detail = "\(Int.random(in: 0...2, using: &random))"
    let alert = Alert.sample(ids.randomElement(using: &random) ?? "", severity, detail: detail)
    return [.fired(alert), .changed(alert), .resolved(alert.key)].randomElement(using: &random) ?? .fired(alert)
  }

  private static func settlement(of leased: LeasedDelivery, _ now: Instant, _ random: inout SplitMix) -> Settlement {
    let result = LeaseTests.results(now).randomElement(using: &random) ?? .released
    return Settlement(id: leased.delivery.id, token: leased.token, result: result)
  }

  func perform(on bench: Bench) async throws -> Answer {
    let ledger = bench.ledger
    var answer = Answer()
    do {
      switch self {
      case .ingest(let events, let lease, let failing):
        let policy = failing ? RandomPolicy.failing : RandomPolicy.policy
        answer.take(try await ledger.ingest(events, policy: policy, lease: lease))
      case .fire(let only, let lease):
        answer.take(try await ledger.fire(only: only, policy: RandomPolicy.policy, lease: lease))
      case .adopt(let standing): try await ledger.adopt(policy: ScriptedPolicy(standing: standing))
      case .claim(let terms, let channels): answer.leased = try await ledger.claim(terms, channels: channels)
      case .settle(let settlements): answer.settled = try await ledger.settle(settlements)
      case .wait(let duration): bench.advance(by: duration)
      }
    } catch let error as LedgerError {
      answer.error = error.code
    }
    return answer
  }
}

extension Action.Answer {
  fileprivate mutating func take(_ ingested: Ingested) {
    decisions = ingested.decisions
    leased = ingested.leased
    queued = ingested.queued
  }
}

/// Decides by the content of the events and of the state alone, and uses all that an outcome can say.
private enum RandomPolicy {
  static let policy = ScriptedPolicy(
    decide: decide,
    fire: fire,
    entries: [.cooldown(HoldKey("w")), .cooldown(HoldKey("v"))]
  )

  /// Makes the same identity twice.
  static let failing = ScriptedPolicy { events, state, now in
    var outcome = decide(events, &state, now)
    if let first = outcome.deliveries.first { outcome.deliveries.append(first) }
    return outcome
  }

  @Sendable
  private static func decide(_ events: [Event], _ state: inout PolicyState, _ now: Instant) -> PolicyOutcome {
    var outcome = PolicyOutcome()
    for event in events {
      let ended = (state[window: HoldKey("w")]?.ended ?? 0) + 1
      let list = lists[ended % lists.count]
      let window = ended % 5 == 0 ? nil : CooldownWindow(until: now, severity: .info, ended: ended)
      state.set(window, for: HoldKey("w"))
      if case .changed(let alert) = event {
        var record = state[alert: alert.key] ?? AlertRecord(alert: alert, firedAt: now)
        if let held = record.waits.popLast() { outcome.left.append(.init(list: held, alert: alert.key)) }
        if !record.waits.contains(list) { record.waits.append(list) }
        outcome.joined.append(.init(list: list, alert: alert.key))
        outcome.timers[.list(list)] = .some(ended % 3 == 0 ? nil : now + .seconds(ended))
        state.set(record)
        outcome.decisions.append(ScriptedPolicy.decision(about: alert, .hold(until: now)))
      } else {
        let told = ScriptedPolicy.tell([event], on: Array(channels.prefix(ended % 3 + 1)), &state, now)
        outcome.deliveries += told.deliveries
        outcome.decisions += told.decisions
      }
    }
    return outcome
  }

  @Sendable
  private static func fire(
    _ timer: TimerKey,
    _ waiting: [AlertKey],
    _ state: inout PolicyState,
    _ now: Instant
  ) -> PolicyOutcome {
    var outcome = ScriptedPolicy.followUp(timer, waiting, &state, now)
    outcome.timers[timer] = now + .seconds(7)
    return outcome
  }
}

/// Everything that a ledger can be asked.
private struct Answers: Equatable {
  var summary: LedgerSummary
  var active: [AlertKey: UInt64]
  var nextTimer: Instant?
  var nextDelivery: [Instant?] = []
  var waiting: [[AlertRecord]] = []
  var records: [AlertRecord?] = []
  var decisions: [[RecordedDecision]] = []
  var dead: [DeliveryRecord]
  var recent: [DeliveryRecord]
  var told: [DeliveryRecord?] = []
  var facts: LawFacts
  var health: [ChannelName: ChannelHealth]
  var hours: [LedgerHour]
  var known: [AlertKey: AlertRecord]
  var background: AlertBackground
  var backlog: Backlog

  init(_ bench: Bench) async throws {
    let ledger = bench.ledger
    summary = try await ledger.summary()
    active = try await ledger.activeAlerts()
    nextTimer = try await ledger.nextTimer()
    dead = try await ledger.deadLetters(limit: 5)
    recent = try await ledger.recentDeliveries(limit: 5)
    facts = try await ledger.facts(after: nil, limit: 4)
    health = try await ledger.channelHealth()
    hours = try await ledger.hours(since: Bench.start)
    known = try await ledger.records(of: ids.map(AlertKey.sample))
    background = try await ledger.background(
      of: Array(known.values),
      decisions: Dictionary(uniqueKeysWithValues: zip(ids.map(AlertKey.sample), [0, 1, 2, 3, 4, 9, 99])),
      told: 2
    )
    backlog = try await ledger.backlog()
    for some in [nil, ["pager"], ["mail", "journal"]] as [Set<ChannelName>?] {
      nextDelivery.append(try await ledger.nextDelivery(channels: some))
    }
    for list in lists { waiting.append(try await ledger.waiting(in: list)) }
    for id in ids {
      let record = try await ledger.record(of: .sample(id))
      records.append(record)
      decisions.append(try await ledger.decisions(about: .sample(id), limit: 4))
      for telling in record?.told ?? [] { told.append(try await ledger.delivery(telling.last)) }
    }
  }
}

/// A generator whose numbers depend on its seed alone (Steele, Lea, Flood: SplitMix64).
private struct SplitMix: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
