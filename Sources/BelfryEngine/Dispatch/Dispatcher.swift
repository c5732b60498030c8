// SPDX-License-Identifier: Apache-2.0
package import Belfry
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
  /// Channels that work again: what waits there for a retry is still to be made due.
  var recovered: Set<ChannelName> = []
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
  /// The number of retries made due in one transaction.
  private static let retriesAtOnce = 1000
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
        await retryRecovered()
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
      if let change = queues[channel.name]?.note(verdict, begun: begun, at: time.now(), random: random()) {
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
    if change != .opened { recovered.insert(channel) }
    guard change != .recovered else { return }
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

// MARK: - Leasing

extension Dispatcher {
  /// Leases due deliveries for channels that have space.
  ///
  /// - Returns: whether anything was leased.
  func lease() async -> Bool {
    var found = false
    do {
      for (lease, room) in roomByLease(at: time.now()) {
        let terms = LeaseTerms(count: room.values.reduce(0, +), duration: lease, room: room)
        let leased = try await reporter.instruments.timed(.claim, on: time) {
          try await ledger.claim(terms, channels: Set(room.keys))
        }
        enqueue(leased)
        found = found || !leased.isEmpty
      }
      let probed = try await leaseProbes(at: time.now())
      found = found || probed
      vitals.note(nil, of: .dispatcher)
    } catch {
      vitals.note("\(error)", of: .dispatcher)
      reporter.ledgerFailed(error)
    }
    return found
  }

  /// Leases a probe for each failing channel that has nothing due: the most severe delivery that waits for a retry.
  private func leaseProbes(at now: Instant) async throws -> Bool {
    let names = Set(queues.filter { channels[$0.key] != nil && $0.value.wantsProbe(at: now) }.keys)
    guard !names.isEmpty else { return false }
    let room = names.reduce(into: [:]) { $0[$1] = 1 }
    let terms = LeaseTerms(count: names.count, duration: Dispatcher.lease, room: room, takesRetries: true)
    let leased = try await ledger.claim(terms, channels: names)
    enqueue(leased)
    return !leased.isEmpty
  }

  /// Makes due what waits for a retry on channels that work again; the limits of a channel spread it.
  private func retryRecovered() async {
    for name in recovered.sorted() {
      do {
        while try await ledger.retryNow(on: name, limit: Dispatcher.retriesAtOnce) == Dispatcher.retriesAtOnce {}
        recovered.remove(name)
      } catch {
        reporter.ledgerFailed(error)
      }
    }
  }

  /// Puts leased deliveries into the queues of their channels, all of a channel at once: each addition sorts the queue.
  func enqueue(_ leased: [LeasedDelivery]) {
    for (channel, deliveries) in Dictionary(grouping: leased, by: \.delivery.channel) {
      queues[channel]?.add(taken(deliveries))
    }
  }

  /// How many attempts each channel can start, grouped by lease duration, so that one transaction leases for all
  /// channels of a group.
  private func roomByLease(at now: Instant) -> [(lease: Duration, room: [ChannelName: Int])] {
    var rooms: [Duration: [ChannelName: Int]] = [:]
    for (name, queue) in queues where queue.queue.isEmpty {
      let room = queue.room(at: now)
      if room > 0 { rooms[queue.lease, default: [:]][name] = room }
    }
    return rooms.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// How long there is nothing to do; nil if no work is known to come.
  ///
  /// A drain waits for the pace of a channel, but not for deliveries due later.
  func pause(untilIdle: Bool) async -> Duration? {
    do {
      let now = time.now()
      let moments = try await moments(at: now).filter { moment in
        !untilIdle || moment.due <= now && moment.opens <= now + moment.spacing
      }
      let next = moments.map(\.next).min()
      return next.map { min(Dispatcher.patience, max(untilIdle ? .zero : .milliseconds(1), $0 - now)) }
    } catch {
      // Deliveries that a drain cannot lease stay in the ledger.
      return untilIdle ? nil : .seconds(1)
    }
  }

  /// When the next attempt can start; nil if nothing is pending, or if that depends on running attempts.
  package func nextAttempt() async throws -> Instant? { try await moments(at: time.now()).map(\.next).min() }

  /// When the next attempts can start: when a delivery is due, and pace and circuit permit it.
  ///
  /// All channels with space share one moment, so that the ledger is queried once for all of them.
  private func moments(at now: Instant) async throws -> [Moment] {
    var moments: [Moment] = []
    let open = Set(queues.filter { $0.value.room(at: now) > 0 }.keys)
    if !open.isEmpty, let due = try await ledger.nextDelivery(channels: open) {
      moments.append(Moment(due: due, opens: now))
    }
    for (channel, queue) in queues where !open.contains(channel) {
      guard let opens = queue.opens(after: now), let due = try await ledger.nextDelivery(channels: [channel]) else {
        continue
      }
      moments.append(
        Moment(due: due, opens: opens, spacing: queue.spacing, takesAny: queue.breaker.wantsProbes)
      )
    }
    return moments
  }

  private struct Moment {
    /// When the next delivery is due.
    var due: Instant
    /// When pace and circuit permit an attempt.
    var opens: Instant
    /// The pace, for which a drain waits.
    var spacing = Duration.zero
    /// Whether the attempt is a probe, which may be a delivery that is not due.
    var takesAny = false
    var next: Instant { takesAny ? opens : max(due, opens) }
  }
}

// MARK: - A new configuration

extension Dispatcher {
  /// Continues with other channels: running attempts end as they started, and the rest uses the new ones.
  ///
  /// Channels in `unchanged` keep their circuits and pace; the others are assumed to work even if they failed before.
  package func adopt(_ configuration: Configuration, unchanged: Set<ChannelName>) async {
    channels = configuration.channels
    rules = AttemptRules(
      configuration,
      backoff: rules.backoff,
      isDryRun: rules.isDryRun,
      linkKey: rules.linkKey
    )
    let now = time.now()
    for (name, channel) in channels {
      let new = ChannelQueue(channel, isDryRun: rules.isDryRun)
      queues[name] = queues[name]?.adopting(new, mendedAt: unchanged.contains(name) ? nil : now) ?? new
    }
    // It waits in the ledger, which may have another channel for it now.
    await giveBack { queue, _ in queue.drain() }
    await clearGone()
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
    signal.raise()
  }

  /// Returns deliveries of channels that were removed from the file, which then become dead letters.
  func clearGone() async {
    let gone = queues.keys.filter { channels[$0] == nil }.sorted()
    guard !gone.isEmpty else { return }
    let isWaiting = gone.contains { queues[$0]?.queue.isEmpty == false }
    await giveBack(of: gone) { queue, _ in queue.drain() }
    for name in gone where queues[name]?.isIdle == true { queues[name] = nil }
    guard isWaiting else { return }
    do { try await buryOrphans() } catch { reporter.ledgerFailed(error) }
  }
}

// MARK: - Steps of the clock

extension Dispatcher {
  /// Detects a change of the clock, and shifts the affected times: waiting deliveries are due after the same remaining
  /// time.
  ///
  /// It is called before anything is leased or written, and every few seconds, so that no new time is shifted by
  /// mistake.
  func followClock() async {
    noticeClock()
    while !unfollowed.isEmpty {
      let step = unfollowed.removeFirst()
      do {
        try await ledger.followDeliveries(step, longest: longestWait)
      } catch {
        unfollowed.insert(step, at: 0)
        return reporter.ledgerFailed(error)
      }
    }
  }

  /// Handles the part for which no ledger is needed: queues, circuits and leased deliveries.
  func noticeClock() {
    guard let step = clock.step(now: time.now(), elapsed: time.elapsed()) else { return }
    for name in queues.keys { queues[name]?.follow(step) }
    held.follow(step, longest: longestWait)
    unfollowed.append(step)
    reporter.clockWasSet(by: step.by)
  }

  /// The longest wait of a delivery: a lease or a backoff; nothing else makes one wait.
  private var longestWait: Duration { max(Dispatcher.lease, rules.backoff.longest) }

  /// The leased deliveries that are new to this dispatcher.
  ///
  /// A lease may seem to have ended, for example because the disk was stuck. A running delivery is then leased again,
  /// but not started again.
  func taken(_ leased: [LeasedDelivery]) -> [LeasedDelivery] {
    leased.filter { held.add($0) }
  }

  /// The conclusion with the delivery's latest lease.
  func latest(_ conclusion: Conclusion) -> Conclusion {
    let leased = conclusion.leased
    guard let lease = held.latest(of: leased.delivery.id), lease.token != leased.token else { return conclusion }
    return conclusion.under(lease)
  }
}
