// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTestKit

/// A sequence of calls, chosen by a seed.
struct RandomHistory {
  static let ids = ["a", "b", "c", "d", "é", "e\u{301}/x", "\u{301}"]
  static let channels: [ChannelName] = ["pager", "mail", "journal"]
  static let lists: [HoldID] = [
    .digest("daily"), .digest("weekly"), .cooldown(GroupKey("w")), .cooldown(GroupKey("v")),
  ]

  private var random: SplitMix
  private var leased: [LeasedDelivery] = []
  private var dead: [DeliveryID] = []
  private let prunes: Bool

  /// A history, in which what is over is removed now and then if `prunes` is true.
  init(seed: UInt64, prunes: Bool = false) {
    random = SplitMix(state: seed)
    self.prunes = prunes
  }

  mutating func next(at now: Instant) -> LedgerAction {
    switch prunes ? Int.random(in: 0..<10, using: &random) : nil {
    case 0:
      return .prune(.seconds(Int.random(in: 0...60, using: &random)), limit: Int.random(in: 1...6, using: &random))
    case 1: return .windUp
    default: break
    }
    let action = LedgerAction.random(&random, leased: leased, dead: dead, now: now)
    // Where the clock steps back, the oldest rows are not the first ones: some stay longer in a file than in memory.
    if prunes, case .setClock = action { return .wait(.seconds(1)) }
    return action
  }

  /// Records the result of a call: what may be settled, and which dead letters may be retried or discarded.
  mutating func note(_ answer: LedgerAction.Answer, of ledger: any Ledger) async throws {
    leased = (leased + answer.leased).suffix(20)
    dead = try await (dead + ledger.deadLetters(limit: 3).map(\.delivery.id)).suffix(6)
  }
}

/// One call of a ledger.
enum LedgerAction: Sendable {
  case ingest([Event], LeaseTerms?, failing: Bool)
  case fire([TimerKey]?, LeaseTerms?)
  case adopt([TimerKey: Instant])
  case claim(LeaseTerms, Set<ChannelName>?)
  case settle([Settlement])
  case retryNow(ChannelName, Int)
  case mend([DeliveryID], DeadLetterRemedy)
  case wait(Duration)
  case setClock(Duration)
  case recount
  /// Ends all holds and alerts, delivers what is pending, and discards dead letters.
  case windUp
  /// Removes what was over before that time, in batches.
  case prune(Duration, limit: Int)

  struct Answer: Equatable {
    var decisions: [RecordedDecision] = []
    var leased: [LeasedDelivery] = []
    var queued = 0
    var settled: [Bool] = []
    var mended: [MendedLetter] = []
    var retried = 0
    var wrong: Set<ChannelName> = []
    var removed = PruneStep.Removed()
    var error: LedgerError.Code?
  }

  static func random(
    _ random: inout SplitMix,
    leased: [LeasedDelivery],
    dead: [DeliveryID],
    now: Instant
  ) -> LedgerAction {
    let lease =
      [nil, LeaseTerms(count: Int.random(in: 0...3, using: &random), duration: .seconds(20))]
      .randomElement(using: &random) ?? nil
    switch Int.random(in: 0..<16, using: &random) {
    case 0..<4:
      let events = (0..<Int.random(in: 0...5, using: &random)).map { _ in event(&random) }
      return .ingest(events, lease, failing: Int.random(in: 0..<8, using: &random) == 0)
    case 4: return .fire(nil, lease)
    case 5:
      let timers =
        RandomHistory.lists.map { TimerKey.list($0) }
        + RandomHistory.ids.map { .alert(Alert.sample($0).key) }
      return .fire(timers.filter { _ in Bool.random(using: &random) }, lease)
    case 6:
      let digests = RandomHistory.lists.prefix(2).filter { _ in Bool.random(using: &random) }
      let due = now + .seconds(Int.random(in: 0...50, using: &random))
      return .adopt(Dictionary(uniqueKeysWithValues: digests.map { (.list($0), due) }))
    case 7, 8:
      let terms = LeaseTerms(count: Int.random(in: 1...4, using: &random), duration: .seconds(15))
      let some = Set(RandomHistory.channels.filter { _ in Bool.random(using: &random) })
      return .claim(terms, Bool.random(using: &random) ? nil : some)
    case 9, 10:
      return .settle(leased.filter { _ in Bool.random(using: &random) }.map { settlement(of: $0, now, &random) })
    case 11:
      let some = dead.filter { _ in Bool.random(using: &random) }
      return .mend(some, Bool.random(using: &random) ? .retry : .drop)
    case 12: return .setClock(.seconds(Int.random(in: -20...20, using: &random)))
    case 13: return .recount
    case 14:
      return .retryNow(
        RandomHistory.channels.randomElement(using: &random) ?? "mail",
        Int.random(in: 1...3, using: &random)
      )
    default: return .wait(.seconds(Int.random(in: 1...30, using: &random)))
    }
  }

  private static func event(_ random: inout SplitMix) -> Event {
    let severity = [.critical, .warning, .info, Severity("odd")].randomElement(using: &random) ?? .info
    let detail = "\(Int.random(in: 0...2, using: &random))"
    let alert = Alert.sample(RandomHistory.ids.randomElement(using: &random) ?? "", severity, detail: detail)
    return [.fired(alert), .changed(alert), .resolved(alert.key)].randomElement(using: &random) ?? .fired(alert)
  }

