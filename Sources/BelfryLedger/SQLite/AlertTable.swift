// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per alert: its content, and whether it is active.
///
/// An alert that only a decision or a list names has a row without a body.
struct AlertTable {
  /// An alert's row.
  struct Row {
    var id: Int64
    /// The number of decisions about it.
    var decided: Int
    /// When its own timer is due; nil if it is not set.
    var due: Instant?
    var record: AlertRecord?
  }

  private let db: Database
  private let insertion: SQLStatement
  private let change: SQLStatement
  private let count: SQLStatement
  private let moving: SQLStatement
  private let timer: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    insertion = try SQLStatement(
      db,
      "INSERT INTO alerts (key, standing, hash, decided, due, over_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
    )
    change = try SQLStatement(
      db,
      "UPDATE alerts SET standing = ?, hash = ?, decided = ?, due = ?, over_at = ?, body = ? WHERE id = ?"
    )
    count = try SQLStatement(
      db,
      "UPDATE alerts SET decided = ?, over_at = CASE WHEN over_at IS NULL THEN NULL ELSE ? END WHERE id = ?"
    )
    moving = try SQLStatement(db, "UPDATE alerts SET due = ?, body = ? WHERE id = ?")
    timer = try SQLStatement(db, "UPDATE alerts SET due = ? WHERE id = ?")
  }

  /// The rows of these alerts, read in chunks with one statement each.
  func rows(of keys: some Collection<AlertKey>) throws -> [AlertKey: Row] {
    var rows: [AlertKey: Row] = [:]
    rows.reserveCapacity(keys.count)
    try db.forEachChunk(
      of: keys.map(\.description),
      "SELECT key, id, decided, body, due FROM alerts WHERE key IN"
    ) { columns in
      guard let (key, row) = Self.read(columns) else { return }
      rows[key] = row
    }
    return rows
  }

  /// The alerts waiting in a list, in the order in which they joined.
  func waiting(in list: HoldID) throws -> [(key: AlertKey, row: Row)] {
    let select = try SQLStatement(
      db,
      """
      SELECT key, id, decided, body, due FROM lists JOIN alerts ON alerts.id = lists.alert
      WHERE list = ? ORDER BY joined
      """
    )
    var found: [(AlertKey, Row)] = []
    try select.forEach(.text(list.description)) { if let row = Self.read($0) { found.append(row) } }
    return found
  }

  /// When older decisions about these alerts were last removed.
  func pruned(_ keys: some Collection<AlertKey>) throws -> [AlertKey: Instant] {
    var found: [AlertKey: Instant] = [:]
    try db.forEachChunk(of: keys.map(\.description), "SELECT key, pruned_at FROM alerts WHERE key IN") { columns in
      if !columns.isNull(1), let key = Self.key(columns) { found[key] = columns.instant(1) }
    }
    return found
  }

  /// Inserts a row with its record in `body`, and returns its number.
  func insert(_ key: AlertKey, _ row: Row, body: SQLStatement.Value, at now: Instant) throws -> Int64 {
    try insertion.run(
      .text(key.description),
      .int(Int64(row.record?.standing.rawValue ?? 0)),
      Self.hash(row.record),
      .int(Int64(row.decided)),
      Self.moment(row.due),
      Self.over(row.record, at: now),
      body
    )
    return insertion.insertedID
  }

  /// Rewrites a whole row that has a record, with the record in `body`.
  func update(_ row: Row, body: SQLStatement.Value, at now: Instant) throws {
    try change.run(
      .int(Int64(row.record?.standing.rawValue ?? 0)),
      Self.hash(row.record),
      .int(Int64(row.decided)),
      Self.moment(row.due),
      Self.over(row.record, at: now),
      body,
      .int(row.id)
    )
  }

  func update(_ id: Int64, decided: Int, at now: Instant) throws {
    try count.run(.int(Int64(decided)), .int(now.microseconds), .int(id))
  }

  /// Sets the alert's own timer, or removes it for nil.
  func update(_ id: Int64, due: Instant?) throws { try timer.run(Self.moment(due), .int(id)) }

  /// The keys and content hashes of the active alerts, read from an index that contains only those.
  func active(besides source: SourceName?) throws -> [AlertKey: UInt64] {
    guard let source else { return try active("", []) }
    // The keys of one source lie between its name followed by a slash and its name followed by the next character.
    var hashes = try active("AND key < ?", [.text("\(source.name)/")])
    hashes.merge(try active("AND key >= ?", [.text("\(source.name)0")])) { $1 }
    return hashes
  }

  private func active(_ condition: String, _ values: [SQLStatement.Value]) throws -> [AlertKey: UInt64] {
    var hashes: [AlertKey: UInt64] = [:]
    let text = "SELECT key, hash FROM alerts INDEXED BY alerts_active WHERE standing > 0 \(condition)"
    try SQLStatement(db, text).forEach(values) { columns in
      if let key = Self.key(columns) { hashes[key] = UInt64(bitPattern: columns.int(1)) }
    }
    return hashes
  }

  /// A page of the records, by key.
  func records(after key: AlertKey?, activeOnly: Bool, limit: Int) throws -> [AlertRecord] {
    let select = try SQLStatement(db, activeOnly ? Self.activePage : Self.page)
    var found: [AlertRecord] = []
    // Without LIMIT: what cannot be read is passed over, and a page that holds only such rows is not the last one.
    var order = AscendingKeys(after: key?.description ?? "")
    try select.forEachWhile([.text(key?.description ?? "")]) { columns in
      try order.take(columns.text(0))
      if let record = Self.read(columns)?.1.record { found.append(record) }
      return found.count < limit
    }
    return found
  }

  private static let page = """
    SELECT key, id, decided, body, due FROM alerts INDEXED BY alerts_by_key
    WHERE key > ? AND key < x'' AND body IS NOT NULL ORDER BY key
    """

  /// The rows of each standing are in the order of their keys, and are merged: nothing that is over is read.
  private static let activePage =
    AlertRecord.Standing.allCases.filter { $0.rawValue > 0 }.map { standing in
      """
      SELECT key, id, decided, body, due FROM alerts INDEXED BY alerts_active
      WHERE standing > 0 AND standing = \(standing.rawValue) AND key > ?1 AND key < x''
      """
    }.joined(separator: " UNION ALL ") + " ORDER BY key"

  /// The sources of all alerts: each is found by one step in the index.
  func sources() throws -> [SourceName] {
    let select = try SQLStatement(
      db,
      "SELECT key FROM alerts INDEXED BY alerts_by_key WHERE key > ? AND key < x'' ORDER BY key LIMIT 1"
    )
    var found: [SourceName] = []
    var next = ""
    // In a damaged index, keys may come in any order.
    var order = AscendingKeys()
    while let text = try select.first(.text(next), body: { $0.text(0) }) {
      try order.take(text)
      guard let key = AlertKey(text: text) else {
        next = text
        continue
      }
      found.append(key.source)
      // The character after the slash that ends a source's name.
      next = "\(key.source.name)0"
    }
    return found
  }

  /// The keys of some alerts, in their order.
  func keys(activeOnly: Bool, limit: Int) throws -> [AlertKey] {
    let index = activeOnly ? "alerts_active WHERE standing > 0" : "alerts_by_key WHERE key > ''"
    let select = try SQLStatement(db, "SELECT key FROM alerts INDEXED BY \(index) LIMIT ?")
    var found: [AlertKey] = []
    try select.forEach(.int(Int64(limit))) { if let key = Self.key($0) { found.append(key) } }
    return found.sorted { $0.description.utf8.lexicographicallyPrecedes($1.description.utf8) }
  }

  /// A page of the evidence about alerts, by key, without their lists.
  func facts(after key: AlertKey?, limit: Int) throws -> [AccountingFacts.Facts] {
    let select = try SQLStatement(
      db,
      "SELECT key, id, decided, body, due, standing FROM alerts WHERE key > ? AND key < x'' ORDER BY key"
    )
    var found: [AccountingFacts.Facts] = []
    var order = AscendingKeys(after: key?.description ?? "")
    try select.forEachWhile([.text(key?.description ?? "")]) { columns in
      try order.take(columns.text(0))
      if let (key, row) = Self.read(columns) {
        found.append(AccountingFacts.Facts(key: key, record: row.record, isCounted: columns.int(5) > 0))
      }
      return found.count < limit
    }
    return found
  }

  /// Shifts alerts' own times by a step of the clock.
  func follow(_ step: ClockStep, _ longest: LongestWaits, in transaction: SQLiteTransaction) throws {
    let select = try SQLStatement(
      db,
      """
      SELECT key, id, decided, body, due FROM alerts
      WHERE body IS NOT NULL AND (due IS NOT NULL OR id IN (SELECT alert FROM lists))
      """
    )
    var moved: [Row] = []
    try select.forEach { columns in
      guard var row = Self.read(columns)?.1, let record = row.record else { return }
      let following = record.following(step, longest, due: row.due)
      guard following.record != record || following.due != row.due else { return }
      (row.record, row.due) = following
      moved.append(row)
    }
    for row in moved {
      let body = row.record.map { transaction.json($0.encode) } ?? .null
      try moving.run(Self.moment(row.due), body, .int(row.id))
    }
  }

  /// Reads a row; without its record if that is unreadable, as if the alert were unknown; nil if even its key is
  /// unreadable.
  static func read(_ columns: SQLStatement.Row) -> (AlertKey, Row)? {
    guard let key = key(columns) else { return nil }
    var row = Row(
      id: columns.int(1),
      decided: columns.count(2),
      due: columns.isNull(4) ? nil : columns.instant(4)
    )
    if !columns.isNull(3) {
      // Paging continues after the record's key, which must equal the row's.
      if let record = AlertRecord(stored: columns.utf8(3)), record.alert.key == key {
        row.record = record
      } else {
        DamageNotes.note(.alert, key.description)
      }
    }
    return (key, row)
  }

  private static func key(_ columns: SQLStatement.Row) -> AlertKey? {
    let text = columns.buffer(0)
    // A source's name contains no slash.
    guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else {
      DamageNotes.note(.alert, columns.text(0))
      return nil
    }
    return AlertKey(
      source: SourceName(String(decoding: text[..<slash], as: UTF8.self)),
      id: String(decoding: text[(slash + 1)...], as: UTF8.self)
    )
  }

  private static func moment(_ due: Instant?) -> SQLStatement.Value { due.map { .int($0.microseconds) } ?? .null }

  /// Since when nothing about it is in force; null while it is active.
  private static func over(_ record: AlertRecord?, at now: Instant) -> SQLStatement.Value {
    record?.isActive == true ? .null : .int(now.microseconds)
  }

  private static func hash(_ record: AlertRecord?) -> SQLStatement.Value {
    record.map { .int(Int64(bitPattern: $0.alert.contentHash)) } ?? .null
  }
}
