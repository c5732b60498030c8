// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// What a ledger in memory contains, and one transaction after another on it.
final class MemoryContents: LedgerTransaction {
  var tables = MemoryTables()
  var prunedAt: Instant?
  var prunedBefore: Instant?
  var investigated: [RecordedInvestigation] = []
  /// Attempts in the order of settling, and those whose rows are in the audit log.
  var settled: [AuditedAttempt] = []
  var audited: Set<DeliveryAttempt> = []
  private var ids: DeliveryIDSource
  private let clock: @Sendable () -> Instant
  private var notes = Kept()

  private struct Kept {
    var versions: [ConfigurationVersion] = []
    var refused: ConfigurationRefusal?
    var marked: [String: String] = [:]
    var sources: [SourceNote] = []
    var circuits: [CircuitNote] = []
    var staleSettlements = 0
  }

  init(now clock: @escaping @Sendable () -> Instant, ids: DeliveryIDSource) {
    self.clock = clock
    self.ids = ids
  }

  var now: Instant { clock() }
  var touched: TouchedChannels { .these(tables.touched) }

  /// Runs `body` as one transaction: if it throws, nothing has changed.
  func transact(_ body: () throws -> Void) throws {
    tables.touched = []
    try attempt(body)
  }

  func attempt<Result>(_ body: () throws -> Result) throws -> Result {
    let (notes, count, investigated, audited) = (notes, settled.count, investigated, audited)
    return try atomically {
      do { return try body() } catch {
        self.notes = notes
        self.investigated = investigated
        self.audited = audited
        settled.removeLast(settled.count - count)
        throw error
      }
    }
  }

  private func atomically<Result>(_ body: () throws -> Result) throws -> Result {
    let mark = tables.begin()
    do {
      let result = try body()
      tables.end(mark)
      return result
    } catch {
      tables.undo(to: mark)
      throw error
    }
  }

  private func completed(_ ingested: Ingested) throws -> Ingested {
    var ingested = ingested
    ingested.leased = try ingested.leased.map(completed)
    return ingested
  }

  func canGoOn(after error: any Error) -> Bool { true }

  func ingest(
    _ events: [Event],
    policy: any PolicyDeciding,
    lease: LeaseTerms?
  ) throws -> Ingested {
    let now = now
    var writing = MemoryWriting(now: now, lease: lease)
    var state = tables.state(of: events.compactMap(\.key), at: now, ids: ids)
    defer { ids = state.ids }
    let outcome = policy.decide(events, state: &state, at: now)
    try state.finishLoading()
    return try atomically {
      try writing.write(outcome, of: state, to: &tables)
      return try completed(writing.ingested)
    }
  }

  func enqueue(
    _ delivery: NewDelivery,
    because decision: Decision,
    lease: LeaseTerms?
  ) throws -> Ingested {
    var writing = MemoryWriting(now: now, lease: lease)
    return try atomically {
      try writing.enqueue(delivery, because: decision, in: &tables)
      return try completed(writing.ingested)
    }
  }

  func fire(
    only: [TimerKey]?,
    policy: any PolicyDeciding,
    lease: LeaseTerms?
  ) throws -> Ingested {
    let now = now
    var writing = MemoryWriting(now: now, lease: lease)
    var ids = ids
    defer { self.ids = ids }
    return try atomically {
      let keys = only ?? tables.timersByDue.due(at: now, limit: Firing.batch).map(\.value)
      try writing.fire(keys, policy: policy, ids: &ids, in: &tables)
      return try completed(writing.ingested)
    }
  }

