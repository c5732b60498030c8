// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger
internal import BelfryPolicy

/// The contents of the in-memory ledger, in dictionaries.
///
/// Every change goes through one of the methods below, which record how to undo it after `begin`.
struct MemoryTables: Sendable {
  struct StoredDelivery: Sendable {
    var record: DeliveryRecord
    /// Proves a lease; it grows with every claim and every settlement.
    var token: Int
  }

  private(set) var alerts: [AlertKey: AlertRecord] = [:]
  private(set) var entries: [HoldID: HoldState] = [:]
  private(set) var silences: [SilenceID: Silence] = [:]
  private(set) var attempts: [DeliveryID: [FailedAttempt]] = [:]
  /// The alerts in each list, with the number under which each joined.
  private(set) var lists: [HoldID: [AlertKey: Int]] = [:]
  private(set) var timers: [TimerKey: Instant] = [:]
  private(set) var timersByDue = DueQueue<TimerKey>()
  private(set) var deliveries: [DeliveryID: StoredDelivery] = [:]
  /// Pending deliveries by due time: for each channel, one agenda per class of urgency.
  private(set) var pending: [ChannelName: [DueQueue<DeliveryID>]] = [:]
  private(set) var dead = DueQueue<DeliveryID>()
  /// The deliveries for which others wait, by the waiting one and by the one waited for.
  private(set) var waitsOf: [DeliveryID: Set<DeliveryID>] = [:]
  private(set) var waitsFor: [DeliveryID: Set<DeliveryID>] = [:]
  /// The number of deliveries by channel and status, so that they need not be counted one by one.
  private(set) var counts: [ChannelName: [DeliveryRecord.Status: Int]] = [:]
  /// Hourly counts, by the start of the hour.
  private(set) var hours: [Instant: LedgerHour] = [:]
  private(set) var decisions: [AlertKey: [RecordedDecision]] = [:]
  /// When alerts were last written while not active.
  private(set) var overAt: [AlertKey: Instant] = [:]
  /// When older decisions about an alert were removed.
  private(set) var prunedAt: [AlertKey: Instant] = [:]
  /// The totals of deliveries that were removed.
  private(set) var pruned: [ChannelName: ChannelTotals] = [:]

  /// The channels on which a delivery may have become due; see ``DeliveryTransaction/touched``.
  var touched: Set<ChannelName> = []

  private static let ranks = 4
  private static let noQueues = [DueQueue<DeliveryID>](repeating: DueQueue(), count: ranks)
  private var joins = 0
  private var undo: [@Sendable (inout MemoryTables) -> Void]?

  /// Starts recording how to undo what follows.
  ///
  /// - Returns: the place to undo to; parts of a transaction have one of their own.
  mutating func begin() -> UndoMark {
    defer { undo = undo ?? [] }
    return UndoMark(count: undo?.count)
  }

  /// Keeps what was done since the mark.
  mutating func end(_ mark: UndoMark) { if mark.count == nil { undo = nil } }

  /// Undoes what was done since the mark.
  mutating func undo(to mark: UndoMark) {
    let steps = undo ?? []
    undo = nil
    for step in steps[(mark.count ?? 0)...].reversed() { step(&self) }
    if let count = mark.count { undo = Array(steps[..<count]) }
  }

  struct UndoMark { fileprivate var count: Int? }

  mutating func set(_ record: AlertRecord?, for key: AlertKey) {
    let old = alerts[key]
    alerts[key] = record
    undo?.append { $0.alerts[key] = old }
  }

  /// Notes that something was written about an alert.
  mutating func touch(_ key: AlertKey, at now: Instant) {
    let old = overAt[key]
    overAt[key] = alerts[key]?.isActive == true ? nil : now
    undo?.append { $0.overAt[key] = old }
  }

  mutating func set(_ entry: HoldState?, for key: HoldID) {
    let old = entries[key]
    entries[key] = entry
    undo?.append { $0.entries[key] = old }
  }

  mutating func set(_ silence: Silence) {
    let old = silences[silence.id]
    silences[silence.id] = silence
    undo?.append { $0.silences[silence.id] = old }
  }

  /// Adds to the counts of that hour.
  mutating func add(_ hour: LedgerHour) {
    if hour.isEmpty { return }
    let start = hour.start
    let old = hours[start]
    hours[start] = (old ?? LedgerHour(start: start)) + hour
    undo?.append { $0.hours[start] = old }
  }

  mutating func append(_ attempt: FailedAttempt, to delivery: DeliveryID) {
    attempts[delivery, default: []].append(attempt)
    undo?.append { $0.attempts[delivery]?.removeLast() }
  }

