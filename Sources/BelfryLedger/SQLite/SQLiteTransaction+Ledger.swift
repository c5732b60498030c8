// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

extension SQLiteTransaction: LedgerTransaction {
  func ingest(_ events: [Event], policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try decide(lease) { try $0.take(events, policy: policy) }
  }

  func enqueue(_ delivery: NewDelivery, because decision: Decision, lease: LeaseTerms?) throws -> Ingested {
    try decide(lease) { try $0.enqueue(delivery, because: decision) }
  }

  func fire(only: [TimerKey]?, policy: any PolicyDeciding, lease: LeaseTerms?) throws -> Ingested {
    try decide(lease) { writing in
      if let only { return try writing.fire(only, policy: policy) }
      let due = try timers.due(at: now, limit: Firing.batch).map(\.key)
      try writing.fire(due, policy: policy)
      guard writing.ingested.fired == due.count else { throw DatabaseError.staleIndex }
    }
  }

  private func decide(_ lease: LeaseTerms?, _ body: (inout SQLiteWriting) throws -> Void) throws -> Ingested {
    var writing = SQLiteWriting(transaction: self, now: now, lease: lease, ids: ids)
    defer { ids = writing.ids }
    try body(&writing)
    return writing.ingested
  }

  func adopt(policy: any PolicyDeciding) throws {
    try timers.adopt(policy.standingTimers(at: now), at: now)
  }

  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    try leaseCurrent(terms) { try deliveries.claim($0, channels: channels, at: now) }
  }

  func settle(_ settlements: [Settlement]) throws -> [Bool] {
    var hour = LedgerHour(of: now)
    var totals: [ChannelName: ChannelTotals] = [:]
    let taken = try settlements.map { settlement in
      guard let settled = try deliveries.settle(settlement, at: now, in: self) else { return false }
      touch(settled.channel)
      if case .forwarded(let successor, _, _) = settlement.result { touch(successor.channel) }
      hour.count(settlement.result)
      totals[settled.channel, default: ChannelTotals()].count(settlement, attempt: settled.attempts, at: now)
      return true
    }
    try hours.add(hour)
    try channels.add(totals)
    return taken
  }

  func retryNow(on channel: ChannelName, limit: Int) throws -> Int {
    touch(channel)
    return try deliveries.retryNow(on: channel, limit: limit, at: now)
  }

  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [MendedLetter] {
    var totals: [ChannelName: ChannelTotals] = [:]
    let mended = try letters.map { letter in
      let outdated = remedy == .retry ? try deliveries.order.outdated(letter) : nil
      guard let channel = try deliveries.mend(letter, by: remedy, outdated: outdated, at: now) else {
        return MendedLetter.notDead
      }
      touch(channel)
      if remedy == .drop { totals[channel, default: ChannelTotals()].dropped += 1 }
      guard let outdated else { return .done }
      totals[channel, default: ChannelTotals()].withdrawn += 1
      return .outdated(outdated)
    }
    try channels.add(totals)
    return mended
  }

  func followDeliveries(_ step: ClockStep, longest: Duration) throws {
    touchAll()
    try deliveries.follow(step, longest: longest)
  }

  func followHolds(_ step: ClockStep, longest: LongestWaits) throws {
    try entries.follow(step, longest, in: self)
    try timers.follow(step, longest)
    try alerts.follow(step, longest, in: self)
  }

  func note(sources: [SourceNote]) throws { try replace(sources: sources) }
  func note(circuits: [CircuitNote]) throws { try replace(circuits: circuits) }
  func note(marks: [String: String?]) throws { try self.marks.write(marks) }
  func note(refusal: ConfigurationRefusal?) throws { try configurations.replace(refusal) }
  func note(investigations: [RecordedInvestigation]) throws {
    try InvestigationTable(db: db).add(investigations)
  }
  func noteAudited(_ attempts: [DeliveryAttempt]) throws { try audits.note(attempts) }

  func keep(configuration text: String, because cause: String) throws -> Int {
    try configurations.add(text, because: cause, at: now)
  }

  func noteLoss(of lost: Int, upTo position: LedgerPosition) throws {
    DamageNotes.note(.commit, "\(position.commits - lost + 1) to \(position.commits)")
    try count(commits: position.commits)
  }

  func nextTimer() throws -> Instant? { try timers.due(at: Instant(microseconds: .max), limit: 1).first?.due }
  func nextDelivery(channels: Set<ChannelName>?) throws -> Instant? {
    try DeliveryQueries(db: db).nextDue(channels: channels)
  }
  func pendingChannels() throws -> Set<ChannelName> {
    Set(try deliveries.pendingChannels().map { ChannelName($0) })
  }
  func delivery(_ id: DeliveryID) throws -> DeliveryRecord? { try DeliveryQueries(db: db).record(of: id) }
  func record(of alert: AlertKey) throws -> AlertRecord? { try alerts.rows(of: [alert])[alert]?.record }
  func isActive(_ alert: AlertKey) throws -> Bool? { try deliveries.order.isActive(alert) }
  func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord? {
    try deliveries.order.endedRecord(of: alert, for: message)
  }

  func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool { try deliveries.order.isStaleUnlessLeased(id) }

  func rewrite(_ delivery: NewDelivery, sayingEndsOf alerts: Set<AlertKey>) throws {
    try deliveries.replace(delivery, body: json(delivery.encode))
    var order = deliveries.order
    try order.withdrawEnds(of: alerts, saidBy: delivery.id, at: now)
    touch(delivery.channel)
  }
}
