// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row for each attempt that was settled: whether its row is known to be in the audit log.
struct AuditTable {
  private let db: Database
  private let insertion: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    insertion = try SQLStatement(
      db,
      "INSERT INTO audits (delivery, attempt, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    )
  }

  func insert(_ attempt: DeliveryAttempt, at now: Instant) throws {
    try insertion.run(.text(attempt.delivery.text), .int(Int64(attempt.number)), .int(now.microseconds))
  }

  /// Notes that these attempts have their rows in the log.
  func note(_ attempts: [DeliveryAttempt]) throws {
    let update = try SQLStatement(db, "UPDATE audits SET is_written = 1 WHERE delivery = ? AND attempt = ?")
    for attempt in attempts { try update.run(.text(attempt.delivery.text), .int(Int64(attempt.number))) }
  }
}

/// Reads what is known of the rows of settled attempts.
struct AuditQueries {
  let db: Database

  private static let columns = """
    SELECT number, delivery, attempt, at, EXISTS (SELECT 1 FROM deliveries WHERE id = delivery) FROM audits
    """

  /// Attempts that may lack their row in the audit log, earliest first.
  func unwritten(limit: Int) throws -> [AuditedAttempt] {
    var found: [AuditedAttempt] = []
    let select = try SQLStatement(
      db,
      "\(Self.columns) INDEXED BY audits_unwritten WHERE is_written = 0 ORDER BY number LIMIT ?"
    )
    try select.forEach(.int(Int64(limit))) { found.append(Self.read($0)) }
    return found
  }

  /// The numbers of the attempts that have their row.
  func written() throws -> RangeSet<Int> {
    var numbers: [Range<Int>] = []
    let select = try SQLStatement(db, "SELECT number FROM audits WHERE is_written = 1 ORDER BY number")
    try select.forEach { columns in
      let number = columns.count(0)
      if let last = numbers.last, last.upperBound == number {
        numbers[numbers.count - 1] = last.lowerBound..<number + 1
      } else {
        numbers.append(number..<number + 1)
      }
    }
    return RangeSet(numbers)
  }

  /// What is known of these attempts; one that the ledger never settled is left out.
  func list(_ attempts: [DeliveryAttempt]) throws -> [DeliveryAttempt: AuditedAttempt] {
    let select = try SQLStatement(db, "\(Self.columns) WHERE delivery = ? AND attempt = ?")
    return try attempts.reduce(into: [:]) { found, attempt in
      found[attempt] = try select.first(.text(attempt.delivery.text), .int(Int64(attempt.number)), body: Self.read)
    }
  }

  func last() throws -> Int {
    try SQLStatement(db, "SELECT number FROM audits ORDER BY number DESC LIMIT 1").first { $0.count(0) } ?? 0
  }

  /// The messages that arrived, whole and by these attempts.
  func delivered(after number: Int, limit: Int) throws -> DeliveredPage {
    let select = try SQLStatement(
      db,
      """
      SELECT number, delivery, at,
        EXISTS (SELECT 1 FROM deliveries WHERE id = delivery AND status = 1 AND attempts = audits.attempt)
          AND NOT EXISTS (SELECT 1 FROM attempts WHERE delivery = audits.delivery AND number = audits.attempt)
      FROM audits WHERE number > ? ORDER BY number LIMIT ?
      """
    )
    var page = DeliveredPage(last: number)
    var arrived: [(id: DeliveryID, at: Instant)] = []
    try select.forEach(.int(Int64(number)), .int(Int64(limit))) { columns in
      page.last = columns.count(0)
      if columns.int(3) == 1 { arrived.append((DeliveryID(columns.text(1)), columns.instant(2))) }
    }
    let records = try DeliveryQueries(db: db).records(of: Set(arrived.map(\.id)))
    let known = Dictionary(records.map { ($0.delivery.id, $0) }) { $1 }
    page.deliveries = arrived.compactMap { one in known[one.id].map { .init(at: one.at, record: $0) } }
    return page
  }

  func attempt(_ number: Int) throws -> AuditedAttempt? {
    try SQLStatement(db, "\(Self.columns) WHERE number = ?").first(.int(Int64(number)), body: Self.read)
  }

  private static func read(_ columns: SQLStatement.Row) -> AuditedAttempt {
    AuditedAttempt(
      number: columns.count(0),
      attempt: DeliveryAttempt(delivery: DeliveryID(columns.text(1)), number: columns.count(2)),
      at: columns.instant(3),
      hasDelivery: columns.int(4) == 1
    )
  }
}
