// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy
internal import BelfryTransport
internal import Synchronization

/// What one turn of the ledger's loop records and starts.
struct Turn: Sendable {
  /// The ended attempts that it records.
  var attempts: [EndedAttempt] = []
  /// Deliveries leased as they were written, by channel, which are queued after the commit.
  var promised: [ChannelName: Int] = [:]
  /// The conclusions that earlier turns could not record, and those that this one could not.
  var unrecorded: [Unrecorded] = []
  var unrecordedNow: [Unrecorded] = []
  /// What is reported after the commit.
  var reports: [DispatchReport] = []
  /// When the next timer is due; kept from the last turn that asked.
  var nextTimer: Instant?
  /// Whether something is undone if it fails.
  var hasWork = false
  var wasAsked = false
  /// The number of clock steps that it applies to the ledger.
  var followed = 0
  /// When the last one began, on the monotonic clock.
  var lastBegun = Duration.zero
}

/// A conclusion that could not be recorded, and since when, on the monotonic clock.
struct Unrecorded: Sendable {
  var conclusion: Conclusion
  var since: Duration
}

extension Dispatcher: TurnParticipant {
  package var wantsTurn: Bool { wantsTurn(.soon) }

  /// Whether a turn has something to do; `.now` leaves out what can wait for the next one.
  func wantsTurn(_ urgency: CommitLoop.Urgency) -> Bool {
    let (now, elapsed) = (time.now(), time.elapsed())
    return shared.withLock { shared in
      if let paused = shared.pausedUntil, elapsed < paused { return false }
      if shared.isAsked || shared.hasUrgentEnd || !shared.unfollowed.isEmpty { return true }
      if urgency == .soon, !shared.ended.isEmpty { return true }
      if let again = shared.recordAgain, again <= elapsed { return true }
      guard shared.state.isServing else { return false }
      return !shared.state.recovered.isEmpty || shared.state.nextAttempt(at: now).map { $0 <= now } ?? false
    }
  }

  /// Follows the clock, and records the verdicts that have come in.
  package func begin(_ transaction: any LedgerTransaction) throws {
    let (now, elapsed) = (time.now(), time.elapsed())
    shared.withLock { $0.beginTurn(at: now, elapsed: elapsed) }
    let steps = shared.withLock { $0.unfollowed }
    shared.withLock { $0.turn.followed = steps.count }
    for step in steps {
      try transaction.followDeliveries(step, longest: shared.withLock { $0.state.longestWait })
    }
    let conclusions = shared.withLock { shared -> [Conclusion] in
      var all = shared.turn.unrecorded.map(\.conclusion)
      shared.adapt()
      for attempt in shared.turn.attempts { all += self.conclusions(of: attempt, &shared, at: now, elapsed: elapsed) }
      return all
    }
    if !conclusions.isEmpty {
      let traces = conclusions.compactMap(\.trace)
      try reporter.instruments.timed(.settle, on: time, of: traces) { try record(conclusions, in: transaction) }
    }
    shared.withLock { shared in
      for attempt in shared.turn.attempts { shared.state.settled(on: attempt.channel.name) }
    }
  }

  /// Leases what may start now.
  package func end(_ transaction: any LedgerTransaction) throws {
    let now = time.now()
    let isServing = shared.withLock { shared in
      shared.state.touched(transaction.touched)
      return shared.state.isServing
    }
    if isServing || shared.withLock({ $0.state.isStopping }) {
      let surplus = shared.withLock { $0.state.surplus(at: now) }
      if !surplus.isEmpty { try record(surplus.map { .released($0) }, in: transaction) }
    }
    if shared.withLock({ $0.state.isStopping }) { return }
    try buryOrphans(transaction, at: now)
    guard isServing else { return }
    try rescue(transaction, at: now)
    try retryRecovered(transaction)
    try lease(transaction, at: now)
    try leaseProbes(transaction, at: now)
    if let circuits = shared.withLock({ $0.state.changedCircuits(at: now) }) {
      try transaction.note(circuits: circuits)
      shared.withLock { shared in
        shared.state.noted = circuits
        shared.turn.reports.append(.circuitsNoted)
      }
    }
    try findNext(transaction)
    let timer = try transaction.nextTimer()
    shared.withLock { $0.turn.nextTimer = timer }
  }

