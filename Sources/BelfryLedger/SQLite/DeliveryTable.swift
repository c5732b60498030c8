// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per delivery, from its decision to its end, and one with its message.
struct DeliveryTable {
  private let db: Database
  private let insertion: SQLStatement
  private let bodyInsertion: SQLStatement
  private let receipt: SQLStatement
  private let refusal: SQLStatement
  let order: OrderTable

  init(_ db: Database) throws {
    self.db = db
    order = try OrderTable(db)
    insertion = try SQLStatement(
      db,
      """
      INSERT INTO deliveries (id, channel, rank, status, visible_at, created_at, settled_at, attempts, token, reason)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      """
    )
    bodyInsertion = try SQLStatement(db, "INSERT INTO bodies (delivery, body) VALUES (?, ?)")
    receipt = try SQLStatement(db, "SELECT receipt FROM deliveries WHERE id = ? AND receipt IS NOT NULL")
    refusal = try SQLStatement(
      db,
      """
      INSERT INTO counters VALUES ('stale_settlements', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1
      """
    )
  }

  /// Adds a delivery: leased until `leasedUntil`, or for nil at its place.
  func insert(
    _ delivery: NewDelivery,
    _ place: DeliveryPlace = .due,
    at now: Instant,
    leasedUntil: Instant?,
    body: SQLStatement.Value
  ) throws {
    let isLeased = SQLStatement.Value.int(leasedUntil == nil ? 0 : 1)
    var (status, settledAt, reason) = (Int64(0), SQLStatement.Value.null, SQLStatement.Value.null)
    switch place {
    case .due: break
    case .waiting: status = 6
    case .withdrawn(let why):
      (status, settledAt, reason) = (5, .int(now.microseconds), .utf8(why.stored))
      try ChannelTable(db: db).add([delivery.channel: ChannelTotals(withdrawn: 1)])
    }
    do {
      try insertion.run(
        .text(delivery.id.text),
        .text(delivery.channel.name),
        .int(Int64(delivery.severity.urgency)),
        .int(status),
        .int((leasedUntil ?? now).microseconds),
        .int(now.microseconds),
        settledAt,
        isLeased,
        isLeased,
        reason
      )
      if case .waiting(let earlier) = place { for one in earlier { try order.wait(delivery.id, for: one) } }
      try bodyInsertion.run(.text(delivery.id.text), body)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw LedgerError.duplicate(delivery.id)
    }
  }

  /// The receipts of these deliveries, in order; a delivery without one is left out.
  func receipts(of ids: [DeliveryID]) throws -> [Receipt] {
    try ids.compactMap { id in
      try receipt.first(.text(id.text)) { Self.receipt($0.utf8(0), of: id) } ?? nil
    }
  }

  /// The receipt; nil if it is unreadable, so that what follows it is sent as a new message.
  static func receipt(_ stored: [UInt8], of id: DeliveryID) -> Receipt? {
    let receipt = Receipt(stored: stored)
    if receipt == nil { DamageNotes.note(.receipt, id.text) }
    return receipt
  }

  /// The memory of earlier attempts; in doubt if it is unreadable, because an attempt may have arrived.
  static func memory(_ stored: [UInt8], of id: DeliveryID) -> AttemptMemory {
    guard let memory = AttemptMemory(stored: stored) else {
      DamageNotes.note(.delivery, id.text)
      return AttemptMemory(isInDoubt: true)
    }
    return memory
  }

  /// The delivery; nil if its message is unreadable.
  static func delivery(_ id: DeliveryID, _ channel: String, _ stored: [UInt8]) -> NewDelivery? {
    let delivery = NewDelivery(id: id, channel: ChannelName(channel), stored: stored)
    if delivery == nil { DamageNotes.note(.delivery, id.text) }
    return delivery
  }
}

// MARK: - Leasing and settling