  /// Shifts holds, timers and alerts' own times by a step of the clock.
  mutating func follow(_ step: ClockStep, _ longest: LongestWaits) {
    for (key, entry) in entries { set(entry.following(step, of: key, longest), for: key) }
    for (key, due) in timers {
      if case .list(let list) = key { set(step.due(due, of: list, longest), for: key) }
    }
    let listed = Set(lists.values.flatMap(\.keys))
    for (key, record) in alerts where timers[.alert(key)] != nil || listed.contains(key) {
      let moved = record.following(step, longest, due: timers[.alert(key)])
      set(moved.record, for: key)
      set(moved.due, for: .alert(key))
    }
  }

  /// Sets the timer, or removes it for nil.
  mutating func set(_ due: Instant?, for key: TimerKey) {
    let old = timers[key]
    place(due, for: key)
    undo?.append { $0.place(old, for: key) }
  }

  mutating func set(_ delivery: StoredDelivery?, for id: DeliveryID) {
    let old = deliveries[id]
    place(delivery, for: id)
    undo?.append { $0.place(old, for: id) }
  }

  /// Adds a delivery that is due at once.
  mutating func add(_ delivery: NewDelivery, at now: Instant) {
    let record = DeliveryRecord(delivery: delivery, createdAt: now, status: .pending, visibleAt: now, attempts: 0)
    set(StoredDelivery(record: record, token: 0), for: delivery.id)
  }

  /// Adds or removes the wait of a delivery for an earlier one.
  mutating func setWait(_ isWaiting: Bool, of id: DeliveryID, for earlier: DeliveryID) {
    let old = (waitsOf[id], waitsFor[earlier])
    if isWaiting {
      waitsOf[id, default: []].insert(earlier)
      waitsFor[earlier, default: []].insert(id)
    } else {
      waitsOf[id]?.remove(earlier)
      waitsFor[earlier]?.remove(id)
      if waitsOf[id]?.isEmpty == true { waitsOf[id] = nil }
      if waitsFor[earlier]?.isEmpty == true { waitsFor[earlier] = nil }
    }
    undo?.append { ($0.waitsOf[id], $0.waitsFor[earlier]) = (old.0, old.1) }
    guard var stored = deliveries[id] else { return }
    stored.record.waitsFor = waitsOf[id]?.min()
    set(stored, for: id)
  }

  /// Adds the alert to the end of the list, unless it is already in it.
  mutating func join(_ alert: AlertKey, to list: HoldID) {
    guard lists[list]?[alert] == nil else { return }
    joins += 1
    lists[list, default: [:]][alert] = joins
    undo?.append { $0.drop(alert, from: list) }
  }

  mutating func leave(_ alert: AlertKey, from list: HoldID) {
    guard let number = lists[list]?[alert] else { return }
    drop(alert, from: list)
    undo?.append { $0.lists[list, default: [:]][alert] = number }
  }

  mutating func empty(_ list: HoldID) {
    guard let old = lists.removeValue(forKey: list) else { return }
    undo?.append { $0.lists[list] = old }
  }

  mutating func append(_ decision: RecordedDecision) {
    let key = decision.decision.alert
    decisions[key, default: []].append(decision)
    undo?.append { $0.decisions[key]?.removeLast() }
  }

  /// Removes an alert and all decisions about it.
  mutating func remove(_ key: AlertKey) {
    alerts[key] = nil
    decisions[key] = nil
    overAt[key] = nil
    prunedAt[key] = nil
  }

  mutating func removeDecisions(about key: AlertKey, _ count: Int, at now: Instant) {
    decisions[key]?.removeFirst(count)
    if decisions[key]?.isEmpty == true { decisions[key] = nil }
    if overAt[key] != nil || alerts[key] != nil { prunedAt[key] = now }
  }

  /// Removes a finished delivery, which stays in the totals.
  mutating func remove(_ id: DeliveryID) {
    guard let record = deliveries[id]?.record else { return }
    pruned[record.delivery.channel, default: ChannelTotals()].add(record, attempts[id] ?? [])
    place(nil, for: id)
    attempts[id] = nil
  }

  mutating func remove(_ silence: SilenceID) { silences[silence] = nil }

  /// The alerts of a list in the order in which they joined.
  func waiting(in list: HoldID) -> [AlertKey] {
    (lists[list] ?? [:]).sorted { $0.value < $1.value }.map(\.key)
  }

  /// The pending deliveries of these channels, or of all channels, by rank.
  func queues(of channels: Set<ChannelName>?) -> [[DueQueue<DeliveryID>]] {
    channels.map { $0.compactMap { pending[$0] } } ?? Array(pending.values)
  }

