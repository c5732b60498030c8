// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Tracing

/// Carries out attempts: composes, sends, and has the channel judge the replies.
struct Outlet: Sendable {
  let transport: any Transport
  let time: any TimeSource
  let instruments: Instruments
  /// When this process started: older deliveries may have waited only for that.
  let start: Instant

  /// Sends some deliveries of one channel together.
  func send(_ attempt: AttemptStart) async -> BatchOutcome {
    let (channel, rules) = (attempt.channel, attempt.rules)
    var outcome = BatchOutcome()
    var ready: [(leased: LeasedDelivery, notice: Notice, outgoing: Outgoing)] = []
    let begun = time.elapsed()
    if attempt.isProbe, let unreached = await unreached(attempt) { return unreached }
    let now = time.now()
    for leased in attempt.batch {
      let notice = notice(of: leased, attempt, at: now)
      if notice.custom?.trouble != nil { instruments.failedTemplate(of: channel.name) }
      do throws(Uncomposable) {
        let outgoing = try rules.compose(notice, on: channel)
        // If a lease could end before the attempt does, another process could attempt it too.
        if leased.leasedUntil < now + outgoing.longest {
          outcome.released.append(leased)
        } else {
          let span = instruments.attempt(at: leased, on: channel)
          outcome.spans[leased.delivery.id] = span
          ready.append((leased, notice, instruments.traced(outgoing, by: span)))
        }
      } catch {
        outcome.unsent.append((leased, .rejected(error.rejection, because: error.reason)))
      }
    }
    let replies = await transport.send(ready.map(\.outgoing))
    let conversation = Conversation(rules: rules, transport: transport, time: time, channel: channel)
    for ((leased, notice, _), reply) in zip(ready, replies) {
      let verdict = await conversation.verdict(on: notice, after: reply, until: begun + (leased.leasedUntil - now))
      outcome.verdicts.append((leased, verdict))
    }
    outcome.isBatched = ready.contains { if case .append = $0.outgoing { true } else { false } }
    return outcome
  }

  private func notice(of leased: LeasedDelivery, _ attempt: AttemptStart, at now: Instant) -> Notice {
    let delay = MessageDelay(leased, on: attempt.channel, trouble: attempt.trouble, start: start)
    return attempt.rules.notice(leased, delay: delay.notice(at: now), at: now)
  }

  /// The outcome of an attempt on a failing channel whose host cannot be reached; nil if it can, or if only the message
  /// itself shows that.
  ///
  /// The message waits as before, unless its time is up: then it counts as attempted.
  private func unreached(_ attempt: AttemptStart) async -> BatchOutcome? {
    let (channel, rules) = (attempt.channel, attempt.rules)
    guard attempt.batch.count == 1, let leased = attempt.batch.first, !rules.isDryRun,
      type(of: channel.channel).probe == .connection
    else { return nil }
    let outgoing: Outgoing
    do throws(Uncomposable) {
      outgoing = try rules.compose(notice(of: leased, attempt, at: time.now()), on: channel)
    } catch {
      // The attempt judges that.
      return nil
    }
    guard let failure = await transport.connect(for: outgoing) else { return nil }
    var outcome = BatchOutcome()
    if rules.backoff.isLastChance(of: leased.delivery.severity, triedSince: leased.triedSince, at: time.now()) {
      outcome.verdicts = [(leased, channel.channel.interpret(.failed(failure)).redacted(by: channel.redaction))]
    } else {
      outcome.unreached = [leased]
      outcome.unreachable = channel.channel.interpret(.failed(failure)).redacted(by: channel.redaction)
    }
    return outcome
  }
}

/// The results of one batch of deliveries.
struct BatchOutcome: Sendable {
  /// The deliveries that were sent.
  var verdicts: [(leased: LeasedDelivery, verdict: Verdict)] = []
  /// The deliveries that could not be composed.
  var unsent: [(leased: LeasedDelivery, verdict: Verdict)] = []
  var released: [LeasedDelivery] = []
  /// The deliveries that were not attempted, because the host of their channel cannot be reached, and what that says about
  /// the channel.
  var unreached: [LeasedDelivery] = []
  var unreachable: Verdict?
  /// The deliveries that another channel must send, because it sent the start of the alert.
  var moved: [LeasedDelivery] = []
  /// Whether it consists of lines for a file.
  var isBatched = false
  /// The open span of each delivery that was sent, with tracing on.
  var spans: [DeliveryID: any Span] = [:]