  func adopt(policy: any PolicyDeciding) {
    let now = now
    let standing = policy.standingTimers(at: now)
    for (timer, due) in standing where tables.timers[timer].map({ due < $0 }) ?? true {
      tables.set(due, for: timer)
    }
    for timer in tables.timers.keys {
      if case .list(let hold) = timer, hold.digest != nil, standing[timer] == nil {
        tables.set(nil as Instant?, for: timer)
      }
    }
    for list in tables.lists.keys where tables.timers[.list(list)] == nil {
      tables.set(now, for: .list(list))
    }
    // The policy forgets what is no longer expected.
    for hold in tables.entries.keys where hold.expectation != nil && tables.timers[.list(hold)] == nil {
      tables.set(now, for: .list(hold))
    }
  }

  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    try leaseCurrent(terms) { try lease($0, channels) }
  }

  private func lease(_ terms: LeaseTerms, _ channels: Set<ChannelName>?) throws -> [LeasedDelivery] {
    let now = now
    if terms.takesWaiting {
      let rank = terms.atLeast?.urgency ?? 3
      try tables.hurry(terms.only ?? tables.waitingForLess(on: channels ?? [], rank: rank), at: now)
    }
    var claimed: [LeasedDelivery] = []
    for id in tables.due(at: now, channels: channels, terms) {
      guard var stored = tables.deliveries[id] else { continue }
      stored.record.visibleAt = now + terms.duration
      stored.record.attempts += 1
      // The last lease was never settled: its attempt may have been made, and its message may have arrived.
      if stored.token % 2 == 1 {
        stored.record.memory.isInDoubt = true
        stored.record.memory.cutOff += 1
      }
      // Odd while leased, as in the file.
      stored.token = (stored.token + 1) | 1
      tables.set(stored, for: id)
      claimed.append(tables.lease(of: stored))
    }
    return claimed
  }

  func settle(_ settlements: [Settlement]) throws -> [Bool] {
    let now = now
    return try settlements.map { settlement in
      guard var stored = tables.deliveries[settlement.id], stored.record.status == .pending,
        stored.token == settlement.token
      else {
        notes.staleSettlements += 1
        return false
      }
      if let failed = settlement.result.failed(stored.record.attempts, at: now) {
        tables.append(failed, to: settlement.id)
      }
      if settlement.result.isAttempted { noteSettled(settlement.id, attempt: stored.record.attempts, at: now) }
      stored.settle(settlement.result, at: now)
      tables.set(stored, for: settlement.id)
      var hour = LedgerHour(of: now)
      hour.count(settlement.result)
      tables.add(hour)
      if case .forwarded(let successor, _, _) = settlement.result { tables.add(successor, at: now) }
      try tables.settled(settlement.id, settlement.result, at: now)
      return true
    }
  }

  func followDeliveries(_ step: ClockStep, longest: Duration) {
    for (id, stored) in tables.deliveries where stored.record.status == .pending {
      var stored = stored
      stored.record.times = stored.record.times.following(step, longest: longest)
      tables.set(stored, for: id)
    }
  }

  func followHolds(_ step: ClockStep, longest: LongestWaits) { tables.follow(step, longest) }

  func retryNow(on channel: ChannelName, limit: Int) -> Int {
    let now = now
    let waiting = tables.waiting(on: channel, at: now).prefix(limit)
    for id in waiting {
      guard var stored = tables.deliveries[id] else { continue }
      stored.record.visibleAt = now
      tables.set(stored, for: id)
    }
    return waiting.count
  }

  func mend(_ letters: [DeliveryID], by remedy: DeadLetterRemedy) throws -> [MendedLetter] {
    let now = now
    return try letters.map { id in
      guard var stored = tables.deliveries[id], stored.record.status == .dead else { return .notDead }
      let outdated = remedy == .retry ? try tables.outdated(id) : nil
      stored.mend(by: remedy, outdated: outdated, at: now)
      tables.set(stored, for: id)
      return outdated.map { .outdated($0) } ?? .done
    }
  }

  func isActive(_ alert: AlertKey) -> Bool? { tables.isActive(alert) }
  func endedRecord(of alert: AlertKey, for message: NewDelivery) throws -> AlertRecord? {
    try tables.endedRecord(of: alert, for: message)
  }
  func isStaleUnlessLeased(_ id: DeliveryID) throws -> Bool { try tables.isStaleUnlessLeased(id) }

  func rewrite(_ delivery: NewDelivery, sayingEndsOf alerts: Set<AlertKey>) throws {
    guard var stored = tables.deliveries[delivery.id] else { return }
    stored.record.delivery = delivery
    tables.set(stored, for: delivery.id)
    try tables.withdrawEnds(of: alerts, saidBy: delivery.id, at: now)
  }

  func nextTimer() -> Instant? { tables.timersByDue.first?.at }

  func nextDelivery(channels: Set<ChannelName>?) -> Instant? {
    tables.queues(of: channels).flatMap { $0.compactMap(\.first?.at) }.min()
  }

  func activeAlerts(besides source: SourceName?) -> [AlertKey: UInt64] {
    tables.alerts.compactMapValues { $0.isActive && $0.alert.source != source ? $0.alert.contentHash : nil }
  }

  func waiting(in list: HoldID) -> [AlertRecord] {
    tables.waiting(in: list).compactMap { tables.alerts[$0] }
  }

  func record(of alert: AlertKey) -> AlertRecord? { tables.alerts[alert] }

  func records(of alerts: [AlertKey]) -> [AlertKey: AlertRecord] { tables.records(of: alerts) }

  func records(after key: AlertKey?, activeOnly: Bool, limit: Int) -> [AlertRecord] {
    let first = key.map { Array($0.description.utf8) } ?? []
    let later = tables.alerts.values.lazy.filter { $0.isActive || !activeOnly }
      .map { (name: Array($0.alert.key.description.utf8), record: $0) }
      .filter { first.lexicographicallyPrecedes($0.name) }
    return later.sorted { $0.name.lexicographicallyPrecedes($1.name) }.prefix(limit).map(\.record)
  }

  func attempts(at delivery: DeliveryID) -> [FailedAttempt] { tables.attempts[delivery] ?? [] }

  func due(_ timer: TimerKey) -> Instant? { tables.timers[timer] }

  func entry(_ list: HoldID) -> HoldState? { tables.entries[list] }

  func silences() -> [Silence] { tables.silences(at: now) }

  func silences(_ ids: Set<SilenceID>) -> [SilenceID: Silence] { tables.silences.filter { ids.contains($0.key) } }

  func silences(after last: Silence?, limit: Int) -> [Silence] {
    let all = tables.silences.values.sorted { ($0.end, $0.id) > ($1.end, $1.id) }
    let rest = all.drop { silence in last.map { (silence.end, silence.id) >= ($0.end, $0.id) } ?? false }
    return Array(rest.prefix(limit))
  }

  func facts(after key: AlertKey?, limit: Int) -> AccountingFacts {
    var facts = AccountingFacts(at: now)
    let first = key.map { Array($0.description.utf8) } ?? []
    let keys = Set(tables.alerts.keys).union(tables.decisions.keys).union(tables.lists.values.flatMap(\.keys))
      .map { (name: Array($0.description.utf8), key: $0) }.filter { first.lexicographicallyPrecedes($0.name) }
    for (_, key) in keys.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }).prefix(limit) {
      let record = tables.alerts[key]
      let lists = tables.lists.filter { $0.value[key] != nil }.sorted { ($0.value[key] ?? 0) < ($1.value[key] ?? 0) }
      facts.alerts.append(
        AccountingFacts.Facts(key: key, record: record, isCounted: record?.isActive == true, lists: lists.map(\.key))
      )
    }
    facts.lookUpDeliveries { tables.deliveries[$0]?.record }
    for list in facts.namedLists {
      facts.timers[list] = tables.timers[.list(list)]
      if list.inhibition != nil { facts.entries[list] = tables.entries[list] }
    }
    facts.silences = silences(facts.namedSilences)
    return facts
  }

  func decisions(about alert: AlertKey, limit: Int) -> [RecordedDecision] {
    tables.decisions[alert]?.suffix(limit) ?? []
  }

  func background(of records: [AlertRecord], decisions: [AlertKey: Int], notifications: Int) -> AlertBackground {
    var background = AlertBackground()
    for (key, limit) in decisions where limit > 0 {
      background.decisions[key] = tables.decisions[key]?.suffix(limit) ?? []
    }
    for (key, limit) in decisions where limit > 0 { background.pruned[key] = tables.prunedAt[key] }
    background.lookUpDeliveries(of: records, notifications: notifications) { ids in
      ids.compactMap { tables.deliveries[$0]?.record }
    }
    for id in background.deliveries.keys { background.failures[id] = tables.attempts[id] }
    for record in background.pending { background.ahead[record.delivery.id] = tables.countAhead(of: record) }
    for list in records.flatMap(\.holds) { background.due[list] = tables.timers[.list(list)] }
    return background
  }

  func hours(since moment: Instant) -> [LedgerHour] {
    let first = LedgerHour(of: moment).start
    return tables.hours.values.filter { $0.start >= first }.sorted { $0.start < $1.start }
  }

  func note(circuits: [CircuitNote]) { notes.circuits = circuits.sorted { $0.channel < $1.channel } }

  func circuits() -> [CircuitNote] { notes.circuits }

  func delivery(_ id: DeliveryID) -> DeliveryRecord? { tables.deliveries[id]?.record }

  func note(sources: [SourceNote]) { notes.sources = sources.sorted { $0.name.name < $1.name.name } }

  func sources() -> [SourceNote] { notes.sources }

  func keep(configuration text: String, because cause: String) -> Int {
    if let last = notes.versions.last, last.text.isExactly(text) { return last.number }
    let number = (notes.versions.last?.number ?? 0) + 1
    notes.versions.append(ConfigurationVersion(number: number, since: now, cause: cause, text: text))
    notes.versions.removeFirst(max(0, notes.versions.count - ConfigurationVersion.kept))
    return number
  }

  func configurations(limit: Int) -> [ConfigurationVersion] { notes.versions.suffix(limit).reversed() }

  func note(refusal: ConfigurationRefusal?) { notes.refused = refusal }

  func refusal() -> ConfigurationRefusal? { notes.refused }

  func note(marks: [String: String?]) {
    for (name, text) in marks { notes.marked[name] = text }
  }

  func marks(beginning prefix: String) -> [String: String] {
    notes.marked.filter { $0.key.beginsExactly(with: prefix) }
  }

  func pendingChannels() -> Set<ChannelName> {
    Set(tables.pending.filter { !$0.value.allSatisfy { $0.first == nil } }.keys)
  }

  /// Nothing to record: a ledger in memory loses no commits.
  func noteLoss(of commits: Int, upTo position: LedgerPosition) {}

  func channelHealth() -> [ChannelName: ChannelHealth] {
    var health: [ChannelName: ChannelHealth] = [:]
    var totals = tables.pruned
    for (id, stored) in tables.deliveries.sorted(by: { $0.key < $1.key }) {
      let record = stored.record
      health[record.delivery.channel, default: ChannelHealth()].add(record)
      totals[record.delivery.channel, default: ChannelTotals()].add(record, tables.attempts[id] ?? [])
    }
    for (channel, totals) in totals {
      health[channel, default: ChannelHealth()].lastDelivered = totals.lastDelivered
      health[channel]?.lastFailure = totals.lastFailure.map { .init(at: $0.at, because: $0.reason) }
    }
    for (channel, totals) in tables.pruned { health[channel]?.counts.merge(totals.counts, uniquingKeysWith: +) }
    return health
  }

  func deadLetters(limit: Int) -> [DeliveryRecord] {
    tables.dead.entriesBackwards.prefix(limit).compactMap { tables.deliveries[$0.value]?.record }
  }

  func recentDeliveries(limit: Int) -> [DeliveryRecord] {
    tables.deliveries.keys.sorted(by: >).prefix(limit).compactMap { tables.deliveries[$0]?.record }
  }

  func backlog() -> Backlog {
    var backlog = Backlog()
    for record in tables.alerts.values where record.isActive { backlog.standings[record.standing, default: 0] += 1 }
    for record in tables.pendingRecords {
      var channel = backlog.channels[record.delivery.channel] ?? Backlog.Channel()
      channel.pending += 1
      backlog.channels[record.delivery.channel] = channel
    }
    for (channel, record) in tables.oldestPending { backlog.channels[channel]?.oldestPending = record.createdAt }
    for (channel, counts) in tables.counts where (counts[.dead] ?? 0) > 0 {
      backlog.channels[channel, default: Backlog.Channel()].dead = counts[.dead] ?? 0
    }
    return backlog
  }

  func summary() -> LedgerSummary {
    var summary = LedgerSummary()
    for record in tables.alerts.values where record.isActive { summary.standings[record.standing, default: 0] += 1 }
    summary.activeAlerts = summary.standings.values.reduce(0, +)
    for (list, alerts) in tables.lists { summary.waiting[ExactText(list.description)] = alerts.count }
    summary.deliveries = tables.counts.filter { !$0.value.isEmpty }
    for (channel, totals) in tables.pruned {
      summary.deliveries[channel, default: [:]].merge(totals.counts, uniquingKeysWith: +)
    }
    summary.nextTimers = tables.timersByDue.entries.prefix(10).map { .init(key: $0.value, due: $0.at) }
    summary.oldestPending = tables.oldestPending.values.lazy.map(\.createdAt).min()
    summary.staleSettlements = notes.staleSettlements
    return summary
  }
}

extension ChannelHealth {
  /// Counts one more delivery; deliveries come in the order of their IDs.
  fileprivate mutating func add(_ record: DeliveryRecord) {
    counts[record.status, default: 0] += 1
    guard record.status == .pending else { return }
    oldestPending = oldestPending ?? record.createdAt
    if record.waitsFor != nil { return }
    nextDue = min(nextDue ?? record.visibleAt, record.visibleAt)
    lastDue = max(lastDue ?? record.visibleAt, record.visibleAt)
  }
}
