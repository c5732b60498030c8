// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// Asks the policy inside a transaction, writes its outcome, and collects the result for the caller.
struct SQLiteWriting {
  let transaction: SQLiteTransaction
  let now: Instant
  private var lease: LeaseTerms?
  var ids: DeliveryIDSource
  private(set) var ingested = Ingested()
  /// The rows already looked up; nil for an alert without a row.
  private var rows: [AlertKey: AlertTable.Row?] = [:]
  /// The alerts' own timers to set or remove that are not written to a row yet.
  private var dues: [AlertKey: Instant?] = [:]

  init(transaction: SQLiteTransaction, now: Instant, lease: LeaseTerms?, ids: DeliveryIDSource) {
    self.transaction = transaction
    self.now = now
    self.lease = lease
    self.ids = ids
  }

  mutating func take(_ events: [Event], policy: any PolicyDeciding) throws {
    var state = PolicyState(
      alerts: try load(events.compactMap(\.key)),
      silences: try transaction.silences.current(at: now),
      ids: ids,
      load: transaction.entries.state
    )
    let outcome = policy.decide(events, state: &state, at: now)
    try state.finishLoading()
    try write(outcome, of: state)
  }

  mutating func enqueue(_ delivery: NewDelivery, because decision: Decision) throws {
    try look([decision.alert])
    try writeDecisions([decision], PolicyState(ids: ids))
    let isLeased = lease.map { !$0.admitted(of: [delivery]).isEmpty } ?? false
    try write(delivery, after: delivery.continued, isLeased: isLeased)
  }

  /// Asks the policy about timers, except those that are not set and for which nothing waits.
  mutating func fire(_ timers: [TimerKey], policy: any PolicyDeciding) throws {
    var firings: [Firing] = []
    try look(timers.compactMap { if case .alert(let key) = $0 { key } else { nil } })
    for timer in timers {
      var waiting: [AlertKey] = []
      let due: Instant?
      switch timer {
      case .alert(let key): due = try takeTimer(of: key)
      case .list(let list):
        for (key, row) in try transaction.alerts.waiting(in: list) {
          rows[key] = row
          waiting.append(key)
        }
        due = try transaction.timers.take(list)
      }
      if due != nil || !waiting.isEmpty { firings.append(Firing(timer, due: due, waiting: waiting)) }
    }
    ingested.fired = firings.count
    guard !firings.isEmpty else { return }
    var state = PolicyState(
      alerts: try load(firings.flatMap { $0.waiting + $0.timer.alerts }),
      silences: try transaction.silences.current(at: now),
      ids: ids,
      load: transaction.entries.state
    )
    let outcome = policy.fire(firings, state: &state, at: now)
    try state.finishLoading()
    try write(outcome, of: state)
  }
}

// MARK: - Alerts

extension SQLiteWriting {
  /// The records of these alerts, looking up those not looked up before.
  private mutating func load(_ keys: some Sequence<AlertKey>) throws -> [AlertKey: AlertRecord] {
    try look(keys)
    var records: [AlertKey: AlertRecord] = [:]
    for key in keys {
      if let record = rows[key]??.record { records[key] = record }
    }
    return records
  }

  private mutating func look(_ keys: some Sequence<AlertKey>) throws {
    var unknown: Set<AlertKey> = []
    for key in keys where rows[key] == nil { unknown.insert(key) }
    if unknown.isEmpty { return }
    let found = try transaction.alerts.rows(of: unknown)
    for key in unknown { rows.updateValue(found[key], forKey: key) }
  }

  /// Writes the alert's row, with its record if there is one, and adds `decisions` to its count.
  private mutating func write(_ key: AlertKey, _ record: AlertRecord?, decisions: Int = 0) throws {
    let known = rows[key] ?? nil
    var row = known ?? AlertTable.Row(id: 0, decided: 0)
    row.decided += decisions
    if let record { row.record = record }
    let isWhole = known == nil || record != nil
    if isWhole, let due = dues.removeValue(forKey: key) { row.due = due }
    let body = record.map { record in transaction.json(record.encode) } ?? .null
    if known == nil {
      row.id = try transaction.alerts.insert(key, row, body: body, at: now)
    } else if isWhole {
      try transaction.alerts.update(row, body: body, at: now)
    } else if decisions > 0 {
      try transaction.alerts.update(row.id, decided: row.decided, at: now)
    }
    rows[key] = row
  }

