// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy

/// The leased deliveries of one channel: those that wait, the number of running attempts, and what delays the next one:
/// the limit, the pace, the circuit, or a wait that the service asked for.
struct ChannelQueue {
  /// The most concurrent attempts.
  private(set) var limit: Int
  /// How many more are handed over in advance, so that the next starts as soon as one ends.
  private(set) var ahead = 0
  /// The time between the starts of two messages; zero for none.
  private(set) var spacing: Duration
  private(set) var breaker = Breaker()
  private(set) var queue: [LeasedDelivery] = []
  private(set) var underWay = 0
  /// The number of finished attempts whose verdicts are being recorded.
  private(set) var unsettled = 0
  /// Whether this channel appends to a file: all waiting lines are then one write and one sync, one batch at a time.
  private(set) var isBatched = false
  /// When the next message may start, because of the pace or a wait that the service asked for.
  private var nextStart = Instant(microseconds: .min)
  /// Since when the channel has its current settings: earlier attempts show nothing about it.
  private var since = Instant(microseconds: .min)
  /// When the channel last failed, and why the circuit was last open; explains the delay of deliveries that waited
  /// then.
  private(set) var lastTrouble: Verdict.Reason?

  /// The number of deliveries leased at a time for a channel that accepts batches.
  static let batch = 1024
  /// The longest attempt with which others are handed over in advance: as long may a more severe one have to wait.
  static let short = Duration.milliseconds(50)
  /// The longest wait at a service's request; then it is tried again.
  static let longestPause = Duration.seconds(600)

  init(limit: Int, spacing: Duration = .zero) {
    self.limit = limit
    self.spacing = spacing
  }

  init(_ channel: ConfiguredChannel, isDryRun: Bool) {
    // Without sending, there is nothing to spread over time.
    let spacing = isDryRun ? .zero : channel.rate?.spacing ?? .zero
    self.init(limit: channel.common.concurrency?.value ?? 8, spacing: spacing)
  }

  /// This queue with another one's settings; `mendedAt` is when the channel changed and may work again, nil if it is the
  /// same.
  func adopting(_ other: ChannelQueue, mendedAt: Instant?) -> ChannelQueue {
    var queue = self
    (queue.limit, queue.spacing) = (other.limit, other.spacing)
    if let mendedAt {
      (queue.breaker, queue.nextStart) = (other.breaker, other.nextStart)
      (queue.isBatched, queue.lastTrouble) = (other.isBatched, other.lastTrouble)
      queue.since = mendedAt
    }
    return queue
  }

  private var isPaced: Bool { spacing > .zero }

  /// The most attempts that are handed over at a time.
  private var window: Int { breaker.isClosed && !isPaced ? limit + ahead : limit }

  /// The number of attempts that may be handed over now, including queued ones.
  func openings(at now: Instant) -> Int {
    guard nextStart <= now else { return 0 }
    if isBatched && !isPaced {
      return underWay > 0 || unsettled > 1 ? 0 : breaker.allowance(ChannelQueue.batch, at: now)
    }
    let free = max(0, window - underWay - max(0, unsettled - window))
    return breaker.allowance(isPaced ? min(1, free) : free, at: now)
  }

  /// Whether a probe may start, for which any pending delivery will do.
  func wantsProbe(at now: Instant) -> Bool { breaker.wantsProbes && queue.isEmpty && room(at: now) > 0 }

  /// The number of further deliveries that may be leased.
  func room(at now: Instant) -> Int { max(0, openings(at: now) - queue.count) }

  /// When an attempt may start that may not start now; nil if it only waits for running ones.
  func opens(after now: Instant) -> Instant? {
    guard underWay < window else { return nil }
    return [nextStart > now ? nextStart : nil, breaker.opens(after: now)].compactMap(\.self).max()
  }

  /// The length of a lease.
  ///
  /// A batch of lines is written at once, so its lease can be short: after a crash it is due again sooner.
  var lease: Duration { isBatched ? .seconds(15) : Dispatcher.lease }