  /// Looks up when the next deliveries are due where that is not known.
  func findNext(_ transaction: any LedgerTransaction) throws {
    for channel in shared.withLock({ $0.state.unknown }) {
      let due = try transaction.nextDelivery(channels: [channel])
      shared.withLock { $0.state.noteNext(due, on: channel) }
    }
  }

  /// Makes due what waits for a retry on channels that work again; the limits of a channel spread it.
  private func retryRecovered(_ transaction: any LedgerTransaction) throws {
    for name in shared.withLock({ $0.state.recovered }).sorted() {
      let count = try transaction.retryNow(on: name, limit: Dispatcher.retriesAtOnce)
      shared.withLock { shared in
        shared.turn.hasWork = shared.turn.hasWork || count > 0
        shared.state.touched(.these([name]))
        if count < Dispatcher.retriesAtOnce { shared.state.recovered.remove(name) }
      }
    }
  }

  /// Leases a probe for each failing channel that has nothing due: the most severe delivery that waits for a retry.
  private func leaseProbes(_ transaction: any LedgerTransaction, at now: Instant) throws {
    try findNext(transaction)
    let names = shared.withLock { $0.state.probes(at: now) }
    guard !names.isEmpty else { return }
    let room = names.reduce(into: [:]) { $0[$1] = 1 }
    let terms = LeaseTerms(count: names.count, duration: Dispatcher.lease, room: room, takesRetries: true)
    let leased = try transaction.claim(terms, channels: names)
    shared.withLock { shared in
      shared.state.enqueue(leased)
      shared.state.touched(.these(names))
      for name in names.subtracting(leased.map(\.delivery.channel)) { shared.state.noteAllLeased(on: name) }
      shared.turn.hasWork = shared.turn.hasWork || !leased.isEmpty
    }
  }

  /// Starts what was leased.
  package func committed() {
    let (now, elapsed) = (time.now(), time.elapsed())
    let isNews = shared.withLock { shared in
      shared.saved = nil
      let hasEnded = !shared.turn.attempts.isEmpty
      shared.turn.attempts = []
      shared.unrecorded = shared.turn.unrecordedNow
      shared.unfollowed.removeFirst(shared.turn.followed)
      shared.reports += shared.turn.reports
      let timer = shared.turn.nextTimer
      if let timer, shared.nextTimer.map({ timer < $0 }) ?? true { shared.reports.append(.timer) }
      shared.nextTimer = timer
      shared.recordAgain = shared.unrecorded.isEmpty ? nil : elapsed + .seconds(1)
      if shared.pausedUntil != nil {
        shared.pausedUntil = nil
        shared.reports.append(.committed)
      }
      shared.state.forgetGone()
      shared.decideOnLanes(at: now, elapsed: elapsed)
      // What they are handed must start at once, because the pace counts from now.
      let held = Set(shared.lanes.filter(\.value.isHeld).keys)
      for start in shared.state.starts(at: now, besides: held) { shared.hand(start, elapsed: elapsed) }
      shared.startNext()
      let next = shared.state.nextAttempt(at: now)
      let isEarlier = next.map { next in shared.next.map { next < $0 } ?? true } ?? false
      shared.next = next
      let isAwaited = shared.isAwaited
      shared.isAwaited = false
      return isAwaited || isEarlier || hasEnded || !shared.starts.isEmpty || !shared.reports.isEmpty
        || shared.hasUrgentEnd
    }
    if isNews { signal.raise() }
  }

  package func rolledBack(because error: any Error) {
    let (now, elapsed) = (time.now(), time.elapsed())
    shared.withLock { $0.undoTurn(because: error, at: now, elapsed: elapsed) }
    signal.raise()
  }