  /// Whether everything that was sent arrived.
  var hasArrived: Bool {
    unsent.isEmpty && unreachable == nil
      && verdicts.allSatisfy { if case .delivered = $0.verdict { true } else { false } }
  }
}

/// How long a delivery waited, and why.
private struct MessageDelay {
  private let leased: LeasedDelivery
  private let channel: ConfiguredChannel
  private let trouble: Verdict.Reason?
  private let start: Instant

  /// The delay from which readers wonder why a message is late.
  private static let noticeable = Duration.seconds(60)

  init(_ leased: LeasedDelivery, on channel: ConfiguredChannel, trouble: Verdict.Reason?, start: Instant) {
    self.leased = leased
    self.channel = channel
    self.trouble = trouble
    self.start = start
  }

  /// The delay as a message states it; nil if it was not delayed.
  func notice(at now: Instant) -> Notice.Delay? {
    let since = leased.delivery.forwardings.first?.since ?? leased.createdAt
    return now - since > Self.noticeable ? Notice.Delay(now - since, because: cause) : nil
  }

  private var cause: String {
    if leased.triedSince > leased.createdAt { return "it was a dead letter and was retried manually" }
    if let reason = leased.lastReason { return "\(failures), most recently: \(reason.clause)" }
    if let failure = leased.delivery.forwardings.last { return "it was first sent to \(failure.from)" }
    if leased.createdAt < start { return "Belfry was not running" }
    if let trouble { return "the channel failed: \(trouble.clause)" }
    return channel.rate.map { "the channel is limited to \($0.words), and other messages went first" }
      ?? "other messages went first"
  }

  private var failures: String {
    let attempts = leased.attempt - 1
    return attempts == 1 ? "1 attempt failed" : "\(max(1, attempts)) attempts failed"
  }
}

// MARK: - What is handed over

/// The attempts of one channel that were handed over: those that run, and those that start as soon as one ends.
///
/// A next attempt starts without waiting for a turn of the ledger's loop: a turn syncs the disk, which takes longer than
/// a fast service needs for a message. At most as many run at once as the channel allows, and the most severe starts
/// first. After one that did not arrive, nothing starts until a turn has decided whether the channel may go on.
struct Lane: Sendable {
  private(set) var waiting: [AttemptStart] = []
  private(set) var running = 0
  /// The most attempts that run at once.
  var limit: Int
  private(set) var isHeld = false

  init(limit: Int) { self.limit = limit }

  var isIdle: Bool { waiting.isEmpty && running == 0 }

  /// Adds an attempt that may start.
  mutating func add(_ start: AttemptStart) {
    let later = waiting.lastIndex { !start.precedes($0) }
    waiting.insert(start, at: later.map { $0 + 1 } ?? 0)
  }

  /// The attempt to start now; nil if as many run as may, or none waits.
  mutating func next() -> AttemptStart? {
    guard !isHeld, running < limit, !waiting.isEmpty else { return nil }
    running += 1
    return waiting.removeFirst()
  }

  /// Records that an attempt ended.
  mutating func ended(hasArrived: Bool) {
    running -= 1
    if !hasArrived { isHeld = true }
  }

  /// Continues after an attempt that did not arrive.
  mutating func goOn() { isHeld = false }

  /// Removes and returns what has not started.
  mutating func recall() -> [AttemptStart] {
    isHeld = false
    defer { waiting = [] }
    return waiting
  }
}

extension AttemptStart {
  /// Whether it starts before another one, which was added before it.
  fileprivate func precedes(_ other: AttemptStart) -> Bool {
    guard let first = batch.first, let second = other.batch.first else { return false }
    return first.precedes(second)
  }
}