  /// Adds leased deliveries, most severe first: none waits for a less severe one.
  mutating func add(_ deliveries: some Sequence<LeasedDelivery>) {
    queue += deliveries
    queue.sort { $0.precedes($1) }
  }

  /// Whether attempts that were handed over in advance may still start.
  func mayGoOn(at now: Instant) -> Bool { breaker.isClosed && nextStart <= now }

  /// Adapts how many attempts are handed over in advance to how many ended within one turn.
  mutating func adapt(ended count: Int, longest: Duration, allArrived: Bool) {
    guard allArrived, longest <= ChannelQueue.short else { return ahead = 0 }
    ahead = max(min(2 * count, 3 * limit), ahead * 3 / 4)
  }

  /// The deliveries of the next attempt to start; nil if the channel is busy or idle.
  mutating func next(at now: Instant) -> [LeasedDelivery]? {
    let count = isBatched && !isPaced ? min(queue.count, openings(at: now)) : min(queue.count, openings(at: now), 1)
    guard count > 0 else { return nil }
    underWay += 1
    breaker.begin()
    if isPaced { nextStart = max(nextStart, now) + spacing }
    defer { queue.removeFirst(count) }
    return Array(queue.prefix(count))
  }

  /// Whether nothing of this channel is leased or running.
  var isIdle: Bool { queue.isEmpty && underWay == 0 && unsettled == 0 }

  /// Records that an attempt ended, so that the next may start while its verdict is recorded.
  ///
  /// As many verdicts may be waiting to be recorded as attempts may be handed over. `isBatched` is nil if none was made.
  mutating func answered(isBatched: Bool?) {
    underWay -= 1
    unsettled += 1
    if let isBatched { self.isBatched = isBatched }
  }

  /// Records that the verdicts of `count` attempts are stored.
  mutating func settled(_ count: Int) { unsettled -= count }

  /// Records what an attempt shows about the channel.
  mutating func note(_ verdict: Verdict, begun: Instant, at now: Instant, random: Double) -> Breaker.Change? {
    guard begun >= since else { return nil }
    if case .retry(let asked?, _) = verdict {
      nextStart = max(nextStart, now + min(asked, ChannelQueue.longestPause))
    }
    switch Breaker.Outcome(verdict) {
    case .fails(let reason), .asksToWait(_, let reason), .needsOperator(let reason): lastTrouble = reason
    case .works, .unknown: break
    }
    return breaker.note(Breaker.Outcome(verdict), begun: begun, at: now, random: random)
  }

  /// Records that what was started did not become an attempt.
  mutating func withdraw(at now: Instant) { breaker.withdraw(at: now) }

  /// Restores a circuit that was not closed when the previous process ended.
  mutating func restore(_ note: CircuitNote, at now: Instant) { breaker = Breaker(note, at: now) }

  /// Shifts waits by a step of the clock: the remaining time stays the same.
  mutating func follow(_ step: ClockStep) {
    if nextStart > Instant(microseconds: .min) { nextStart = nextStart + step.by }
    if since > Instant(microseconds: .min) { since = since + step.by }
    for index in queue.indices { queue[index].times.follow(step, longest: lease) }
    breaker.follow(step.by)
  }

  /// Removes and returns what cannot start now: in the ledger, more severe deliveries come first.
  mutating func surplus(at now: Instant) -> [LeasedDelivery] {
    let kept = min(queue.count, openings(at: now))
    defer { queue.removeLast(queue.count - kept) }
    return Array(queue[kept...])
  }

  /// Removes and returns what has not started.
  mutating func drain() -> [LeasedDelivery] {
    defer { queue = [] }
    return queue
  }
}

extension LeasedDelivery {
  /// Whether it starts before another one: by severity, then by age.
  func precedes(_ other: LeasedDelivery) -> Bool {
    (delivery.severity, createdAt, delivery.id) < (other.delivery.severity, other.createdAt, other.delivery.id)
  }
}
