// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// The deliveries of one channel that are ours: those waiting for their turn, how many attempts are under way, and what holds
/// the next one back: the limit, the pace, the circuit, or the service's wish.
struct Lane {
  /// How many attempts may be under way at once.
  private(set) var limit: Int
  /// The time between the beginnings of two messages; zero for none.
  private(set) var spacing: Duration
  var breaker = Breaker()
  private(set) var queue: [LeasedDelivery] = []
  private(set) var underWay = 0
  /// How many attempts are over whose verdicts are being written down.
  private(set) var unsettled = 0
  /// Whether this channel appends to a file: then everything that waits is one write and one sync, one batch at a time.
  private(set) var isBatched = false
  /// When the next message may begin, by the pace or because the service asked for it.
  private var nextStart = Instant(microseconds: .min)
  /// Since when the channel is what it is: what began before says nothing of it.
  private var since = Instant(microseconds: .min)
  /// When the last attempt failed for the channel's sake, and why the circuit was last open: for those that waited meanwhile.
  private(set) var lastTrouble: Verdict.Reason?

  /// How many are leased at a time for a channel that takes batches.
  static let batch = 1024
  /// However long a service asks to be left alone, it is tried again after this time.
  static let longestPause = Duration.seconds(600)

  init(limit: Int, spacing: Duration = .zero) {
    self.limit = limit
    self.spacing = spacing
  }

  init(_ channel: ConfiguredChannel, isDryRun: Bool) {
    // What does not leave does not have to be spread over time.
    let spacing = isDryRun ? .zero : channel.rate?.spacing ?? .zero
    self.init(limit: channel.common.concurrency?.value ?? 8, spacing: spacing)
  }

  /// This lane by the settings of another; `mendedAt` is since when the channel is another one, that may work, and nil when it
  /// is the same.
  func adopting(_ other: Lane, mendedAt: Instant?) -> Lane {
    var lane = self
    (lane.limit, lane.spacing) = (other.limit, other.spacing)
    if let mendedAt {
      (lane.breaker, lane.nextStart) = (other.breaker, other.nextStart)
      (lane.isBatched, lane.lastTrouble) = (other.isBatched, other.lastTrouble)
      lane.since = mendedAt
    }
    return lane
  }

  private var isPaced: Bool { spacing > .zero }

  /// How many attempts may begin now, those in the queue included.
  func openings(at now: Instant) -> Int {
    guard nextStart <= now else { return 0 }
    if isBatched && !isPaced { return underWay > 0 || unsettled > 1 ? 0 : breaker.allowance(Lane.batch, at: now) }
    let free = max(0, limit - underWay - max(0, unsettled - limit))
    return breaker.allowance(isPaced ? min(1, free) : free, at: now)
  }

  /// How many more may be leased.
  func room(at now: Instant) -> Int { max(0, openings(at: now) - queue.count) }

  /// When something may begin again that may not now; nil when it only waits for what is under way.
  func opens(after now: Instant) -> Instant? {
    guard underWay < limit else { return nil }
    return [nextStart > now ? nextStart : nil, breaker.opens(after: now)].compactMap(\.self).max()
  }

  /// How long to lease for.
  ///
  /// A batch of lines is written in one go, so its lease can be short: after a crash it is due again the sooner.
  var lease: Duration { isBatched ? .seconds(15) : Dispatcher.lease }

  /// Adds what was leased, the worst first: whatever comes, it waits for none that is less urgent.
  mutating func add(_ deliveries: some Sequence<LeasedDelivery>) {
    queue += deliveries
    queue.sort {
      ($0.delivery.severity, $0.createdAt, $0.delivery.id) < ($1.delivery.severity, $1.createdAt, $1.delivery.id)
    }
  }

  /// What to begin now: one attempt's deliveries, or nothing when the channel is busy or idle.
  mutating func next(at now: Instant) -> [LeasedDelivery]? {
    let count = isBatched && !isPaced ? min(queue.count, openings(at: now)) : min(queue.count, openings(at: now), 1)
    guard count > 0 else { return nil }
    underWay += 1
    breaker.begin()
    if isPaced { nextStart = max(nextStart, now) + spacing }
    defer { queue.removeFirst(count) }
    return Array(queue.prefix(count))
  }

  /// Whether anything of this channel is in hand.
  var isIdle: Bool { queue.isEmpty && underWay == 0 && unsettled == 0 }

  /// An attempt is over, and the next may begin while its verdict is written down; as many verdicts may be on their way to
  /// the ledger as attempts may be under way.
  mutating func answered(isBatched: Bool) {
    underWay -= 1
    unsettled += 1
    self.isBatched = isBatched
  }

  /// The verdicts of so many attempts are written down.
  mutating func settled(_ count: Int) { unsettled -= count }

  /// Takes in what an attempt says of the channel.
  mutating func note(_ verdict: Verdict, begun: Instant, at now: Instant) -> Breaker.Change? {
    guard begun >= since else { return nil }
    if case .retry(let asked?, _) = verdict {
      nextStart = max(nextStart, now + min(asked, Lane.longestPause))
    }
    switch Breaker.Outcome(verdict) {
    case .fails(let reason), .asksToWait(_, let reason), .needsOperator(let reason): lastTrouble = reason
    case .works, .unknown: break
    }
    return breaker.note(Breaker.Outcome(verdict), begun: begun, at: now)
  }

  /// The clock was set: what is left of a wait stays the same.
  mutating func follow(_ step: ClockStep) {
    if nextStart > Instant(microseconds: .min) { nextStart = nextStart + step.by }
    if since > Instant(microseconds: .min) { since = since + step.by }
    queue = queue.map { $0.following(step, longest: lease) }
    breaker.follow(step.by)
  }

  /// Gives up what cannot begin now: where it waits in the ledger instead, what is worse goes first.
  mutating func surplus(at now: Instant) -> [LeasedDelivery] {
    let kept = min(queue.count, openings(at: now))
    defer { queue.removeLast(queue.count - kept) }
    return Array(queue[kept...])
  }

  /// Gives up what has not begun.
  mutating func drain() -> [LeasedDelivery] {
    defer { queue = [] }
    return queue
  }
}
