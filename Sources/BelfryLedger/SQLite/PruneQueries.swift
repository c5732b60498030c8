// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// Finds the rows that the next batch removes, on a connection that holds up no writer.
///
/// What is found here stays removable: an old delivery that no alert names is never named again, and the removal checks
/// the rest once more.
struct PruneQueries {
  let db: Database

  /// Rows to remove, all of one stage.
  enum Found: Sendable {
    /// Alerts, each with the time at which it was last written.
    case alerts([(id: Int64, overAt: Int64)])
    case deliveries([String])
    case decisions([(id: Int64, alert: Int64)])
    /// All numbers up to this one.
    case investigations(Int64)
    case silences([(id: String, until: Int64)])
    /// Holds, each with what it remembers.
    case holds([(key: String, body: [UInt8])])
    /// All numbers up to this one.
    case audits(Int64)
    case pages(Int)
  }

  struct Batch: Sendable {
    /// Nil if none of the examined rows may be removed.
    var found: Found?
    /// Where the next batch continues.
    var next: PruneCursor?
  }

  /// Examines up to `limit` rows after the cursor.
  func batch(at cursor: PruneCursor, limit: Int) throws -> Batch {
    var pass = Pass(cursor: cursor, limit: limit)
    let found: Found?
    switch cursor.stage {
    case .alerts: found = try alerts(&pass)
    case .deliveries: found = try deliveries(&pass)
    case .decisions: found = try decisions(&pass)
    case .investigations: found = try investigations(&pass)
    case .silences: found = try silences(&pass)
    case .holds: found = try holds(&pass)
    case .audits: found = try audits(&pass)
    case .space: found = try pages()
    }
    if case .pages = found { return Batch(found: found, next: cursor) }
    return Batch(found: found, next: pass.next)
  }

  /// The rows examined in one batch.
  private struct Pass {
    private(set) var cursor: PruneCursor
    let limit: Int
    private(set) var count = 0

    init(cursor: PruneCursor, limit: Int) {
      self.cursor = cursor
      self.limit = limit
    }

    /// - Returns: Whether there is room for more rows.
    mutating func take(at moment: Int64 = 0, number: Int64 = 0, name: String = "") -> Bool {
      cursor.last = (Instant(microseconds: moment), number, name)
      count += 1
      return count < limit
    }

    /// A batch that is not full reached the end of its stage.
    var next: PruneCursor? { count < limit ? cursor.nextStage : cursor }
  }

  private func alerts(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(
      db,
      """
      SELECT key, id, decided, body, due, over_at FROM alerts INDEXED BY alerts_over
      WHERE over_at IS NOT NULL AND (over_at, id) > (?, ?) AND over_at < ? ORDER BY over_at, id
      """
    )
    var over: [(row: AlertTable.Row, isKept: Bool, at: Int64)] = []
    let last = pass.cursor.last
    let values: [SQLStatement.Value] = [
      .int(last?.at.microseconds ?? .min), .int(last?.number ?? 0), .int(pass.cursor.cutoff.microseconds),
    ]
    try select.forEachWhile(values) { columns in
      let row = AlertTable.read(columns)?.1
      // One that cannot be read may wait somewhere.
      let isKept = row == nil || row?.due != nil || (row?.record == nil && !columns.isNull(3))
      if let row { over.append((row, isKept, columns.int(5))) }
      return pass.take(at: columns.int(5), number: columns.int(1))
    }
    let removable = try over.filter { one in
      guard !one.isKept else { return false }
      return try one.row.record?.isOver { try end(of: $0) } ?? true
    }
    return removable.isEmpty ? nil : .alerts(removable.map { ($0.row.id, $0.at) })
  }

  /// The status at the end of a chain of deliveries; nil if one does not exist.
  private func end(of id: DeliveryID) throws -> DeliveryRecord.Status? {
    let select = try SQLStatement(db, "SELECT status, successor FROM deliveries WHERE id = ?")
    var next: String? = id.text
    var status: DeliveryRecord.Status?
    var seen: Set<String> = []
    while let id = next, seen.insert(id).inserted {
      let row = try select.first(.text(id)) { ($0.int(0), $0.isNull(1) ? nil : $0.text(1)) }
      guard let row else { return nil }
      status = DeliveryQueries.status(row.0, of: DeliveryID(id))
      next = row.1
    }
    return status
  }

