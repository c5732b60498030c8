// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// Queries about deliveries outside of write transactions.
struct DeliveryQueries {
  let db: Database

  func nextDue(channels: Set<ChannelName>?) throws -> Instant? {
    let names = try channels.map { $0.map(\.name) } ?? DeliveryTable(db).pendingChannels()
    let select = try SQLStatement(
      db,
      """
      SELECT min(visible_at) FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 AND channel = ? AND rank = ?
      """
    )
    var moments: [Instant] = []
    for name in names {
      for rank in 0...3 {
        try select.forEach(.text(name), .int(Int64(rank))) { if !$0.isNull(0) { moments.append($0.instant(0)) } }
      }
    }
    return moments.min()
  }

  func record(of id: DeliveryID) throws -> DeliveryRecord? {
    try SQLStatement(db, "\(Self.select) WHERE id = ?").first(.text(id.text), body: Self.record)
  }

  /// The records of those deliveries that exist.
  func records(of ids: Set<DeliveryID>) throws -> [DeliveryRecord] {
    var found: [DeliveryRecord] = []
    try db.forEachChunk(of: ids.map(\.text), "\(Self.select) WHERE id IN") { found.append(Self.record($0)) }
    return found
  }

  /// The number of other deliveries on the channel that come before each of these pending ones.
  ///
  /// It reads the index of pending deliveries once, up to the last of them.
  func places(of records: [DeliveryRecord], on channel: ChannelName) throws -> [DeliveryID: Int] {
    let places = records.map { ($0.delivery.severity.urgency, $0.visibleAt, $0.delivery.id) }
    guard let last = places.max(by: <) else { return [:] }
    let select = try SQLStatement(
      db,
      """
      SELECT id FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 AND channel = ? AND (rank, visible_at, id) <= (?, ?, ?) ORDER BY rank, visible_at, id
      """
    )
    let wanted = Set(places.map(\.2.text))
    var found: [DeliveryID: Int] = [:]
    var count = 0
    let end: [SQLStatement.Value] = [
      .text(channel.name), .int(Int64(last.0)), .int(last.1.microseconds), .text(last.2.text),
    ]
    try select.forEach(end) { columns in
      let id = columns.text(0)
      if wanted.contains(id) { found[DeliveryID(id)] = count }
      count += 1
    }
    return found
  }

  func staleSettlements() throws -> Int {
    try SQLStatement(db, "SELECT count FROM counters WHERE name = 'stale_settlements'").first { $0.count(0) } ?? 0
  }

  func deadLetters(limit: Int) throws -> [DeliveryRecord] {
    var found: [DeliveryRecord] = []
    let select = try SQLStatement(
      db,
      "\(Self.select) INDEXED BY deliveries_dead WHERE status = 2 ORDER BY settled_at DESC, id DESC LIMIT ?"
    )
    try select.forEach(.int(Int64(limit))) { found.append(Self.record($0)) }
    return found
  }

  /// The most recent deliveries, by ID, which is the order of creation.
  func recent(limit: Int) throws -> [DeliveryRecord] {
    var found: [DeliveryRecord] = []
    try SQLStatement(db, "\(Self.select) ORDER BY id DESC LIMIT ?").forEach(.int(Int64(limit))) {
      found.append(Self.record($0))
    }
    return found
  }

  private static let select = """
    SELECT id, channel, status, visible_at, created_at, settled_at, attempts, reason, receipt, memory, successor,
      revived_at, (SELECT body FROM bodies WHERE delivery = id), rank,
      (SELECT min(earlier) FROM predecessors WHERE delivery = id)
    FROM deliveries
    """

  private static func record(_ columns: SQLStatement.Row) -> DeliveryRecord {
    let id = DeliveryID(columns.text(0))
    let delivery = DeliveryTable.delivery(id, columns.text(1), columns.utf8(12))
    var record = DeliveryRecord(
      delivery: delivery ?? .unreadable(id, on: ChannelName(columns.text(1)), rank: columns.count(13)),
      createdAt: columns.instant(4),
      status: status(columns.int(2), of: id),
      visibleAt: columns.instant(3),
      attempts: columns.count(6)
    )
    if !columns.isNull(5) { record.settledAt = columns.instant(5) }
    if !columns.isNull(7) { record.lastReason = Verdict.Reason(columns.utf8(7), or: Damage(.delivery, id.text)) }
    if !columns.isNull(8) { record.receipt = DeliveryTable.receipt(columns.utf8(8), of: id) }
    if !columns.isNull(9) { record.memory = DeliveryTable.memory(columns.utf8(9), of: id) }
    if !columns.isNull(10) { record.successor = DeliveryID(columns.text(10)) }
    if !columns.isNull(11) { record.revivedAt = columns.instant(11) }
    if !columns.isNull(14) { record.waitsFor = DeliveryID(columns.text(14)) }
    return record
  }

  /// The status; dead if it is unreadable, because the delivery can no longer be sent and someone must see it.
  static func status(_ number: Int64, of id: DeliveryID) -> DeliveryRecord.Status {
    switch number {
    case 0, 6: return .pending
    case 1: return .delivered
    case 2: return .dead
    case 3: return .forwarded
    case 4: return .dropped
    case 5: return .withdrawn
    default:
      DamageNotes.note(.delivery, id.text)
      return .dead
    }
  }
}

extension NewDelivery {
  /// A placeholder for a delivery with a readable row but an unreadable message.
  fileprivate static func unreadable(_ id: DeliveryID, on channel: ChannelName, rank: Int) -> NewDelivery {
    let severity = Severity.known.first { $0.rank == rank } ?? .critical
    return NewDelivery(
      id: id,
      channel: channel,
      content: .alert(
        Alert(
          source: .belfry,
          id: "delivery/\(id.text)",
          severity: severity,
          category: "ledger_damaged",
          title: "A message in the ledger that cannot be read"
        )
      ),
      reason: "it cannot be read",
      route: "",
      severity: severity
    )
  }
}
