// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

extension MemoryContents {
  /// Removes all that one stage may remove, however much that is: here it is cheap.
  func prune(_ cursor: PruneCursor, limit: Int) -> PruneStep {
    var step = PruneStep(next: cursor.nextStage)
    switch cursor.stage {
    case .alerts: tables.pruneAlerts(before: cursor.cutoff, &step.removed)
    case .deliveries: tables.pruneDeliveries(before: cursor.cutoff, &step.removed)
    case .decisions: tables.pruneDecisions(before: cursor.cutoff, at: now, &step.removed)
    case .silences: tables.pruneSilences(before: cursor.cutoff, &step.removed)
    case .holds: tables.pruneHolds(before: cursor.cutoff, &step.removed)
    case .investigations:
      let count = investigated.prefix { $0.at < cursor.cutoff }.count
      investigated.removeFirst(count)
      step.removed.investigations = count
    case .audits:
      let isOver = { [tables, audited] (one: AuditedAttempt) in
        audited.contains(one.attempt) || tables.deliveries[one.attempt.delivery] == nil
      }
      let count = settled.dropLast().prefix { $0.at < cursor.cutoff && isOver($0) }.count
      audited.subtract(settled.prefix(count).map(\.attempt))
      settled.removeFirst(count)
      step.removed.audits = count
    case .space: break
    }
    if step.removed.deliveries + step.removed.audits > 0 {
      prunedBefore = max(prunedBefore ?? cursor.cutoff, cursor.cutoff)
    }
    return step
  }

  func noteSettled(_ delivery: DeliveryID, attempt: Int, at now: Instant) {
    let number = (settled.last?.number ?? 0) + 1
    settled.append(
      AuditedAttempt(number: number, attempt: DeliveryAttempt(delivery: delivery, number: attempt), at: now)
    )
  }

  func noteAudited(_ attempts: [DeliveryAttempt]) { audited.formUnion(attempts) }

  func unauditedAttempts(limit: Int) -> [AuditedAttempt] {
    settled.lazy.filter { !self.audited.contains($0.attempt) }.prefix(limit).map(current)
  }

  func auditedNumbers() -> RangeSet<Int> {
    var numbers = RangeSet<Int>()
    for one in settled where audited.contains(one.attempt) { numbers.insert(contentsOf: one.number..<one.number + 1) }
    return numbers
  }

  func auditedAttempts(_ attempts: [DeliveryAttempt]) -> [DeliveryAttempt: AuditedAttempt] {
    let wanted = Set(attempts)
    let found = settled.filter { wanted.contains($0.attempt) }.map { ($0.attempt, current($0)) }
    return Dictionary(found) { first, _ in first }
  }

  func auditedAttempt(_ number: Int) -> AuditedAttempt? { settled.first { $0.number == number }.map(current) }

  private func current(_ attempt: AuditedAttempt) -> AuditedAttempt {
    var attempt = attempt
    attempt.hasDelivery = tables.deliveries[attempt.attempt.delivery] != nil
    return attempt
  }

  func lastAttempt() -> Int { settled.last?.number ?? 0 }

  func delivered(after number: Int, limit: Int) -> DeliveredPage {
    var page = DeliveredPage(last: number)
    for one in settled.drop(while: { $0.number <= number }).prefix(limit) {
      page.last = one.number
      guard let record = tables.deliveries[one.attempt.delivery]?.record, record.status == .delivered,
        record.attempts == one.attempt.number,
        tables.attempts[one.attempt.delivery]?.contains(where: { $0.number == one.attempt.number }) != true
      else { continue }
      page.deliveries.append(.init(at: one.at, record: record))
    }
    return page
  }

  func note(investigations: [RecordedInvestigation]) {
    for one in investigations
    where !investigated.contains(where: { $0.delivery == one.delivery && $0.subject == one.subject }) {
      investigated.append(one)
    }
  }