  private func deliveries(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(
      db,
      "SELECT id, channel, status, created_at, settled_at FROM deliveries WHERE id > ? ORDER BY id"
    )
    let cutoff = pass.cursor.cutoff.microseconds
    var finished: [(id: String, channel: String)] = []
    try select.forEachWhile([.text(pass.cursor.last?.name ?? "")]) { columns in
      // IDs are in the order of creation.
      guard columns.int(3) < cutoff else { return false }
      let isFinished = [1, 3, 4, 5].contains(columns.int(2)) && !columns.isNull(4) && columns.int(4) < cutoff
      if isFinished { finished.append((columns.text(0), columns.text(1))) }
      return pass.take(name: columns.text(0))
    }
    var named = NamedDeliveries(db: db)
    let removable = try finished.filter { try !named.contain($0.id, $0.channel) }
    return removable.isEmpty ? nil : .deliveries(removable.map(\.id))
  }

  private func decisions(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(db, "SELECT id, alert, at FROM decisions WHERE id > ? ORDER BY id")
    let cutoff = pass.cursor.cutoff.microseconds
    var old: [(id: Int64, alert: Int64, at: Int64)] = []
    try select.forEachWhile([.int(pass.cursor.last?.number ?? .min)]) { columns in
      guard columns.int(2) < cutoff else { return false }
      old.append((columns.int(0), columns.int(1), columns.int(2)))
      return pass.take(number: columns.int(0))
    }
    var firsts: [Int64: Int64] = [:]
    for alert in Set(old.map(\.alert)) { firsts[alert] = try firstKept(about: alert) }
    let removable = old.filter { $0.at < firsts[$0.alert] ?? .max }
    return removable.isEmpty ? nil : .decisions(removable.map { ($0.id, $0.alert) })
  }

  /// When the alert fired last: decisions from then on are kept as long as the alert; nil if none are.
  private func firstKept(about alert: Int64) throws -> Int64? {
    let select = try SQLStatement(db, "SELECT key, id, decided, body, due FROM alerts WHERE id = ?")
    let row = try select.first(.int(alert)) { ($0.isNull(3), AlertTable.read($0)?.1) }
    guard let (isBare, row) = row, !isBare else { return nil }
    return row?.record?.firedAt.microseconds ?? .min
  }

  private func investigations(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(db, "SELECT id, at FROM investigations WHERE id > ? ORDER BY id")
    let cutoff = pass.cursor.cutoff.microseconds
    var last: Int64?
    try select.forEachWhile([.int(pass.cursor.last?.number ?? .min)]) { columns in
      guard columns.int(1) < cutoff else { return false }
      last = columns.int(0)
      return pass.take(number: columns.int(0))
    }
    return last.map { .investigations($0) }
  }

  private func silences(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(
      db,
      """
      SELECT until, id, EXISTS (SELECT 1 FROM lists WHERE list = 'silence:' || silences.id)
      FROM silences INDEXED BY silences_by_end WHERE (until, id) > (?, ?) AND until < ? ORDER BY until, id
      """
    )
    let last = pass.cursor.last
    let values: [SQLStatement.Value] = [
      .int(last?.at.microseconds ?? .min), .text(last?.name ?? ""), .int(pass.cursor.cutoff.microseconds),
    ]
    var over: [(id: String, until: Int64)] = []
    try select.forEachWhile(values) { columns in
      if columns.int(2) == 0 { over.append((columns.text(1), columns.int(0))) }
      return pass.take(at: columns.int(0), name: columns.text(1))
    }
    guard !over.isEmpty else { return nil }
    let dropping = try silencesThatDropped()
    let removable = over.filter { !dropping.contains(SilenceID($0.id)) }
    return removable.isEmpty ? nil : .silences(removable)
  }

