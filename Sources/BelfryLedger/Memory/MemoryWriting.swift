// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension MemoryLedger {
  /// Writes what the policy said into the books, and collects what the caller is told of it.
  struct Writing {
    let now: Instant
    let lease: LeaseTerms?
    var ingested = Ingested()

    init(now: Instant, lease: LeaseTerms?) {
      self.now = now
      self.lease = lease
    }

    /// Asks the policy about one timer, unless neither the timer is there nor anything waits for it.
    mutating func fire(
      _ timer: TimerKey,
      policy: any PolicyDeciding,
      ids: inout DeliveryIDSource,
      in books: inout MemoryBooks
    ) throws {
      let waiting = books.waiting(for: timer)
      guard books.timers[timer] != nil || !waiting.isEmpty else { return }
      books.set(nil as Instant?, for: timer)
      var state = PolicyState(ids: ids)
      defer { ids = state.ids }
      for key in waiting + timer.alerts {
        if let record = books.alerts[key] { state.load(alerts: [key: record]) }
      }
      for key in policy.windows(for: timer, waiting: waiting, state: state) {
        if let window = books.windows[key] { state.load(windows: [key: window]) }
      }
      let outcome = policy.fire(timer, waiting: waiting, state: &state, at: now)
      try write(outcome, of: state, to: &books)
    }

    mutating func write(_ outcome: PolicyOutcome, of state: PolicyState, to books: inout MemoryBooks) throws {
      for key in state.changedAlerts { books.set(state[alert: key], for: key) }
      for key in state.changedWindows { books.set(state[window: key], for: key) }
      for list in outcome.emptied { books.empty(list) }
      for gone in outcome.left { books.leave(gone.alert, from: gone.list) }
      for new in outcome.joins(in: state) { books.join(new.alert, to: new.list) }
      for (timer, due) in outcome.timers { books.set(due, for: timer) }
      for delivery in outcome.deliveries { try write(delivery, to: &books) }
      for decision in outcome.decisions {
        let recorded = RecordedDecision(at: now, decision: decision)
        books.append(recorded)
        ingested.decisions.append(recorded)
      }
    }

    private mutating func write(_ delivery: NewDelivery, to books: inout MemoryBooks) throws {
      guard books.deliveries[delivery.id] == nil else { throw LedgerError.duplicate(delivery.id) }
      var record = DeliveryRecord(
        delivery: delivery,
        createdAt: now,
        status: .pending,
        visibleAt: now,
        attempts: 0
      )
      guard let lease, ingested.leased.count < lease.count else {
        books.set(MemoryBooks.StoredDelivery(record: record, token: 0), for: delivery.id)
        ingested.queued += 1
        return
      }
      record.visibleAt = now + lease.duration
      record.attempts = 1
      let stored = MemoryBooks.StoredDelivery(record: record, token: 1)
      books.set(stored, for: delivery.id)
      ingested.leased.append(books.lease(of: stored))
    }
  }
}

extension MemoryBooks {
  /// The alerts in the timer's list, in the order in which they joined; none for a timer that is not a list's.
  func waiting(for timer: TimerKey) -> [AlertKey] {
    if case .list(let list) = timer { waiting(in: list) } else { [] }
  }

  /// A leased delivery as it is handed to whoever is to send it.
  func lease(of stored: StoredDelivery) -> LeasedDelivery {
    LeasedDelivery(
      delivery: stored.record.delivery,
      createdAt: stored.record.createdAt,
      attempt: stored.record.attempts,
      token: stored.token,
      leasedUntil: stored.record.visibleAt,
      earlier: stored.record.delivery.follows.compactMap { deliveries[$0]?.record.receipt }
    )
  }
}

extension MemoryBooks.StoredDelivery {
  mutating func settle(_ result: Settlement.Result, at now: Instant) {
    // The lease ends here, whatever the result: a second settlement of it is refused.
    token += 1
    switch result {
    case .delivered(let receipt):
      record.status = .delivered
      record.receipt = receipt
      record.settledAt = now
    case .retry(let at, let reason):
      record.visibleAt = at
      record.lastReason = reason
    case .dead(let reason):
      record.status = .dead
      record.lastReason = reason
      record.settledAt = now
    case .released:
      // Its old place in the queue: it has been due ever since it was made.
      record.visibleAt = min(record.createdAt, now)
      record.attempts -= 1
    }
  }
}