  /// The conclusions to record about an attempt that has ended.
  private func conclusions(of ended: EndedAttempt, _ shared: inout Shared, at now: Instant, elapsed: Duration)
    -> [Conclusion]
  {
    let (outcome, channel) = (ended.outcome, ended.channel)
    if !outcome.verdicts.isEmpty { shared.turn.reports.append(.attempted(channel.name, ended.at - ended.begun)) }
    let begun = now - (elapsed - ended.begun)
    let changes = shared.state.ended(outcome, on: channel.name, begun: begun, at: now, random: random)
    // A command beside the notifier knows only its own attempts: only the notifier decides whether the channel pauses.
    if shared.state.isServing {
      let breaker = shared.state.queues[channel.name]?.breaker
      for change in changes {
        let report = DispatchReport.circuit(change, channel.name, breaker?.rest ?? .zero, breaker?.cause?.reason)
        shared.turn.reports.append(report)
      }
    }
    let fallback = channel.common.fallback.map {
      Fallback(channel: $0.value, isWanted: shared.state.isFailing(channel.name))
    }
    let rules = shared.state.rules
    let judged = (outcome.verdicts + outcome.unsent).map { leased, verdict in
      let leased = shared.state.held.current(leased)
      var attempt = rules.settle(leased, verdict, fallback: fallback, at: now, random: random())
      attempt.span = outcome.spans[leased.delivery.id]
      return Conclusion.judged(attempt)
    }
    let moved = outcome.moved.compactMap { leased in leased.moved(at: now).map { Conclusion.moved(leased, to: $0) } }
    let postponed = outcome.unreached.map {
      Conclusion.postponed($0, until: rules.backoff.whileUnreachable(at: now, random()))
    }
    return judged + outcome.released.map { .released($0) } + postponed + moved
  }

  /// Records conclusions, and releases their deliveries.
  ///
  /// One that fails alone keeps no other from being recorded; it is tried again in a later turn.
  private func record(_ conclusions: [Conclusion], in transaction: any LedgerTransaction) throws {
    let offered = shared.withLock { shared in conclusions.map { shared.state.latest($0) } }
    let taken: [Bool?]
    do {
      taken = try transaction.attempt { try transaction.settle(offered.map(\.settlement)) }
    } catch {
      guard transaction.canGoOn(after: error) else { throw error }
      taken = try offered.map { conclusion in
        do {
          return try transaction.attempt { try transaction.settle([conclusion.settlement]) }[0]
        } catch {
          guard transaction.canGoOn(after: error) else { throw error }
          shared.withLock { $0.keep(conclusion, because: error, at: time.elapsed()) }
          return nil
        }
      }
    }
    shared.withLock { shared in
      shared.turn.hasWork = true
      var attempts: [(attempt: Attempt, wasTaken: Bool)] = []
      for (conclusion, taken) in zip(offered, taken) {
        guard let taken else { continue }
        shared.state.letGo(conclusion.leased.delivery.id, settledUnder: conclusion.leased.token)
        switch conclusion {
        case .judged(let attempt): attempts.append((attempt, taken))
        case .moved(let leased, let other) where taken:
          shared.turn.reports.append(.forwarded(leased.delivery, to: other))
        case .released, .postponed, .moved: break
        }
      }
      if !attempts.isEmpty { shared.turn.reports.append(.settled(attempts)) }
    }
  }

  private func lease(_ transaction: any LedgerTransaction, at now: Instant) throws {
    let (leases, promised) = shared.withLock { ($0.state.leases(at: now), $0.turn.promised) }
    for (duration, room) in leases {
      let free = room.merging(promised.filter { room[$0.key] != nil }) { $0 - $1 }.filter { $0.value > 0 }
      if free.isEmpty { continue }
      let terms = LeaseTerms(count: free.values.reduce(0, +), duration: duration, room: free)
      let leased = try reporter.instruments.timed(.claim, on: time) {
        try transaction.claim(terms, channels: Set(free.keys))
      }
      shared.withLock { shared in
        shared.state.enqueue(leased)
        shared.state.touched(.these(Set(free.keys)))
        shared.turn.hasWork = shared.turn.hasWork || !leased.isEmpty
      }
    }
  }

  /// Turns deliveries for channels that are no longer in the file into visible dead letters.
  private func buryOrphans(_ transaction: any LedgerTransaction, at now: Instant) throws {
    let (isWanted, channels, rules) = shared.withLock { shared in
      defer { shared.state.mayHaveOrphans = false }
      return (shared.state.mayHaveOrphans, Set(shared.state.channels.keys), shared.state.rules)
    }
    guard isWanted else { return }
    let gone = try transaction.pendingChannels().subtracting(channels)
    guard !gone.isEmpty else { return }
    while true {
      let leased = try transaction.claim(LeaseTerms(count: 256, duration: Dispatcher.lease), channels: gone)
      guard !leased.isEmpty else { return }
      let reason = Verdict.Reason("no_such_channel", "the channel is no longer in channels.json")
      let attempts = leased.map {
        rules.settle($0, .rejected(.target, because: reason), fallback: nil, at: now, random: 0)
      }
      try record(attempts.map { .judged($0) }, in: transaction)
    }
  }
}

