// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy
package import BelfryTransport
internal import ServiceLifecycle
internal import Synchronization

/// Delivers what the ledger holds: leases due deliveries, has them composed, sent and judged, and records each verdict.
///
/// It takes part in the turns of the ledger's loop: each turn records the verdicts that have come in, leases what may
/// start now, and commits both together with what everyone else writes. The attempts run outside, all at the same time;
/// channels never wait for each other.
package final class Dispatcher: Sendable {
  private let ledger: any DeliveryQueue & Notes & LedgerHealth
  private let loop: CommitLoop
  let time: any TimeSource
  let reporter: DeliveryReporter
  let random: @Sendable () -> Double
  let shared: Mutex<Shared>
  let signal = Wakeup()
  private let outlet: Outlet
  private let vitals: Vitals
  /// Wakes the cycle: raised when a channel starts or stops failing, and when a timer is due earlier than any before.
  private let wakeup: Wakeup?
  private let stopping = StopFlag()

  /// What the turns of the loop, the attempts and the dispatcher's own task share.
  struct Shared: Sendable {
    var state: DispatchState
    /// The state before the turn that is not committed yet.
    var saved: DispatchState?
    /// Ended attempts that no turn has recorded yet.
    var ended: [EndedAttempt] = []
    /// Whether one of them must be recorded now, rather than with what comes next.
    var hasUrgentEnd = false
    /// Whether it delivers only what is due now, so that nothing comes after what is running.
    var isDraining = false
    /// Conclusions that the ledger could not record when it recorded others.
    var unrecorded: [Unrecorded] = []
    /// When they are tried again, on the monotonic clock; nil if there are none.
    var recordAgain: Duration?
    /// What the current turn records and starts.
    var turn = Turn()
    /// Detects changes of the clock.
    var clock: ClockWatch
    /// Clock steps not yet applied to the ledger.
    var unfollowed: [ClockStep] = []
    /// Whether a turn is wanted although no attempt has ended and nothing is due.
    var isAsked = false
    /// Whether the dispatcher's task waits for the end of the turn.
    var isAwaited = false
    /// After a failed turn: the time on the monotonic clock before which no other is wanted.
    var pausedUntil: Duration?
    /// When the next attempt can start.
    var next: Instant?
    /// When the next timer is due, as of the last committed turn.
    var nextTimer: Instant?
    /// What was handed over to be attempted, by channel.
    var lanes: [ChannelName: Lane] = [:]
    /// Attempts that start now.
    var starts: [AttemptStart] = []
    /// What happened in committed turns and is not reported yet.
    var reports: [DispatchReport] = []

    /// Changes the state between turns, or beside one that may still be undone.
    mutating func change(_ body: (inout DispatchState) -> Void) {
      body(&state)
      if saved != nil { saved.withUnwrapped(body) }
    }
  }

  /// How long a lease lasts: longer than the longest attempt and the wait before it.
  package static let lease = Duration.seconds(120)
  /// How long the dispatcher assumes that no other process wrote a delivery into the ledger.
  static let patience = Duration.seconds(5)
  /// The number of retries made due in one turn.
  static let retriesAtOnce = 1000
  /// The number of rounds without the expected lease after which the ledger is assumed to be damaged.
  private static let patientRounds = 3

  package init(
    ledger: any Ledger,
    transport: any Transport,
    configuration: Configuration,
    time: any TimeSource,
    reporter: DeliveryReporter,
    backoff: Backoff = Backoff(),
    isDryRun: Bool = false,
    linkKey: LinkKey? = nil,
    vitals: Vitals? = nil,
    wakeup: Wakeup? = nil,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) }
  ) {
    self.ledger = ledger
    loop = ledger.loop
    self.time = time
    self.reporter = reporter
    self.vitals = vitals ?? Vitals(from: time.elapsed())
    self.wakeup = wakeup
    self.random = random
    outlet = Outlet(transport: transport, time: time, instruments: reporter.instruments, start: time.now())
    let rules = AttemptRules(configuration, backoff: backoff, isDryRun: isDryRun, linkKey: linkKey)
    shared = Mutex(
      Shared(
        state: DispatchState(configuration, rules),
        clock: ClockWatch(now: time.now(), elapsed: time.elapsed())
      )
    )
    loop.join(self)
  }

  // MARK: Deciding

  /// Has events decided and stored; deliveries that can start at once are leased in the same transaction.
  package func ingest(_ events: [Event], policy: any PolicyDeciding) async throws -> Ingested {
    try await write(weight: events.count) { try $0.ingest(events, policy: policy, lease: $1) }
  }

  /// Fires timers; see ``DecisionTransaction``.
  package func fire(only timers: [TimerKey]?, policy: any PolicyDeciding) async throws -> Ingested {
    try await write(weight: timers?.count ?? 1) { try $0.fire(only: timers, policy: policy, lease: $1) }
  }

  /// Stores a delivery that no policy decided on; see ``DeliveryTransaction``.
  package func enqueue(_ delivery: NewDelivery, because decision: Decision) async throws -> Ingested {
    try await write(weight: 1) { try $0.enqueue(delivery, because: decision, lease: $1) }
  }

  private func write(
    weight: Int,
    _ body: @escaping @Sendable (any LedgerTransaction, LeaseTerms?) throws -> Ingested
  ) async throws -> Ingested {
    try await loop.write(weight: weight) { [self] ingested in
      shared.withLock { $0.change { $0.enqueue(ingested.leased) } }
    } _: { [self] transaction in
      let ingested = try body(transaction, terms(at: time.now()))
      if !ingested.leased.isEmpty {
        shared.withLock { shared in
          for leased in ingested.leased { shared.turn.promised[leased.delivery.channel, default: 0] += 1 }
        }
      }
      return ingested
    }
  }

  /// What may be leased along with new deliveries; nil for nothing.
  private func terms(at now: Instant) -> LeaseTerms? {
    shared.withLock { shared in
      guard shared.state.isServing, !shared.state.isStopping else { return nil }
      let promised = shared.turn.promised
      var room = shared.state.room(at: now)
      for (channel, count) in promised { room[channel, default: 0] -= count }
      return LeaseTerms(count: room.values.reduce(0) { $0 + max(0, $1) }, duration: Dispatcher.lease, room: room)
    }
  }

  // MARK: Delivering

  /// Accepts deliveries that were leased as they were written.
  package func hand(_ leased: [LeasedDelivery]) {
    shared.withLock { shared in
      shared.change { $0.enqueue(leased) }
      shared.isAsked = true
    }
  }

  /// Wakes the dispatcher after a write that may have made a delivery due.
  package func wake() {
    shared.withLock { $0.isAsked = true }
    signal.raise()
  }

  /// Delivers until it is asked to stop; then finishes running attempts and releases those not started.
  package func run() async throws {
    try await takeOver()
    await withGracefulShutdownHandler {
      await work(until: .stopped)
    } onGracefulShutdown: {
      self.stopping.raise()
      self.signal.raise()
    }
  }

  /// Delivers what is due now and returns when nothing is; later retries stay in the ledger.
  package func drain() async throws {
    try await ledger.inspect()
    try await takeOver()
    await work(until: .idle)
  }

  /// Delivers only what was handed over; other due deliveries are left to the running notifier.
  package func finishLeased() async { await work(until: .idle) }

  /// When the next attempt can start; nil if nothing is pending, or if that depends on running attempts.
  package func nextAttempt() async throws -> Instant? {
    try await loop.write(weight: 0) { [self] transaction in
      shared.withLock { $0.state.touched(transaction.touched) }
      try findNext(transaction)
    }
    return shared.withLock { $0.state.nextAttempt(at: time.now()) }
  }

  /// Whether a turn is wanted or under way, or anything is leased or running.
  package var isBusy: Bool {
    shared.withLock { shared in
      shared.isAsked || shared.saved != nil || !shared.ended.isEmpty || !shared.starts.isEmpty || !shared.state.isIdle
    }
  }

  /// The circuits that are not closed, by channel.
  package var circuits: [CircuitNote] { shared.withLock { $0.state.circuits(at: time.now()) } }

  /// Continues with other channels; see `DispatchState.adopt`.
  package func adopt(_ configuration: Configuration, unchanged: Set<ChannelName>) async {
    let now = time.now()
    shared.withLock { shared in
      shared.recallAll(at: time.elapsed())
      shared.change { $0.adopt(configuration, unchanged: unchanged, at: now) }
      shared.isAsked = true
    }
    await turn()
    signal.raise()
  }

  /// Prepares the first attempt: restores open circuits, and handles deliveries that no channel can deliver any more.
  private func takeOver() async throws {
    let circuits = try await ledger.circuits()
    let (now, elapsed) = (time.now(), time.elapsed())
    shared.withLock { shared in
      shared.followClock(at: now, elapsed: elapsed)
      shared.change { $0.takeOver(circuits, at: now) }
      // Waits set by another process with a wrong clock are shortened to the longest possible one.
      shared.unfollowed.append(.none(at: now))
      shared.isAsked = true
    }
    // A damaged file is noticed now, and not when the row is needed.
    try await ledger.recount()
  }

  private enum End {
    /// It is asked to stop.
    case stopped
    /// Nothing is running, and nothing is due.
    case idle
  }

  private func work(until end: End) async {
    await withDiscardingTaskGroup { group in
      // Turns in a row in which nothing was running and nothing could be leased.
      var idleTurns = 0
      shared.withLock { $0.isDraining = end == .idle }
      if end == .stopped { group.addTask { await self.inspectLedger() } }
      while !stopping.isRaised && !Task.isCancelled {
        vitals.beat(.dispatcher, at: time.elapsed())
        if wantsTurn(.now) { await turn() }
        publish()
        let starts = shared.withLock { shared in
          defer { shared.starts = [] }
          return shared.starts
        }
        for start in starts { group.addTask { await self.attempt(start) } }
        let rest = rest(for: end)
        idleTurns = starts.isEmpty && rest.isIdle ? idleTurns + 1 : 0
        if end == .idle && rest.isIdle && rest.pause == nil { break }
        var pause = rest.pause
        if idleTurns > Dispatcher.patientRounds, let due = pause, due <= .milliseconds(1) {
          // The ledger reports something due but does not lease it: asking again at once would loop forever.
          reporter.stuck()
          if end == .idle { break }
          pause = .seconds(1)
        }
        if pause == .zero { continue }
        if end == .idle, rest.isPaused, let pause {
          // Cancelled: what is not recorded or leased stays in the ledger, and its lease ends.
          do { try await time.sleep(for: pause) } catch { break }
          continue
        }
        await signal.wait(atMost: pause ?? Dispatcher.patience, on: time)
        if end == .stopped { askIfOld() }
      }
      shared.withLock { shared in
        shared.change { $0.isStopping = true }
        shared.recallAll(at: time.elapsed())
      }
    }
    await giveBack()
    publish()
  }

  /// Asks for a turn if the ledger was not read for some time: another process may have written.
  private func askIfOld() {
    let elapsed = time.elapsed()
    shared.withLock { shared in
      if elapsed - shared.turn.lastBegun >= Dispatcher.patience { shared.isAsked = true }
    }
  }

  /// Whether nothing is leased or running, and how long there is nothing to do; nil if no work is known to come.
  private struct Rest {
    var isIdle: Bool
    var pause: Duration?
    /// Whether the ledger failed, and is not asked again before that time is over.
    var isPaused = false
  }

  private func rest(for end: End) -> Rest {
    let (now, elapsed) = (time.now(), time.elapsed())
    return shared.withLock { shared in
      // In the middle of a turn the state is not what will be committed.
      if shared.saved != nil {
        shared.isAwaited = true
        return Rest(isIdle: false, pause: nil)
      }
      // A turn may have ended since: what it started and what it reports come first.
      if !shared.starts.isEmpty || !shared.reports.isEmpty { return Rest(isIdle: false, pause: .zero) }
      let isIdle = shared.state.isIdle && shared.ended.isEmpty
      if let paused = shared.pausedUntil, paused > elapsed {
        // Deliveries that a drain cannot record or lease stay in the ledger.
        return Rest(isIdle: isIdle, pause: end == .idle && isIdle ? nil : paused - elapsed, isPaused: true)
      }
      if shared.isAsked || shared.hasUrgentEnd { return Rest(isIdle: isIdle, pause: .zero) }
      let next = shared.state.nextAttempt(at: now, forDrain: end == .idle)
      var pause = next.map { min(Dispatcher.patience, max(end == .idle ? .zero : .milliseconds(1), $0 - now)) }
      if let again = shared.recordAgain { pause = min(pause ?? .seconds(1), max(.zero, again - elapsed)) }
      return Rest(
        isIdle: isIdle && shared.unrecorded.isEmpty,
        pause: pause,
        isPaused: isIdle && shared.recordAgain != nil
      )
    }
  }

  /// Takes a turn, and returns after it.
  private func turn() async {
    // What fails is reported by `rolledBack`.
    do { try await loop.write(weight: 0) { _ in } } catch {}
  }

  /// Records what has ended, and gives back what has not started.
  private func giveBack() async {
    shared.withLock { shared in
      shared.change { $0.isStopping = true }
      shared.isAsked = true
      shared.pausedUntil = nil
    }
    await turn()
    shared.withLock { $0.change { $0.stop() } }
  }

  /// Makes an attempt, and after it those that waited for its end.
  private func attempt(_ first: AttemptStart) async {
    var next: AttemptStart? = first
    while let start = next {
      let begun = time.elapsed()
      let outcome = await outlet.send(start)
      let ended = EndedAttempt(outcome: outcome, channel: start.channel, begun: begun, at: time.elapsed())
      let urgency: CommitLoop.Urgency
      (next, urgency) = shared.withLock { shared in
        let next = shared.end(ended, at: time.now())
        return (next, shared.hasUrgentEnd ? .now : .soon)
      }
      loop.poke(urgency)
    }
  }

  /// Makes room in the ledger, and reads all of it once, so that damage is found before it matters.
  private func inspectLedger() async {
    // A full disk is no reason not to check for damage.
    for step in [ledger.makeRoom, ledger.inspect] {
      do { try await step() } catch { reporter.ledgerFailed(error) }
    }
  }

  /// Reports what happened in committed turns: log lines, metrics, rows of the audit log.
  private func publish() {
    let reports = shared.withLock { shared in
      defer { shared.reports = [] }
      return shared.reports
    }
    for report in reports {
      switch report {
      case .attempted(let channel, let duration): reporter.instruments.attempted(channel, for: duration)
      case .settled(let attempts):
        for (attempt, _) in attempts { reporter.instruments.end(attempt) }
        reporter.settled(attempts)
      case .forwarded(let delivery, let other): reporter.forwarded(delivery, to: other)
      case .circuit(let change, let channel, let rest, let reason):
        reporter.circuit(change, of: channel, for: rest, because: reason)
        wakeup?.raise()
      case .circuitsNoted: reporter.changes.raise()
      case .timer: wakeup?.raise()
      case .clock(let step): reporter.clockWasSet(by: step)
      case .failed(let error):
        vitals.note("\(error)", of: .dispatcher)
        reporter.ledgerFailed(error)
      case .committed: vitals.note(nil, of: .dispatcher)
      }
    }
  }
}

/// What is reported after the commit of a turn.
enum DispatchReport: Sendable {
  case attempted(ChannelName, Duration)
  case settled([(attempt: Attempt, wasTaken: Bool)])
  case forwarded(NewDelivery, to: NewDelivery)
  case circuit(Breaker.Change, ChannelName, Duration, Verdict.Reason?)
  case circuitsNoted
  /// A timer is due earlier than any before.
  case timer
  case clock(Duration)
  case failed(any Error)
  /// The ledger works again.
  case committed
}

/// An attempt that has ended, until its verdicts are recorded.
struct EndedAttempt: Sendable {
  var outcome: BatchOutcome
  var channel: ConfiguredChannel
  /// When it began and ended, on the monotonic clock.
  var begun: Duration
  var at: Duration
}

extension Optional {
  /// Changes the value in place, if there is one.
  fileprivate mutating func withUnwrapped(_ body: (inout Wrapped) -> Void) {
    guard var value = take() else { return }
    body(&value)
    self = value
  }
}