  /// The due deliveries of these channels, highest severity first, then longest due first.
  func due(at now: Instant, channels: Set<ChannelName>?, _ terms: LeaseTerms) -> [DeliveryID] {
    if let only = terms.only {
      return only.filter { id in
        guard let record = deliveries[id]?.record, record.status == .pending, record.waitsFor == nil,
          record.visibleAt <= now
        else {
          return false
        }
        return channels?.contains(record.delivery.channel) ?? true
      }
    }
    let limit = terms.count
    let ranks = 0...(terms.atLeast?.urgency ?? Self.ranks - 1)
    var room = terms.room
    var found: [DeliveryID] = []
    for rank in ranks where found.count < limit {
      let rest = limit - found.count
      let due = pending.filter { channels?.contains($0.key) ?? true }.flatMap { channel, queue in
        let due =
          terms.takesRetries
          ? queue[rank].entries.filter { $0.at <= now || (deliveries[$0.value]?.token ?? 1) % 2 == 0 }
          : queue[rank].due(at: now, limit: rest)
        return due.prefix(room.map { $0[channel, default: 0] } ?? rest).map { (channel: channel, entry: $0) }
      }
      for (channel, entry) in due.sorted(by: { $0.entry < $1.entry }).prefix(rest) {
        room?[channel, default: 1] -= 1
        found.append(entry.value)
      }
    }
    return found
  }

  /// The deliveries that wait for a retry on a channel, the most severe first.
  func waiting(on channel: ChannelName, at now: Instant) -> [DeliveryID] {
    (pending[channel] ?? []).flatMap { queue in
      queue.entries.filter { $0.at > now && (deliveries[$0.value]?.token ?? 1) % 2 == 0 }.map(\.value)
    }
  }

  /// The number of other deliveries on its channel that come before a pending one.
  func countAhead(of record: DeliveryRecord) -> Int {
    let place = (record.delivery.severity.urgency, record.visibleAt, record.delivery.id)
    let queues = pending[record.delivery.channel] ?? []
    return queues.flatMap(\.entries).count { entry in
      guard let other = deliveries[entry.value]?.record else { return false }
      return (other.delivery.severity.urgency, other.visibleAt, other.delivery.id) < place
    }
  }

  var pendingRecords: [DeliveryRecord] {
    queues(of: nil).flatMap(\.self).flatMap { $0.entries.compactMap { deliveries[$0.value]?.record } }
      + waitsOf.keys.compactMap { deliveries[$0]?.record }.filter { $0.status == .pending }
  }

  /// The oldest pending delivery of each channel: IDs are in the order of creation.
  var oldestPending: [ChannelName: DeliveryRecord] {
    Dictionary(pendingRecords.map { ($0.delivery.channel, $0) }) { $0.delivery.id < $1.delivery.id ? $0 : $1 }
  }

  private mutating func drop(_ alert: AlertKey, from list: HoldID) {
    lists[list]?[alert] = nil
    if lists[list]?.isEmpty == true { lists[list] = nil }
  }

  private mutating func place(_ due: Instant?, for key: TimerKey) {
    let name = key.description
    if let old = timers[key] { timersByDue.remove(DueQueue.Entry(at: old, name: name, value: key)) }
    if let due { timersByDue.insert(DueQueue.Entry(at: due, name: name, value: key)) }
    timers[key] = due
  }

  private mutating func place(_ delivery: StoredDelivery?, for id: DeliveryID) {
    if let old = deliveries[id] {
      schedule(old.record) { $0.remove($1) }
      count(old.record, by: -1)
    }
    if let delivery {
      touched.insert(delivery.record.delivery.channel)
      schedule(delivery.record) { $0.insert($1) }
      count(delivery.record, by: 1)
    }
    deliveries[id] = delivery
  }

  private mutating func count(_ record: DeliveryRecord, by step: Int) {
    let known = counts[record.delivery.channel]?[record.status] ?? 0
    counts[record.delivery.channel, default: [:]][record.status] = known + step == 0 ? nil : known + step
  }

  private mutating func schedule(
    _ record: DeliveryRecord,
    _ change: (inout DueQueue<DeliveryID>, DueQueue<DeliveryID>.Entry) -> Void
  ) {
    let id = record.delivery.id
    switch record.status {
    case .pending where record.waitsFor != nil:
      break
    case .pending:
      change(
        &pending[record.delivery.channel, default: Self.noQueues][record.delivery.severity.urgency],
        DueQueue.Entry(at: record.visibleAt, name: id.text, value: id)
      )
    case .dead:
      change(&dead, DueQueue.Entry(at: record.settledAt ?? record.createdAt, name: id.text, value: id))
    case .delivered, .forwarded, .dropped, .withdrawn:
      break
    }
  }
}