  /// The silences by which nobody is notified of an active alert.
  private func silencesThatDropped() throws -> Set<SilenceID> {
    var found: Set<SilenceID> = []
    let select = try SQLStatement(
      db,
      """
      SELECT key, id, decided, body, due FROM alerts INDEXED BY alerts_active
      WHERE standing > 0 AND instr(body, '"silence ') > 0
      """
    )
    try select.forEach { columns in
      if let silence = AlertTable.read(columns)?.1.record?.dropped?.silence { found.insert(silence) }
    }
    return found
  }

  private func holds(_ pass: inout Pass) throws -> Found? {
    let select = try SQLStatement(
      db,
      """
      SELECT key, body, EXISTS (SELECT 1 FROM timers WHERE timers.key = entries.key)
        OR EXISTS (SELECT 1 FROM lists WHERE list = entries.key)
      FROM entries WHERE key > ? ORDER BY key
      """
    )
    let cutoff = pass.cursor.cutoff
    var over: [(key: String, body: [UInt8])] = []
    try select.forEachWhile([.text(pass.cursor.last?.name ?? "")]) { columns in
      let (key, body) = (columns.text(0), columns.utf8(1))
      if columns.int(2) == 0, HoldState(stored: body)?.isOver(at: cutoff) == true { over.append((key, body)) }
      return pass.take(name: key)
    }
    return over.isEmpty ? nil : .holds(over)
  }

  private func audits(_ pass: inout Pass) throws -> Found? {
    // The last number stays: the next one is counted from it. Without its delivery, an attempt's row cannot be written.
    let select = try SQLStatement(
      db,
      """
      SELECT number, at, is_written = 1 OR NOT EXISTS (SELECT 1 FROM deliveries WHERE id = delivery) FROM audits
      WHERE number > ? AND number < (SELECT max(number) FROM audits) ORDER BY number
      """
    )
    let cutoff = pass.cursor.cutoff.microseconds
    var last: Int64?
    try select.forEachWhile([.int(pass.cursor.last?.number ?? .min)]) { columns in
      // Only from the front: a number is known to be removed by being below the first one.
      guard columns.int(1) < cutoff, columns.int(2) == 1 else { return false }
      last = columns.int(0)
      return pass.take(number: columns.int(0))
    }
    return last.map { .audits($0) }
  }

  /// A few pages, if many are free: the rest is for rows to come.
  private func pages() throws -> Found? {
    guard try Int.fetchOne(db, sql: "PRAGMA auto_vacuum") == 2 else { return nil }
    let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    let all = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let surplus = free - max(1_000, all / 4)
    return surplus > 0 ? .pages(min(surplus, 64)) : nil
  }
}

/// The deliveries that alerts name, and their successors.
private struct NamedDeliveries {
  let db: Database
  private var known: [AlertKey: Set<String>] = [:]

  init(db: Database) { self.db = db }

  /// Whether one of the alerts in a delivery names it; true if its message is unreadable.
  mutating func contain(_ id: String, _ channel: String) throws -> Bool {
    let body = try SQLStatement(db, "SELECT body FROM bodies WHERE delivery = ?").first(.text(id)) { $0.utf8(0) }
    guard let body else { return false }
    guard let delivery = DeliveryTable.delivery(DeliveryID(id), channel, body) else { return true }
    let keys = delivery.content.alerts.map(\.key)
    try read(keys.filter { known[$0] == nil })
    return keys.contains { known[$0]?.contains(id) == true }
  }

  private mutating func read(_ keys: [AlertKey]) throws {
    let rows = try AlertTable(db).rows(of: keys)
    for key in keys {
      let named = rows[key]?.record.map { $0.notified.flatMap(\.deliveries) } ?? []
      known[key] = try chains(from: named.map(\.text))
    }
  }

  private func chains(from ids: [String]) throws -> Set<String> {
    let select = try SQLStatement(db, "SELECT successor FROM deliveries WHERE id = ? AND successor IS NOT NULL")
    var open = ids
    var found: Set<String> = []
    while let id = open.popLast() {
      guard found.insert(id).inserted, let next = try select.first(.text(id), body: { $0.text(0) }) else { continue }
      open.append(next)
    }
    return found
  }
}
