// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per delivery and earlier one for which it waits.
struct OrderTable: DeliveryOrder {
  private let db: Database
  private let earlier: SQLStatement
  private let later: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    earlier = try SQLStatement(db, "SELECT earlier FROM predecessors WHERE delivery = ? ORDER BY earlier")
    later = try SQLStatement(
      db,
      "SELECT delivery FROM predecessors INDEXED BY predecessors_earlier WHERE earlier = ? ORDER BY delivery"
    )
  }

  func progress(of id: DeliveryID) throws -> DeliveryProgress? {
    let select = try SQLStatement(
      db,
      "SELECT status, token, receipt IS NOT NULL, memory, reason, successor FROM deliveries WHERE id = ?"
    )
    return try select.first(.text(id.text)) { columns in
      let status = DeliveryQueries.status(columns.int(0), of: id)
      let memory = columns.isNull(3) ? AttemptMemory() : DeliveryTable.memory(columns.utf8(3), of: id)
      let reason = columns.isNull(4) ? nil : Verdict.Reason(columns.utf8(4), or: Damage(.delivery, id.text))
      return DeliveryProgress(
        status: status,
        isLeased: columns.int(1) % 2 == 1,
        mayHaveArrived: status == .delivered || columns.int(2) != 0 || !memory.isCertain
          || reason?.outcome == .ambiguous,
        successor: columns.isNull(5) ? nil : DeliveryID(columns.text(5))
      )
    }
  }

  func message(of id: DeliveryID) throws -> NewDelivery? {
    let select = try SQLStatement(
      db,
      "SELECT channel, body FROM deliveries JOIN bodies ON delivery = id WHERE id = ?"
    )
    return try select.first(.text(id.text)) { DeliveryTable.delivery(id, $0.text(0), $0.utf8(1)) } ?? nil
  }

  func isActive(_ alert: AlertKey) throws -> Bool? {
    let select = try SQLStatement(db, "SELECT standing > 0 FROM alerts WHERE key = ? AND body IS NOT NULL")
    return try select.first(.text(alert.description)) { $0.int(0) != 0 }
  }

  func record(of alert: AlertKey) throws -> AlertRecord? { try AlertTable(db).rows(of: [alert])[alert]?.record }

  func waits(of id: DeliveryID) throws -> [DeliveryID] {
    var found: [DeliveryID] = []
    try earlier.forEach(.text(id.text)) { found.append(DeliveryID($0.text(0))) }
    return found
  }

  func followers(of id: DeliveryID) throws -> [DeliveryID] {
    var found: [DeliveryID] = []
    try later.forEach(.text(id.text)) { found.append(DeliveryID($0.text(0))) }
    return found
  }

  func wait(_ id: DeliveryID, for earlier: DeliveryID) throws {
    try SQLStatement(db, "INSERT OR IGNORE INTO predecessors VALUES (?, ?)").run(.text(id.text), .text(earlier.text))
  }

  func endWaits(for earlier: DeliveryID) throws {
    try SQLStatement(db, "DELETE FROM predecessors WHERE earlier = ?").run(.text(earlier.text))
  }

  func endWaits(of id: DeliveryID) throws {
    try SQLStatement(db, "DELETE FROM predecessors WHERE delivery = ?").run(.text(id.text))
  }

  func makeDue(_ id: DeliveryID, at now: Instant) throws {
    let update = try SQLStatement(
      db,
      "UPDATE deliveries SET status = 0, visible_at = min(created_at, ?) WHERE id = ? AND status = 6"
    )
    try update.run(.int(now.microseconds), .text(id.text))
  }

  func withdraw(_ id: DeliveryID, because reason: Verdict.Reason, at now: Instant) throws {
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries SET status = 5, settled_at = ?, reason = ? WHERE id = ? AND status IN (0, 6) RETURNING channel
      """
    )
    let channel = try update.first(.int(now.microseconds), .utf8(reason.stored), .text(id.text)) {
      ChannelName($0.text(0))
    }
    if let channel { try ChannelTable(db: db).add([channel: ChannelTotals(withdrawn: 1)]) }
  }

  /// The deliveries on a channel with at least this rank that wait only for less severe ones.
  func waitingForLess(on channel: ChannelName, rank: Int) throws -> [DeliveryID] {
    let select = try SQLStatement(
      db,
      """
      SELECT id FROM deliveries INDEXED BY deliveries_waiting WHERE status = 6 AND channel = ?1 AND rank <= ?2
        AND NOT EXISTS (
          SELECT 1 FROM predecessors AS p JOIN deliveries AS e ON e.id = p.earlier
          WHERE p.delivery = deliveries.id AND e.rank <= ?2
        )
      """
    )
    var found: [DeliveryID] = []
    try select.forEach(.text(channel.name), .int(Int64(rank))) { found.append(DeliveryID($0.text(0))) }
    return found
  }

  /// Makes due what waits for a delivery that is gone or has ended, as after damage.
  func heal(at now: Instant) throws {
    try SQLStatement(
      db,
      """
      DELETE FROM predecessors
      WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE id = earlier AND status IN (0, 6))
      """
    ).run()
    let update = try SQLStatement(
      db,
      """
      UPDATE deliveries INDEXED BY deliveries_waiting SET status = 0, visible_at = min(created_at, ?)
      WHERE status = 6 AND NOT EXISTS (SELECT 1 FROM predecessors WHERE delivery = id)
      """
    )
    try update.run(.int(now.microseconds))
  }
}

extension Verdict.Reason {
  /// Its stored form.
  var stored: [UInt8] {
    var writer = JSONWriter()
    encode(into: &writer)
    return writer.bytes
  }
}
