// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row a delivery, from its decision to its end, and one that holds what it says.
struct DeliveryTable {
  private let db: Database
  private let insertion: SQLStatement
  private let bodyInsertion: SQLStatement
  private let receipt: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    insertion = try SQLStatement(
      db,
      """
      INSERT INTO deliveries (id, channel, rank, status, visible_at, created_at, attempts, token)
      VALUES (?, ?, ?, 0, ?, ?, ?, ?)
      """
    )
    bodyInsertion = try SQLStatement(db, "INSERT INTO bodies (delivery, body) VALUES (?, ?)")
    receipt = try SQLStatement(db, "SELECT receipt FROM deliveries WHERE id = ? AND receipt IS NOT NULL")
  }

  /// Adds a delivery: leased until `leasedUntil`, or due at once.
  func insert(
    _ delivery: NewDelivery,
    at now: Instant,
    leasedUntil: Instant?,
    body: SQLStatement.Value
  ) throws {
    do {
      try insertion.run(
        .text(delivery.id.text),
        .text(delivery.channel.name),
        .int(Int64(delivery.severity.rank)),
        .int((leasedUntil ?? now).microseconds),
        .int(now.microseconds),
        .int(leasedUntil == nil ? 0 : 1),
        .int(leasedUntil == nil ? 0 : 1)
      )
      try bodyInsertion.run(.text(delivery.id.text), body)
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw LedgerError.duplicate(delivery.id)
    }
  }

  /// The receipts of these deliveries, in their order; one that has none is left out.
  func receipts(of ids: [DeliveryID]) throws -> [Receipt] {
    try ids.compactMap { id in
      try receipt.first(.text(id.text)) { try Self.receipt($0.utf8(0), of: id) }
    }
  }

  static func receipt(_ stored: [UInt8], of id: DeliveryID) throws -> Receipt {
    guard let receipt = Receipt(stored: stored) else {
      throw LedgerError.unreadable("the receipt of the delivery \(id)")
    }
    return receipt
  }

  static func delivery(_ id: DeliveryID, _ channel: String, _ stored: [UInt8]) throws -> NewDelivery {
    guard let delivery = NewDelivery(id: id, channel: ChannelName(channel), stored: stored) else {
      throw LedgerError.unreadable("the delivery \(id)")
    }
    return delivery
  }
}

// MARK: - Leasing and settling

extension DeliveryTable {
  /// Leases what is due, the worst first, then what has been due the longest.
  func claim(_ terms: LeaseTerms, channels: Set<ChannelName>?, at now: Instant) throws -> [LeasedDelivery] {
    let until = now + terms.duration
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries SET visible_at = ?, attempts = attempts + 1, token = (token + 1) | 1 WHERE id = ?
      RETURNING channel, created_at, attempts, token, (SELECT body FROM bodies WHERE delivery = id), receipt
      """
    )
    return try due(terms.count, channels: channels, at: now).compactMap { id in
      let leased = try update.first(.int(until.microseconds), .text(id)) { columns in
        LeasedDelivery(
          delivery: try Self.delivery(DeliveryID(id), columns.text(0), columns.utf8(4)),
          createdAt: columns.instant(1),
          attempt: Int(columns.int(2)),
          token: Int(columns.int(3)),
          leasedUntil: until,
          progress: columns.isNull(5) ? nil : try Self.receipt(columns.utf8(5), of: DeliveryID(id))
        )
      }
      guard var leased else { return nil }
      leased.earlier = try receipts(of: leased.delivery.follows)
      return leased
    }
  }

  /// Writes what became of a lease, unless it has moved on.
  func settle(
    _ settlement: Settlement,
    at now: Instant,
    in transaction: SQLiteTransaction
  ) throws -> Bool {
    let id = SQLStatement.Value.text(settlement.id.text)
    let token = SQLStatement.Value.int(Int64(settlement.token))
    let statement: SQLStatement
    switch settlement.result {
    case .delivered(let receipt):
      statement = try settling("status = 1, settled_at = ?, receipt = ?")
      try statement.run(.int(now.microseconds), transaction.json(receipt.encode), id, token)
    case .partial(let receipt, let reason, let at):
      statement = try settling(
        (at == nil ? "status = 1, settled_at = ?" : "visible_at = ?") + ", reason = ?, receipt = ?"
      )
      let (reasonText, receiptText) = (transaction.json(reason.encode), transaction.json(receipt.encode))
      try statement.run(.int((at ?? now).microseconds), reasonText, receiptText, id, token)
      if statement.changes == 1 {
        try transaction.attempts.insert(settlement.id, at: now, reason, retryAt: at, in: transaction)
        return true
      }
    case .retry(let at, let reason):
      statement = try settling("visible_at = ?, reason = ?")
      try statement.run(.int(at.microseconds), transaction.json(reason.encode), id, token)
      if statement.changes == 1 {
        try transaction.attempts.insert(settlement.id, at: now, reason, retryAt: at, in: transaction)
        return true
      }
    case .dead(let reason):
      statement = try settling("status = 2, settled_at = ?, reason = ?")
      try statement.run(.int(now.microseconds), transaction.json(reason.encode), id, token)
      if statement.changes == 1 {
        try transaction.attempts.insert(settlement.id, at: now, reason, retryAt: nil, in: transaction)
        return true
      }
    case .released:
      // Its old place in the queue: it has been due ever since it was made.
      statement = try settling("visible_at = min(created_at, ?), attempts = attempts - 1")
      try statement.run(.int(now.microseconds), id, token)
    }
    return statement.changes == 1
  }

  /// Ends every lease: what was leased is due at once, at its old place in the queue.
  ///
  /// The attempt counts, because it may have been made.
  func endLeases(at now: Instant) throws {
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries INDEXED BY deliveries_pending SET visible_at = min(created_at, ?), token = token + 1
      WHERE status = 0 AND visible_at > ? AND token % 2 = 1
      """
    )
    try update.run(.int(now.microseconds), .int(now.microseconds))
  }

  /// The lease ends with its settlement, whatever the result: a second one with the same token is refused.
  private func settling(_ change: String) throws -> SQLStatement {
    try SQLStatement(
      db,
      "UPDATE deliveries SET \(change), token = token + 1 WHERE id = ? AND token = ? AND status = 0"
    )
  }

  /// The ids of what is due: rank by rank, the first of each channel from the index of what is pending.
  private func due(_ count: Int, channels: Set<ChannelName>?, at now: Instant) throws -> [String] {
    let names = try channels.map { $0.map(\.name) } ?? pendingChannels()
    let select = try SQLStatement(
      db,
      """
      SELECT visible_at, id FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 AND channel = ? AND rank = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?
      """
    )
    var found: [String] = []
    for rank in 0...3 where found.count < count {
      let rest = count - found.count
      var due: [(at: Int64, id: String)] = []
      for name in names {
        try select.forEach(.text(name), .int(Int64(rank)), .int(now.microseconds), .int(Int64(rest))) {
          due.append(($0.int(0), $0.text(1)))
        }
      }
      found += due.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(rest).map(\.id)
    }
    return found
  }

  /// The channels with anything pending, found by a few steps in the index however much is pending.
  func pendingChannels() throws -> [String] {
    let select = try SQLStatement(
      db,
      """
      SELECT min(channel) FROM deliveries INDEXED BY deliveries_pending WHERE status = 0 AND channel > ?
      """
    )
    var names: [String] = []
    while let next = try select.first(.text(names.last ?? ""), body: { $0.isNull(0) ? nil : $0.text(0) }) ?? nil {
      names.append(next)
    }
    return names
  }
}