extension Dispatcher.Shared {
  /// Adapts how many attempts are handed over in advance to how many ended since the last turn.
  mutating func adapt() {
    let made = turn.attempts.filter { !$0.outcome.verdicts.isEmpty }
    for (channel, attempts) in Dictionary(grouping: made, by: \.channel.name) {
      let longest = attempts.map { $0.at - $0.begun }.max() ?? .zero
      let allArrived = attempts.allSatisfy(\.outcome.hasArrived)
      state.adapt(channel, ended: attempts.count, longest: longest, allArrived: allArrived)
    }
  }

  /// Lets channels go on, or takes back what was handed over, after an attempt that did not arrive.
  mutating func decideOnLanes(at now: Instant, elapsed: Duration) {
    for name in lanes.keys.sorted() {
      guard let lane = lanes[name] else { continue }
      if lane.isIdle, !lane.isHeld {
        lanes[name] = nil
      } else if !state.mayGoOn(on: name, at: now) {
        recall(name, at: elapsed)
      } else if lane.isHeld, !ended.contains(where: { $0.channel.name == name && !$0.outcome.hasArrived }) {
        // The attempt that did not arrive is recorded.
        lanes[name]?.goOn()
      }
    }
  }

  /// Hands over an attempt; a message that belongs to another channel is not sent but moved there.
  mutating func hand(_ start: AttemptStart, elapsed: Duration) {
    let channels = state.channels
    let isElsewhere = { (leased: LeasedDelivery) in
      leased.start.map { channels[$0.channel] != nil } ?? false
    }
    let name = start.channel.name
    guard start.batch.contains(where: isElsewhere) else {
      let limit = state.queues[name]?.limit ?? 1
      lanes[name, default: Lane(limit: limit)].limit = limit
      lanes[name]?.add(start)
      return
    }
    var outcome = BatchOutcome()
    outcome.moved = start.batch.filter(isElsewhere)
    outcome.released = start.batch.filter { !isElsewhere($0) }
    ended.append(EndedAttempt(outcome: outcome, channel: start.channel, begun: elapsed, at: elapsed))
    isAsked = true
  }

  /// Starts what may start now.
  mutating func startNext() {
    for name in lanes.keys.sorted() {
      while let start = lanes[name]?.next() { starts.append(start) }
    }
  }

  /// Records the end of an attempt until the next turn.
  ///
  /// - Returns: the attempt to make next.
  mutating func end(_ attempt: EndedAttempt, at now: Instant) -> AttemptStart? {
    ended.append(attempt)
    let name = attempt.channel.name
    lanes[name]?.ended(hasArrived: attempt.outcome.hasArrived)
    let next = lanes[name]?.next()
    hasUrgentEnd = hasUrgentEnd || !canWait(attempt, at: now)
    return next
  }

  /// Whether nothing waits for the end of an attempt to be recorded: the message has arrived, and its channel had room
  /// for more, so that nothing starts because of it.
  private func canWait(_ attempt: EndedAttempt, at now: Instant) -> Bool {
    let name = attempt.channel.name
    if isDraining, lanes.values.allSatisfy({ $0.running == 0 }) { return false }
    guard !state.isStopping, attempt.outcome.hasArrived, let queue = state.queues[name] else { return false }
    return queue.queue.isEmpty && queue.room(at: now) > 0 && lanes[name]?.waiting.isEmpty != false
  }

  /// Takes back everything that has not started.
  mutating func recallAll(at elapsed: Duration) {
    for start in starts {
      lanes[start.channel.name]?.ended(hasArrived: true)
      release(start, at: elapsed)
    }
    starts = []
    for name in lanes.keys.sorted() { recall(name, at: elapsed) }
  }

  private mutating func recall(_ channel: ChannelName, at elapsed: Duration) {
    for start in lanes[channel]?.recall() ?? [] { release(start, at: elapsed) }
  }

  private mutating func release(_ start: AttemptStart, at elapsed: Duration) {
    var outcome = BatchOutcome()
    outcome.released = start.batch
    ended.append(EndedAttempt(outcome: outcome, channel: start.channel, begun: elapsed, at: elapsed))
    isAsked = true
  }
}
