// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// Applies a policy outcome to the tables in memory, and collects the result for the caller.
struct MemoryWriting {
  let now: Instant
  private var lease: LeaseTerms?
  var ingested = Ingested()

  init(now: Instant, lease: LeaseTerms?) {
    self.now = now
    self.lease = lease
  }

  /// Asks the policy about timers, except those that are not set and for which nothing waits.
  mutating func fire(
    _ timers: [TimerKey],
    policy: any PolicyDeciding,
    ids: inout DeliveryIDSource,
    in tables: inout MemoryTables
  ) throws {
    var firings: [Firing] = []
    for timer in timers {
      let firing = Firing(timer, due: tables.timers[timer], waiting: tables.waiting(for: timer))
      guard firing.due != nil || !firing.waiting.isEmpty else { continue }
      tables.set(nil as Instant?, for: timer)
      firings.append(firing)
    }
    ingested.fired = firings.count
    guard !firings.isEmpty else { return }
    var state = tables.state(of: firings.flatMap { $0.waiting + $0.timer.alerts }, at: now, ids: ids)
    defer { ids = state.ids }
    let outcome = policy.fire(firings, state: &state, at: now)
    try state.finishLoading()
    try write(outcome, of: state, to: &tables)
  }

  mutating func write(_ outcome: PolicyOutcome, of state: PolicyState, to tables: inout MemoryTables) throws {
    var hour = LedgerHour(of: now)
    hour.count(state) { tables.alerts[$0] }
    tables.add(hour)
    for key in state.changedAlerts {
      tables.set(state[alert: key], for: key)
      tables.touch(key, at: now)
    }
    for hold in state.changedHolds { tables.set(state[hold: hold], for: hold) }
    for silence in outcome.silences { tables.set(silence) }
    for list in outcome.emptied { tables.empty(list) }
    for gone in outcome.left { tables.leave(gone.alert, from: gone.list) }
    for new in outcome.joins(in: state) { tables.join(new.alert, to: new.list) }
    for (timer, due) in outcome.timers { tables.set(due, for: timer) }
    // The most severe are leased first.
    let admitted = lease.map { $0.admitted(of: outcome.deliveries) } ?? []
    for delivery in outcome.deliveries {
      let earlier = outcome.earlier[delivery.id] ?? []
      try write(delivery, after: earlier, isLeased: admitted.contains(delivery.id), to: &tables)
    }
    try tables.withdrawStale(after: outcome.ended, at: now)
    for decision in outcome.decisions { write(decision, to: &tables) }
  }

  mutating func enqueue(
    _ delivery: NewDelivery,
    because decision: Decision,
    in tables: inout MemoryTables
  ) throws {
    let isLeased = lease.map { !$0.admitted(of: [delivery]).isEmpty } ?? false
    try write(delivery, after: delivery.continued, isLeased: isLeased, to: &tables)
    write(decision, to: &tables)
  }

  private mutating func write(_ decision: Decision, to tables: inout MemoryTables) {
    let recorded = RecordedDecision(at: now, decision: decision)
    tables.append(recorded)
    tables.touch(decision.alert, at: now)
    ingested.decisions.append(recorded)
  }

  private mutating func write(
    _ delivery: NewDelivery,
    after earlier: Set<EarlierDeliveries>,
    isLeased: Bool,
    to tables: inout MemoryTables
  ) throws {
    let place = try tables.place(delivery, after: earlier, at: now)
    guard tables.deliveries[delivery.id] == nil else { throw LedgerError.duplicate(delivery.id) }
    var record = DeliveryRecord(
      delivery: delivery,
      createdAt: now,
      status: .pending,
      visibleAt: now,
      attempts: 0
    )
    guard place == .due, isLeased, let duration = lease?.duration else {
      if case .withdrawn(let reason) = place {
        (record.status, record.settledAt, record.lastReason) = (.withdrawn, now, reason)
      }
      tables.set(MemoryTables.StoredDelivery(record: record, token: 0), for: delivery.id)
      if case .waiting(let earlier) = place { for one in earlier { tables.wait(delivery.id, for: one) } }
      if place.isPending { ingested.queued += 1 }
      return
    }
    record.visibleAt = now + duration
    record.attempts = 1
    let stored = MemoryTables.StoredDelivery(record: record, token: 1)
    tables.set(stored, for: delivery.id)
    ingested.leased.append(tables.lease(of: stored))
  }
}