  /// Sets or removes an alert's own timer, and changes nothing else of it.
  private mutating func write(_ key: AlertKey, due: Instant?) throws {
    guard rows[key]??.due != due else { return }
    try transaction.alerts.update(id(of: key), due: due)
    rows[key]??.due = due
  }

  /// Removes the own timer of an alert already looked up, and returns when it was due; nil if there was none.
  private mutating func takeTimer(of key: AlertKey) throws -> Instant? {
    guard let due = rows[key]??.due else { return nil }
    try write(key, due: nil)
    return due
  }

  /// The number of the alert's row, which is created if it is missing.
  private mutating func id(of key: AlertKey) throws -> Int64 {
    if (rows[key] ?? nil) == nil { try write(key, nil) }
    return rows[key]??.id ?? 0
  }
}

// MARK: - Outcomes

extension SQLiteWriting {
  private mutating func write(_ outcome: PolicyOutcome, of state: PolicyState) throws {
    ids = state.ids
    try look(state.changedAlerts)
    try look(outcome.decisions.lazy.map(\.alert))
    try look((outcome.joined + outcome.left).lazy.map(\.alert))
    var lists: [HoldID: Instant?] = [:]
    for (timer, due) in outcome.timers {
      switch timer {
      case .alert(let key): dues.updateValue(due, forKey: key)
      case .list(let list): lists.updateValue(due, forKey: list)
      }
    }
    try look(dues.keys)
    var hour = LedgerHour(of: now)
    hour.count(state) { rows[$0]??.record }
    try transaction.hours.add(hour)
    try writeDecisions(outcome.decisions, state)
    for hold in state.changedHolds { try transaction.entries.set(state[hold: hold], for: hold, in: transaction) }
    for silence in outcome.silences { try transaction.silences.set(silence, in: transaction) }
    for list in outcome.emptied { try transaction.lists.empty(list) }
    for gone in outcome.left { try transaction.lists.leave(id(of: gone.alert), from: gone.list) }
    for new in outcome.joins(in: state) { try transaction.lists.join(id(of: new.alert), to: new.list) }
    for (list, due) in lists { try transaction.timers.set(due, for: list) }
    for (key, due) in dues { try write(key, due: due) }
    dues = [:]
    // The most severe are leased first.
    let admitted = lease.map { $0.admitted(of: outcome.deliveries) } ?? []
    for delivery in outcome.deliveries {
      try write(delivery, after: outcome.earlier[delivery.id] ?? [], isLeased: admitted.contains(delivery.id))
    }
    var order = transaction.deliveries.order
    try order.withdrawStale(after: outcome.ended, at: now)
  }

  /// Writes the changed alerts and the decisions, each alert before its decisions, so that new rows are always
  /// appended.
  private mutating func writeDecisions(_ decisions: [Decision], _ state: PolicyState) throws {
    var unwritten = Set(state.changedAlerts)
    let counts: [AlertKey: Int] = decisions.reduce(into: [:]) { $0[$1.alert, default: 0] += 1 }
    var numbers: [AlertKey: Int] = [:]
    for decision in decisions {
      let key = decision.alert
      let number = (numbers[key] ?? rows[key]??.decided ?? 0) + 1
      if numbers.updateValue(number, forKey: key) == nil {
        try write(key, unwritten.remove(key).flatMap { state[alert: $0] }, decisions: counts[key] ?? 0)
      }
      try transaction.decisions.insert(decision, at: now, alert: id(of: key), number: number, in: transaction)
      ingested.decisions.append(RecordedDecision(at: now, decision: decision))
    }
    for key in unwritten { try write(key, state[alert: key]) }
  }

  private mutating func write(
    _ delivery: NewDelivery,
    after earlier: Set<EarlierDeliveries>,
    isLeased: Bool
  ) throws {
    var order = transaction.deliveries.order
    let place = try order.place(delivery, after: earlier, at: now)
    let body = transaction.json(delivery.encode)
    guard place == .due, isLeased, let duration = lease?.duration else {
      try transaction.deliveries.insert(delivery, place, at: now, leasedUntil: nil, body: body)
      if place.isPending { ingested.queued += 1 }
      transaction.touch(delivery.channel)
      return
    }
    let until = now + duration
    try transaction.deliveries.insert(delivery, at: now, leasedUntil: until, body: body)
    let leased = LeasedDelivery(
      delivery: delivery,
      createdAt: now,
      attempt: 1,
      token: 1,
      leasedUntil: until,
      earlier: try transaction.deliveries.receipts(of: delivery.follows)
    )
    ingested.leased.append(try transaction.completed(leased))
  }
}