extension DeliveryTable {
  /// Leases due deliveries, highest severity first, then longest due first.
  ///
  /// A delivery whose message is unreadable becomes a visible dead letter instead, and blocks nothing.
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?, at now: Instant) throws -> [LeasedDelivery] {
    let until = now + terms.duration
    if terms.takesWaiting {
      var order = order
      let urgent =
        try terms.only
        ?? (channels ?? []).sorted().flatMap {
          try order.waitingForLess(on: $0, rank: terms.atLeast?.urgency ?? 3)
        }
      try order.hurry(urgent, at: now)
    }
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries SET visible_at = ?, attempts = attempts + 1, token = (token + 1) | 1,
        memory = CASE WHEN token % 2 = 1 THEN \(Self.doubt) ELSE memory END
      WHERE id = ? AND status = 0
      RETURNING channel, created_at, attempts, token, reason, memory, revived_at,
        receipt, (SELECT body FROM bodies WHERE delivery = id)
      """
    )
    var stale: [DeliveryID] = []
    let claimed: [LeasedDelivery] = try due(terms, channels: channels, at: now).compactMap { id in
      let id = DeliveryID(id)
      guard
        let found = try update.first(.int(until.microseconds), .text(id.text), body: { Self.lease(of: id, $0, until) })
      else {
        stale.append(id)
        return nil
      }
      guard var leased = found else {
        try bury(id, at: now)
        return nil
      }
      leased.earlier = try receipts(of: leased.delivery.follows)
      return leased
    }
    // Wrong entries in the index block nothing that can be leased.
    if claimed.isEmpty, !stale.isEmpty { throw DatabaseError.staleIndex }
    for id in stale { DamageNotes.note(.delivery, id.text) }
    return claimed
  }

  private static func lease(of id: DeliveryID, _ columns: SQLStatement.Row, _ until: Instant) -> LeasedDelivery? {
    guard let delivery = delivery(id, columns.text(0), columns.utf8(8)) else { return nil }
    return LeasedDelivery(
      delivery: delivery,
      createdAt: columns.instant(1),
      attempt: columns.count(2),
      token: Int(columns.int(3)),
      leasedUntil: until,
      progress: columns.isNull(7) ? nil : receipt(columns.utf8(7), of: id),
      lastReason: columns.isNull(4) ? nil : Verdict.Reason(columns.utf8(4), or: Damage(.delivery, id.text)),
      memory: columns.isNull(5) ? AttemptMemory() : memory(columns.utf8(5), of: id),
      triedSince: columns.isNull(6) ? nil : columns.instant(6)
    )
  }

  /// Turns an unreadable delivery into a dead letter.
  private func bury(_ id: DeliveryID, at now: Instant) throws {
    let update = try SQLStatement(
      db,
      "UPDATE deliveries SET status = 2, settled_at = ?, reason = ?, attempts = attempts - 1, token = token + 1 WHERE id = ?"
    )
    try update.run(.int(now.microseconds), .text(Self.unreadable), .text(id.text))
    var order = order
    try order.ended(id, at: now)
  }

  /// The reason stored with a dead letter whose message is unreadable.
  private static let unreadable =
    #"{"code":"unreadable","text":"the ledger file is damaged: its content cannot be read."}"#

  /// Marks an attempt that was never settled as in doubt: it may have been made, and its message may have arrived.
  ///
  /// An unreadable memory stays unchanged; when it is read, it counts as in doubt.
  private static let doubt = """
    CASE WHEN memory IS NULL OR json_valid(memory) THEN
      json_set(coalesce(memory, '{}'), '$.in_doubt', json('true'),
        '$.cut_off', coalesce(json_extract(memory, '$.cut_off'), 0) + 1)
    ELSE memory END
    """

  /// A delivery whose settlement was accepted.
  struct Settled {
    var channel: ChannelName
    /// The number of attempts, including the settled one.
    var attempts: Int
  }

  /// Records the result of a lease; if the delivery has been leased again, only counts that.
  func settle(_ settlement: Settlement, at now: Instant, in transaction: SQLiteTransaction) throws -> Settled? {
    guard let settled = try write(settlement, at: now, in: transaction) else {
      try refusal.run()
      return nil
    }
    if settlement.result.isAttempted {
      try transaction.audits.insert(DeliveryAttempt(delivery: settlement.id, number: settled.attempts), at: now)
    }
    if let failed = settlement.result.failed(settled.attempts, at: now) {
      try transaction.attempts.insert(failed, at: settlement.id, in: transaction)
    }
    if case .forwarded(let successor, _, _) = settlement.result {
      try insert(successor, at: now, leasedUntil: nil, body: transaction.json(successor.encode))
    }
    var order = order
    try order.settled(settlement.id, settlement.result, at: now)
    return settled
  }

  private func write(_ settlement: Settlement, at now: Instant, in transaction: SQLiteTransaction) throws -> Settled? {
    let id = SQLStatement.Value.text(settlement.id.text)
    let token = SQLStatement.Value.int(Int64(settlement.token))
    let moment = SQLStatement.Value.int(now.microseconds)
    switch settlement.result {
    case .delivered(let receipt):
      return try settle("status = 1, settled_at = ?, receipt = ?", moment, transaction.json(receipt.encode), id, token)
    case .partial(let receipt, let reason, let at):
      let change = (at == nil ? "status = 1, settled_at = ?" : "visible_at = ?") + ", reason = ?, receipt = ?"
      let texts = (transaction.json(reason.encode), transaction.json(receipt.encode))
      return try settle(change, .int((at ?? now).microseconds), texts.0, texts.1, id, token)
    case .retry(let at, let reason, let memory):
      let left = memory.isEmpty ? .null : transaction.json(memory.encode)
      let text = transaction.json(reason.encode)
      return try settle("visible_at = ?, reason = ?, memory = ?", .int(at.microseconds), text, left, id, token)
    case .dead(let reason):
      return try settle("status = 2, settled_at = ?, reason = ?", moment, transaction.json(reason.encode), id, token)
    case .forwarded(let successor, let reason, let wasAttempted):
      let change = "status = 3, settled_at = ?, reason = ?, successor = ?, attempts = attempts - ?"
      let text = SQLStatement.Value.text(successor.id.text)
      let uncounted = SQLStatement.Value.int(wasAttempted ? 0 : 1)
      return try settle(change, moment, transaction.json(reason.encode), text, uncounted, id, token)
    case .released:
      // Its old place in the queue: it has been due since it was created.
      return try settle("visible_at = min(created_at, ?), attempts = attempts - 1", moment, id, token)
    case .postponed(let until):
      return try settle("visible_at = ?, attempts = attempts - 1", .int(until.microseconds), id, token)
    }
  }

  /// Makes deliveries that wait for a retry due, the most severe first, and returns how many there were.
  func retryNow(on channel: ChannelName, limit: Int, at now: Instant) throws -> Int {
    let select = try SQLStatement(
      db,
      """
      SELECT id FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 AND channel = ? AND rank = ? AND visible_at > ? AND token % 2 = 0 ORDER BY visible_at, id LIMIT ?
      """
    )
    let update = try SQLStatement(db, "UPDATE deliveries SET visible_at = ? WHERE id = ?")
    let moment = SQLStatement.Value.int(now.microseconds)
    var found: [String] = []
    for rank in 0...3 where found.count < limit {
      let rest = SQLStatement.Value.int(Int64(limit - found.count))
      try select.forEach(.text(channel.name), .int(Int64(rank)), moment, rest) { found.append($0.text(0)) }
    }
    for id in found { try update.run(moment, .text(id)) }
    return found.count
  }

  /// Retries or discards a dead letter; one that is outdated is not sent any more.
  ///
  /// - Returns: Its channel; nil if it is not a dead letter.
  func mend(
    _ id: DeliveryID,
    by remedy: DeadLetterRemedy,
    outdated: Verdict.Reason? = nil,
    at now: Instant
  ) throws -> ChannelName? {
    let change =
      switch remedy {
      case .retry where outdated != nil: "status = 5, settled_at = ?1, reason = ?3"
      case .retry: "status = 0, visible_at = ?1, revived_at = ?1, settled_at = NULL, memory = NULL"
      case .drop: "status = 4, settled_at = ?1"
      }
    let statement = try SQLStatement(
      db,
      "UPDATE deliveries SET \(change), token = (token + 2) & ~1 WHERE id = ?2 AND status = 2 RETURNING channel"
    )
    var values: [SQLStatement.Value] = [.int(now.microseconds), .text(id.text)]
    if remedy == .retry, let outdated { values.append(.utf8(outdated.stored)) }
    return try statement.first(values) { ChannelName($0.text(0)) }
  }

  /// Replaces the message of a delivery.
  func replace(_ delivery: NewDelivery, body: SQLStatement.Value) throws {
    try SQLStatement(db, "UPDATE bodies SET body = ? WHERE delivery = ?").run(body, .text(delivery.id.text))
  }

  /// Ends every lease: leased deliveries are due at once, at their old place in the queue.
  ///
  /// The attempt counts, because it may have been made: whether the message arrived is in doubt.
  func endLeases(at now: Instant) throws {
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries INDEXED BY deliveries_pending SET visible_at = min(created_at, ?), token = token + 1,
        memory = \(Self.doubt)
      WHERE status = 0 AND visible_at > ? AND token % 2 = 1
      """
    )
    try update.run(.int(now.microseconds), .int(now.microseconds))
    try order.heal(at: now)
  }

  /// Shifts pending deliveries by a step of the clock; see `DeliveryTimes`.
  func follow(_ step: ClockStep, longest: Duration) throws {
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries SET visible_at = ?, created_at = ?, revived_at = ? WHERE id = ?
      """
    )
    var moved: [(id: String, times: DeliveryTimes)] = []
    for rows in ["deliveries_pending WHERE status = 0", "deliveries_waiting WHERE status = 6"] {
      let select = try SQLStatement(
        db,
        "SELECT id, visible_at, created_at, revived_at FROM deliveries INDEXED BY \(rows)"
      )
      try select.forEach { columns in
        let times = DeliveryTimes(
          visibleAt: columns.instant(1),
          createdAt: columns.instant(2),
          revivedAt: columns.isNull(3) ? nil : columns.instant(3)
        )
        let following = times.following(step, longest: longest)
        if following != times { moved.append((columns.text(0), following)) }
      }
    }
    for (id, times) in moved {
      try update.run(
        .int(times.visibleAt.microseconds),
        .int(times.createdAt.microseconds),
        times.revivedAt.map { .int($0.microseconds) } ?? .null,
        .text(id)
      )
    }
  }

  /// Changes a leased delivery; the last two values are its ID and the lease's token.
  ///
  /// The lease ends with its settlement, whatever the result: a second one with the same token is refused.
  private func settle(_ change: String, _ values: SQLStatement.Value...) throws -> Settled? {
    let statement = try SQLStatement(
      db,
      """
      UPDATE deliveries SET \(change), token = token + 1 WHERE id = ? AND token = ? AND status = 0
      RETURNING channel, attempts
      """
    )
    return try statement.first(values) { Settled(channel: ChannelName($0.text(0)), attempts: $0.count(1)) }
  }

  /// The IDs of due deliveries: rank by rank, the first ones of each channel from the index of pending deliveries.
  private func due(_ terms: LeaseTerms, channels: Set<ChannelName>?, at now: Instant) throws -> [String] {
    if let only = terms.only { return try due(only, channels: channels, at: now) }
    let count = terms.count
    let names = try channels.map { $0.map(\.name) } ?? pendingChannels()
    let isDue = terms.takesRetries ? "(visible_at <= ? OR token % 2 = 0)" : "visible_at <= ?"
    let select = try SQLStatement(
      db,
      """
      SELECT visible_at, id FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 AND channel = ? AND rank = ? AND \(isDue) ORDER BY visible_at, id LIMIT ?
      """
    )
    var found: [String] = []
    var room = terms.room
    for rank in 0...(terms.atLeast?.urgency ?? 3) where found.count < count {
      let rest = count - found.count
      var due: [(at: Int64, id: String, channel: ChannelName)] = []
      for name in names {
        let channel = ChannelName(name)
        let limit = min(rest, room.map { $0[channel, default: 0] } ?? rest)
        guard limit > 0 else { continue }
        try select.forEach(.text(name), .int(Int64(rank)), .int(now.microseconds), .int(Int64(limit))) {
          due.append(($0.int(0), $0.text(1), channel))
        }
      }
      for one in due.sorted(by: { ($0.at, $0.id) < ($1.at, $1.id) }).prefix(rest) {
        room?[one.channel, default: 1] -= 1
        found.append(one.id)
      }
    }
    return found
  }

  /// Those of these deliveries that are due.
  private func due(_ ids: [DeliveryID], channels: Set<ChannelName>?, at now: Instant) throws -> [String] {
    let select = try SQLStatement(
      db,
      "SELECT channel FROM deliveries WHERE id = ? AND status = 0 AND visible_at <= ?"
    )
    return try ids.filter { id in
      let channel = try select.first(.text(id.text), .int(now.microseconds)) { ChannelName($0.text(0)) }
      return channel.map { channels?.contains($0) ?? true } ?? false
    }.map(\.text)
  }

  /// The channels with pending deliveries, found in a few index steps however many are pending.
  func pendingChannels() throws -> [String] {
    let select = try SQLStatement(
      db,
      """
      SELECT min(channel) FROM deliveries INDEXED BY deliveries_pending WHERE status = 0 AND channel > ? AND channel < x''
      """
    )
    var names: [String] = []
    var order = AscendingKeys()
    while let next = try select.first(.text(names.last ?? ""), body: { $0.isNull(0) ? nil : $0.text(0) }) ?? nil {
      try order.take(next)
      names.append(next)
    }
    return names
  }
}