extension MemoryTables {
  func records(of keys: [AlertKey]) -> [AlertKey: AlertRecord] {
    Dictionary(keys.compactMap { key in alerts[key].map { (key, $0) } }) { first, _ in first }
  }

  /// The state for a run of the policy about these alerts.
  func state(of alerts: [AlertKey], at now: Instant, ids: DeliveryIDSource) -> PolicyState {
    let entries = entries
    return PolicyState(alerts: records(of: alerts), silences: silences(at: now), ids: ids) { entries[$0] }
  }

  /// The current and future silences.
  func silences(at now: Instant) -> [Silence] {
    silences.values.filter { !$0.isOver(at: now) }.sorted { $0.id < $1.id }
  }

  /// The alerts in the timer's list, in the order in which they joined; empty for a timer that is not a list's.
  func waiting(for timer: TimerKey) -> [AlertKey] {
    if case .list(let list) = timer { waiting(in: list) } else { [] }
  }

  /// A leased delivery in the form given to the sender.
  func lease(of stored: StoredDelivery) -> LeasedDelivery {
    LeasedDelivery(
      delivery: stored.record.delivery,
      createdAt: stored.record.createdAt,
      attempt: stored.record.attempts,
      token: stored.token,
      leasedUntil: stored.record.visibleAt,
      earlier: stored.record.delivery.follows.compactMap { deliveries[$0]?.record.receipt },
      progress: stored.record.receipt,
      lastReason: stored.record.lastReason,
      memory: stored.record.memory,
      triedSince: stored.record.revivedAt
    )
  }
}

extension MemoryTables.StoredDelivery {
  mutating func settle(_ result: Settlement.Result, at now: Instant) {
    // The lease ends here, whatever the result: a second settlement is refused.
    token += 1
    switch result {
    case .delivered(let receipt):
      record.status = .delivered
      record.receipt = receipt
      record.settledAt = now
    case .partial(let receipt, let reason, let at):
      record.receipt = receipt
      record.lastReason = reason
      if let at {
        record.visibleAt = at
      } else {
        record.status = .delivered
        record.settledAt = now
      }
    case .retry(let at, let reason, let memory):
      record.visibleAt = at
      record.lastReason = reason
      record.memory = memory
    case .dead(let reason):
      record.status = .dead
      record.lastReason = reason
      record.settledAt = now
    case .forwarded(let successor, let reason, let wasAttempted):
      record.status = .forwarded
      record.lastReason = reason
      record.settledAt = now
      record.successor = successor.id
      if !wasAttempted { record.attempts -= 1 }
    case .released:
      // Its old place in the queue: it has been due since it was created.
      record.visibleAt = min(record.createdAt, now)
      record.attempts -= 1
    case .postponed(let until):
      record.visibleAt = until
      record.attempts -= 1
    }
  }

  mutating func mend(by remedy: DeadLetterRemedy, outdated: Verdict.Reason?, at now: Instant) {
    token = (token + 2) & ~1
    switch remedy {
    case .retry where outdated != nil:
      record.status = .withdrawn
      record.lastReason = outdated
      record.settledAt = now
    case .retry:
      record.status = .pending
      record.visibleAt = now
      record.revivedAt = now
      record.settledAt = nil
      record.memory = AttemptMemory()
    case .drop:
      record.status = .dropped
      record.settledAt = now
    }
  }
}