// MARK: - Forwarding

extension Dispatcher {
  /// Forwards critical deliveries of failing channels if a fallback is configured, and alarms about a failing channel
  /// always.
  private func rescue(_ transaction: any LedgerTransaction, at now: Instant) throws {
    let failing = shared.withLock { shared in
      shared.state.queues.keys.sorted().compactMap {
        name -> (name: ChannelName, fallback: ChannelName?, Verdict.Reason)? in
        guard let queue = shared.state.queues[name], queue.openings(at: now) == 0, let cause = queue.breaker.cause
        else {
          return nil
        }
        let reason = Verdict.Reason("circuit_open", "the channel is failing: \(cause.reason.clause).")
        return (name, shared.state.channels[name]?.common.fallback?.value, reason)
      }
    }
    for (name, fallback, reason) in failing {
      if let fallback {
        try forwardCritical(from: name, to: fallback, because: reason, transaction, at: now)
      } else if !shared.withLock({ $0.state.alarmed.contains(name) }) {
        try forwardAlarm(of: name, because: reason, transaction, at: now)
      }
    }
  }

  private func forwardCritical(
    from name: ChannelName,
    to fallback: ChannelName,
    because reason: Verdict.Reason,
    _ transaction: any LedgerTransaction,
    at now: Instant
  ) throws {
    while true {
      // Including those that wait for a retry: their next attempt here would be too late.
      let terms = LeaseTerms(
        count: 64,
        duration: Dispatcher.lease,
        atLeast: .critical,
        takesRetries: true,
        takesWaiting: true
      )
      let leased = try transaction.claim(terms, channels: [name])
      guard !leased.isEmpty else { return }
      let others = leased.filter { !$0.delivery.mayGo(to: fallback) }
      try forward(
        leased.filter { $0.delivery.mayGo(to: fallback) },
        to: fallback,
        because: reason,
        transaction,
        at: now
      )
      if !others.isEmpty { try record(others.map { .released($0) }, in: transaction) }
      // They would be claimed again.
      guard others.isEmpty else { return }
    }
  }

  /// Forwards the alarm that a channel fails, which cannot be delivered by that channel, to any other that works.
  private func forwardAlarm(
    of name: ChannelName,
    because reason: Verdict.Reason,
    _ transaction: any LedgerTransaction,
    at now: Instant
  ) throws {
    let alarm = ChannelAlarms.key(of: name)
    guard let record = try transaction.record(of: alarm), record.isActive else { return }
    let own = record.notified.filter { $0.channel == name }.flatMap(\.deliveries)
    guard let other = shared.withLock({ $0.state.working(besides: name) }) else { return }
    let terms = LeaseTerms(count: own.count, duration: Dispatcher.lease, takesWaiting: true, only: own)
    let leased = own.isEmpty ? [] : try transaction.claim(terms, channels: [name])
    try forward(leased, to: other, because: reason, transaction, at: now)
    // While rules hold it back, there is nothing to forward yet.
    if !record.notified.isEmpty { _ = shared.withLock { $0.state.alarmed.insert(name) } }
  }

  /// Forwards deliveries to another channel, without an attempt.
  private func forward(
    _ leased: [LeasedDelivery],
    to channel: ChannelName,
    because reason: Verdict.Reason,
    _ transaction: any LedgerTransaction,
    at now: Instant
  ) throws {
    guard !leased.isEmpty else { return }
    try record(
      leased.map { one in
        .moved(one, to: one.delivery.forwarded(to: channel, because: reason, since: one.createdAt, at: now))
      },
      in: transaction
    )
    shared.withLock { $0.state.touched(.these([channel])) }
  }
}