  func investigations(of subjects: [RecordedInvestigation.Subject], limit: Int) -> [RecordedInvestigation] {
    let found = investigated.enumerated().filter { subjects.contains($0.element.subject) }
    return found.sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.suffix(limit).map(\.element)
  }

  func notePruned() { prunedAt = now }

  func size() -> LedgerSize {
    var size = LedgerSize()
    size.rows = [
      .alerts: tables.alerts.count, .decisions: tables.decisions.values.reduce(0) { $0 + $1.count },
      .deliveries: tables.deliveries.count, .attempts: tables.attempts.values.reduce(0) { $0 + $1.count },
      .silences: tables.silences.count,
    ]
    size.countedAt = now
    size.oldest = tables.decisions.values.lazy.compactMap(\.first?.at).min()
    size.prunedAt = prunedAt
    size.prunedBefore = prunedBefore
    return size
  }

  func alertSources() -> [SourceName] {
    Set(tables.alerts.keys.map(\.source)).union(tables.overAt.keys.map(\.source)).sorted { $0.name < $1.name }
  }

  func alertKeys(activeOnly: Bool, limit: Int) -> [AlertKey] {
    let keys = Set(tables.alerts.keys).union(tables.overAt.keys)
    let wanted = activeOnly ? keys.filter { tables.alerts[$0]?.isActive == true } : keys
    return Array(wanted.sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }.prefix(limit))
  }
}

extension MemoryTables {
  fileprivate mutating func pruneAlerts(before cutoff: Instant, _ removed: inout PruneStep.Removed) {
    for (key, moment) in overAt where moment < cutoff && timers[.alert(key)] == nil {
      guard alerts[key]?.isOver({ end(of: $0) }) ?? true else { continue }
      removed.alerts += 1
      removed.decisions += decisions[key]?.count ?? 0
      remove(key)
    }
  }

  fileprivate mutating func pruneDeliveries(before cutoff: Instant, _ removed: inout PruneStep.Removed) {
    let named = Set(alerts.values.flatMap(\.notified).flatMap(\.deliveries).flatMap(chain))
    for (id, stored) in deliveries where stored.record.status.isFinished && !named.contains(id) {
      guard let settled = stored.record.settledAt, settled < cutoff else { continue }
      removed.deliveries += 1
      remove(id)
    }
  }

  fileprivate mutating func pruneDecisions(
    before cutoff: Instant,
    at now: Instant,
    _ removed: inout PruneStep.Removed
  ) {
    for (key, known) in decisions {
      let first = min(cutoff, alerts[key]?.firedAt ?? cutoff)
      let count = known.prefix { $0.at < first }.count
      guard count > 0 else { continue }
      removed.decisions += count
      removeDecisions(about: key, count, at: now)
    }
  }

  fileprivate mutating func pruneSilences(before cutoff: Instant, _ removed: inout PruneStep.Removed) {
    let dropping = Set(alerts.values.lazy.filter(\.isActive).compactMap(\.dropped?.silence))
    for (id, silence) in silences where silence.end < cutoff && lists[.silence(id)] == nil && !dropping.contains(id) {
      removed.silences += 1
      remove(id)
    }
  }

  fileprivate mutating func pruneHolds(before cutoff: Instant, _ removed: inout PruneStep.Removed) {
    for (key, state) in entries
    where timers[.list(key)] == nil && lists[key]?.isEmpty ?? true && state.isOver(at: cutoff) {
      removed.holds += 1
      set(nil as HoldState?, for: key)
    }
  }

  /// The deliveries that took each other's place, from the first one.
  private func chain(from id: DeliveryID) -> [DeliveryID] {
    var found = [id]
    while let last = found.last, let next = deliveries[last]?.record.successor, !found.contains(next) {
      found.append(next)
    }
    return found
  }

  private func end(of id: DeliveryID) -> DeliveryRecord.Status? {
    chain(from: id).last.flatMap { deliveries[$0]?.record.status }
  }
}