  private static func settlement(of leased: LeasedDelivery, _ now: Instant, _ random: inout SplitMix) -> Settlement {
    let successor = leased.successor(on: RandomHistory.channels.randomElement(using: &random) ?? "mail", at: now)
    let isAttempted = Bool.random(using: &random)
    let forwarded = Settlement.Result.forwarded(successor, because: .init("busy", "text"), wasAttempted: isAttempted)
    let result = (LeaseTests.results(now) + [forwarded]).randomElement(using: &random) ?? .released
    return Settlement(id: leased.delivery.id, token: leased.token, result: result)
  }

  func perform(on environment: TestLedger) async throws -> Answer {
    let ledger = environment.ledger
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
      case .retryNow(let channel, let limit):
        answer.retried = try await ledger.retryNow(on: channel, limit: limit)
      case .mend(let letters, let remedy): answer.mended = try await ledger.mend(letters, by: remedy)
      case .wait(let duration): environment.advance(by: duration)
      case .setClock(let by):
        environment.advance(by: by)
        let step = ClockStep(by: by, now: environment.now, since: TestEnvironment.start)
        try await ledger.followDeliveries(step, longest: .seconds(20))
        try await ledger.followHolds(step, longest: RandomPolicy.longest)
      case .recount: answer.wrong = try await ledger.recount()
      case .windUp: try await windUp(environment)
      case .prune(let keep, let limit):
        answer.removed = try await ledger.pruneAll(before: environment.now - keep, limit: limit)
      }
    } catch let error as LedgerError {
      answer.error = error.code
    }
    return answer
  }

  private func windUp(_ environment: TestLedger) async throws {
    let ledger = environment.ledger
    _ = try await ledger.fire(only: RandomHistory.lists.map { .list($0) }, policy: RandomPolicy.policy, lease: nil)
    let ends = RandomHistory.ids.map { Event.resolved(.sample($0)) }
    _ = try await ledger.ingest(ends, policy: ScriptedPolicy(), lease: nil)
    environment.advance(by: .seconds(60))
    for leased in try await environment.claim(1_000) { _ = try await environment.settle(leased, .delivered(Receipt())) }
    _ = try await ledger.mend(ledger.deadLetters(limit: 1_000).map(\.delivery.id), by: .drop)
  }
}

extension LedgerAction.Answer {
  fileprivate mutating func take(_ ingested: Ingested) {
    decisions = ingested.decisions
    leased = ingested.leased
    queued = ingested.queued
  }
}

/// Decides only by the events and the state, and uses all parts of an outcome.
private enum RandomPolicy {
  static let longest = LongestWaits(["cooldown": .seconds(50), LongestWaits.alert: .seconds(50)])

  static let policy = ScriptedPolicy(decide: decide, fire: fire)

  /// Makes the same ID twice.
  static let failing = ScriptedPolicy { events, state, now in
    var outcome = decide(events, &state, now)
    if let first = outcome.deliveries.first { outcome.deliveries.append(first) }
    return outcome
  }

  @Sendable
  private static func decide(_ events: [Event], _ state: inout PolicyState, _ now: Instant) -> PolicyOutcome {
    var outcome = PolicyOutcome()
    for event in events {
      let ended = (state[cooldown: GroupKey("w")]?["pager"]?.ended ?? 0) + 1
      let list = RandomHistory.lists[ended % RandomHistory.lists.count]
      let window = CooldownWindow(until: now, severity: .info, ended: ended)
      state.set(ended % 5 == 0 ? nil : CooldownState(["pager": window]), for: GroupKey("w"))
      if let key = event.key, event.alert != nil || state[alert: key] != nil, ended % 2 == 0 {
        outcome.timers[.alert(key)] = .some(ended % 3 == 0 ? nil : now + .seconds(ended % 4))
      }
      if case .changed(let alert) = event {
        var record = state[alert: alert.key] ?? AlertRecord(alert: alert, firedAt: now)
        if let held = record.waits.popLast() { outcome.left.append(.init(list: held.hold, alert: alert.key)) }
        if !record.waits.contains(list) { record.waits.append(Wait(list)) }
        outcome.joined.append(.init(list: list, alert: alert.key))
        outcome.timers[.list(list)] = .some(ended % 3 == 0 ? nil : now + .seconds(ended))
        state.set(record)
        outcome.decisions.append(ScriptedPolicy.decision(about: alert, .hold(until: now)))
      } else {
        let sent = ScriptedPolicy.notify(
          [event],
          on: Array(RandomHistory.channels.prefix(ended % 3 + 1)),
          &state,
          now,
          inOrder: true
        )
        outcome.deliveries += sent.deliveries
        outcome.earlier.merge(sent.earlier) { $1 }
        outcome.decisions += sent.decisions
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

/// A generator whose numbers depend only on its seed (Steele, Lea, Flood: SplitMix64).
struct SplitMix: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

extension History {
  /// Removes what was over before a moment, in batches, as the notifier does.
  func pruneAll(before cutoff: Instant, limit: Int = 100) async throws -> PruneStep.Removed {
    var removed = PruneStep.Removed()
    var cursor: PruneCursor? = PruneCursor(before: cutoff)
    while let next = cursor {
      let step = try await prune(next, limit: limit)
      removed += step.removed
      cursor = step.next
    }
    return removed
  }
}