extension LeasedDelivery {
  /// The notification that an alert ended, on the channel that delivered its start.
  fileprivate func moved(at now: Instant) -> NewDelivery? {
    guard let start else { return nil }
    let reason = Verdict.Reason(
      Notice.Forwarding.startedElsewhere,
      "\(start.channel) sent the first message about it."
    )
    var moved = delivery.forwarded(to: start.channel, because: reason, since: createdAt, at: now)
    moved.follows = [start.delivery]
    return moved
  }
}

// MARK: - The state around a turn

extension Dispatcher.Shared {
  /// Starts a turn, or starts it again after a repair of the file.
  fileprivate mutating func beginTurn(at now: Instant, elapsed: Duration) {
    if let saved {
      state = saved
    } else {
      saved = state
      turn.wasAsked = isAsked
      isAsked = false
    }
    turn.attempts += ended
    (ended, hasUrgentEnd) = ([], false)
    turn.promised = [:]
    turn.reports = []
    turn.unrecorded = unrecorded
    turn.unrecordedNow = []
    turn.hasWork = !turn.attempts.isEmpty || !unrecorded.isEmpty
    turn.lastBegun = elapsed
    followClock(at: now, elapsed: elapsed)
  }

  /// Notices a change of the clock; queues follow at once, whether or not the ledger can do so in this turn.
  mutating func followClock(at now: Instant, elapsed: Duration) {
    guard let step = clock.step(now: now, elapsed: elapsed) else { return }
    unfollowed.append(step)
    recallAll(at: elapsed)
    change { $0.follow(step) }
    reports.append(.clock(step.by))
  }

  /// Keeps a conclusion that the ledger cannot record now, as long as its lease lasts: a lost verdict would cause a
  /// duplicate message.
  fileprivate mutating func keep(_ conclusion: Conclusion, because error: any Error, at elapsed: Duration) {
    turn.reports.append(.failed(error))
    let id = conclusion.leased.delivery.id
    let since = turn.unrecorded.first { $0.conclusion.leased.delivery.id == id }?.since ?? elapsed
    if elapsed - since < Dispatcher.lease {
      turn.unrecordedNow.append(Unrecorded(conclusion: conclusion, since: since))
    } else {
      state.letGo(id, settledUnder: conclusion.leased.token)
    }
  }

  /// Puts everything back as it was before the turn.
  fileprivate mutating func undoTurn(because error: any Error, at now: Instant, elapsed: Duration) {
    let hadWork: Bool
    if let saved {
      state = saved
      self.saved = nil
      isAsked = isAsked || turn.wasAsked
      hadWork = turn.hasWork || turn.wasAsked
    } else {
      // It did not even begin.
      hadWork = isAsked || !ended.isEmpty || state.nextAttempt(at: now).map { $0 <= now } ?? false
    }
    // Longer than its lease, nobody waits for a verdict: the delivery is leased and attempted again.
    let isOver = { (attempt: EndedAttempt) in elapsed - attempt.at >= Dispatcher.lease }
    for attempt in turn.attempts where isOver(attempt) { drop(attempt, at: now) }
    ended = turn.attempts.filter { !isOver($0) } + ended
    hasUrgentEnd = !ended.isEmpty
    turn.attempts = []
    // What failed is still wanted: retrying at once would loop.
    guard hadWork else { return }
    pausedUntil = elapsed + .seconds(1)
    reports.append(.failed(error))
  }

  /// Forgets an attempt whose verdicts could not be recorded in time.
  private mutating func drop(_ attempt: EndedAttempt, at now: Instant) {
    _ = state.ended(attempt.outcome, on: attempt.channel.name, begun: now, at: now, random: { 0 })
    state.settled(on: attempt.channel.name)
    let leased =
      (attempt.outcome.verdicts + attempt.outcome.unsent).map(\.leased) + attempt.outcome.released
      + attempt.outcome.unreached + attempt.outcome.moved
    for one in leased { state.letGo(one.delivery.id, settledUnder: one.token) }
  }
}

extension DispatchState {
  /// The conclusion with the delivery's latest lease.
  fileprivate func latest(_ conclusion: Conclusion) -> Conclusion {
    let leased = conclusion.leased
    guard let lease = held.latest(of: leased.delivery.id), lease.token != leased.token else { return conclusion }
    return conclusion.under(lease)
  }
}
