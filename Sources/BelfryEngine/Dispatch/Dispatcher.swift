// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
package import BelfryTransport
internal import ServiceLifecycle

/// Delivers what the ledger holds: leases due deliveries, has them composed, sent and judged, and records each verdict.
///
/// Channels never wait for each other: each has its own queue with its own limit, pace and circuit. Only as many are
/// leased as can start at once; the rest waits in the ledger, most severe first.
package actor Dispatcher {
  let ledger: any Ledger
  let transport: any Transport
  var channels: [ChannelName: ConfiguredChannel]
  var rules: AttemptRules
  let time: any TimeSource
  let reporter: DeliveryReporter
  let random: @Sendable () -> Double
  /// When this process started: older deliveries may have waited only for that.
  let start: Instant
  let vitals: Vitals
  private let wakeup: Wakeup?
  nonisolated let signal = Wakeup()
  private nonisolated let stopping = StopFlag()
  var queues: [ChannelName: ChannelQueue]
  /// The circuits as last recorded.
  private var noted: [CircuitNote] = []
  /// Failing channels whose alarm, which they cannot deliver themselves, has been forwarded.
  var alarmed: Set<ChannelName> = []
  /// Detects changes of the clock.
  var clock: ClockWatch
  /// Clock steps not yet applied to the ledger.
  var unfollowed: [ClockStep] = []
  var held = HeldLeases()
  /// Finished attempts that are not recorded yet.
  var outbox = Outbox()
  /// Whether it serves the whole ledger, instead of only a command's own deliveries.
  private var isServing = false

  /// How long a lease lasts: longer than the longest attempt and the wait before it.
  package static let lease = Duration.seconds(120)
  /// How long the dispatcher assumes that no other process wrote a delivery into the ledger.
  static let patience = Duration.seconds(5)
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
    self.transport = transport
    self.channels = configuration.channels
    self.rules = AttemptRules(configuration, backoff: backoff, isDryRun: isDryRun, linkKey: linkKey)
    self.time = time
    self.reporter = reporter
    self.start = time.now()
    self.clock = ClockWatch(now: start, elapsed: time.elapsed())
    self.vitals = vitals ?? Vitals(from: time.elapsed())
    self.wakeup = wakeup
    self.random = random
    self.queues = configuration.channels.mapValues { ChannelQueue($0, isDryRun: isDryRun) }
  }

  /// What a caller of the ledger may lease along with its batch and hand over at once: as much as can start.
  package var terms: LeaseTerms {
    get async {
      await followClock()
      let now = time.now()
      // A queue whose channel is no longer in the file only finishes its running attempts.
      let room = isServing ? queues.filter { channels[$0.key] != nil }.mapValues { $0.room(at: now) } : nil
      return LeaseTerms(count: 16, duration: Dispatcher.lease, room: room)
    }
  }

  /// Accepts deliveries that were leased as they were written.
  package func hand(_ leased: [LeasedDelivery]) {
    enqueue(leased)
    signal.raise()
  }

  /// Wakes the dispatcher after a write that may have made a delivery due.
  package nonisolated func wake() { signal.raise() }

  /// Delivers until it is asked to stop; then finishes running attempts and releases those not started.
  package func run() async throws {
    try await takeOver()
    await withGracefulShutdownHandler {
      await work(untilIdle: false)
    } onGracefulShutdown: {
      self.signalStop()
    }
  }

  /// Delivers what is due now and returns when nothing is; later retries stay in the ledger.
  package func drain() async throws {
    try await ledger.inspect()
    try await takeOver()
    await work(untilIdle: true)
  }

  /// Delivers only what was handed over; other due deliveries are left to the running notifier.
  package func finishLeased() async {
    while queues.values.contains(where: { !$0.queue.isEmpty }) {
      await withDiscardingTaskGroup { group in launch(in: &group) }
      let now = time.now()
      let opening = queues.values.filter { !$0.queue.isEmpty }.compactMap { $0.opens(after: now) }.min()
      // Cancelled while waiting: the leases expire, and the running notifier takes over.
      if let opening { do { try await time.sleep(for: opening - now) } catch { return } }
    }
  }

  private nonisolated func signalStop() {
    stopping.raise()
    signal.raise()
  }

  /// Prepares the first attempt: restores open circuits, and handles deliveries that no channel can deliver any more.
  private func takeOver() async throws {
    isServing = true
    await followClock()
    // Waits set by another process with a wrong clock are shortened to the longest possible one.
    try await ledger.followDeliveries(.none(at: time.now()), longest: rules.backoff.longest)
    noted = try await ledger.circuits()
    for note in noted { queues[note.channel]?.breaker = Breaker(note, at: time.now()) }
    // A damaged file is noticed now, and not when the row is needed.
    try await ledger.recount()
    try await buryOrphans()
  }

  private func work(untilIdle: Bool) async {
    await withDiscardingTaskGroup { group in
      // Rounds in a row in which nothing was running and nothing could be leased.
      var idleRounds = 0
      if !untilIdle { group.addTask { await self.inspectLedger() } }
      while !stopping.isRaised && !Task.isCancelled {
        vitals.beat(.dispatcher, at: time.elapsed())
        await followClock()
        await giveBack { $0.surplus(at: $1) }
        await clearGone()
        await rescue()
        // Evaluated before looking for more: running attempts may create new work.
        let isIdle = queues.values.allSatisfy(\.isIdle)
        let found = await lease()
        launch(in: &group)
        await noteCircuits()
        idleRounds = found || !isIdle ? 0 : idleRounds + 1
        if found { continue }
        var pause = await pause(untilIdle: untilIdle)
        if untilIdle && isIdle && pause == nil { break }
        if idleRounds >= Dispatcher.patientRounds, let due = pause, due <= .milliseconds(1) {
          // The ledger reports something due but does not lease it: asking again at once would loop forever.
          reporter.stuck()
          if untilIdle { break }
          pause = .seconds(1)
        }
        // It became due since the last check.
        if untilIdle && pause == .zero { continue }
        await signal.wait(atMost: pause ?? Dispatcher.patience, on: time)
      }
    }
    await giveBack { queue, _ in queue.drain() }
    await noteCircuits()
  }

  /// Reads the whole ledger once, so that damage is found before it matters.
  private func inspectLedger() async {
    do {
      try await ledger.inspect()
    } catch {
      reporter.ledgerFailed(error)
    }
  }

  func launch(in group: inout DiscardingTaskGroup) {
    for name in queues.keys.sorted() {
      guard let channel = channels[name] else { continue }
      while let batch = queues[name]?.next(at: time.now()) {
        group.addTask { await self.attempt(batch, on: channel) }
      }
    }
  }

  private func attempt(_ batch: [LeasedDelivery], on channel: ConfiguredChannel) async {
    let start = time.elapsed()
    let outcome = await send(batch, on: channel, rules)
    let took = time.elapsed() - start
    if !outcome.verdicts.isEmpty { reporter.instruments.attempted(channel.name, for: took) }
    noticeClock()
    let begun = time.now() - took
    let signs = outcome.verdicts.map(\.verdict) + outcome.unsent.map(\.verdict).filter(\.needsOperator)
    for verdict in signs {
      if let change = queues[channel.name]?.note(verdict, begun: begun, at: time.now()) {
        report(change, of: channel.name)
      }
    }
    if signs.isEmpty { queues[channel.name]?.breaker.withdraw(at: time.now()) }
    let isFailing = queues[channel.name]?.breaker.isClosed == false
    let attempts = (outcome.verdicts + outcome.unsent).map { leased, verdict in
      var attempt = judged(held.current(leased), verdict, on: channel, isFailing: isFailing)
      if let span = outcome.spans[leased.delivery.id] { reporter.instruments.end(span, with: &attempt) }
      return attempt
    }
    queues[channel.name]?.answered(isBatched: outcome.isBatched)
    signal.raise()
    let conclusions =
      attempts.map { Conclusion.judged($0) } + outcome.released.map { .released($0) }
      + outcome.moved.map { .moved($0.leased, to: $0.to) }
    await conclude(conclusions, of: channel.name)
  }

  private func report(_ change: Breaker.Change, of channel: ChannelName) {
    alarmed.remove(channel)
    // A command beside the notifier knows only its own attempts: only the notifier decides whether the channel pauses.
    guard isServing else { return }
    let breaker = queues[channel]?.breaker
    reporter.circuit(change, of: channel, for: breaker?.rest ?? .zero, because: breaker?.cause?.reason)
    wakeup?.raise()
  }

  func giveBack(of names: [ChannelName]? = nil, _ part: (inout ChannelQueue, Instant) -> [LeasedDelivery]) async {
    let now = time.now()
    var rest: [LeasedDelivery] = []
    for name in names ?? queues.keys.sorted() where queues[name]?.queue.isEmpty == false {
      if var queue = queues[name] {
        rest += part(&queue, now)
        queues[name] = queue
      }
    }
    await writeHeld(rest.map { .released($0) })
  }
}

// MARK: - Circuits

extension Dispatcher {
  /// The circuits that are not closed, by channel.
  package var circuits: [CircuitNote] {
    let now = time.now()
    return channels.keys.sorted().compactMap { queues[$0]?.breaker.note(of: $0, at: now) }
  }

  /// Records changed circuits, for other processes and for the next start.
  private func noteCircuits() async {
    let circuits = circuits.map { circuit in
      // A running probe changes nothing yet.
      var circuit = circuit
      if queues[circuit.channel]?.breaker.isProbing == true,
        let old = noted.first(where: { $0.channel == circuit.channel })
      {
        circuit.until = old.until
      }
      return circuit
    }
    guard circuits != noted else { return }
    do {
      try await ledger.note(circuits: circuits)
      noted = circuits
      reporter.changes.raise()
    } catch {
      reporter.ledgerFailed(error)
    }
  }
}
