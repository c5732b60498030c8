// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// Removes a batch of rows inside the caller's transaction.
struct PruneTable {
  let db: Database
  let channels: ChannelTable

  struct Result: Sendable {
    var removed = PruneStep.Removed()
    /// Whether the batch was too large, so that its rest needs another one from the same place.
    var isCutShort = false
  }

  /// Removes what was found, and at most `limit` decisions with alerts; rows that changed since are kept.
  func remove(_ found: PruneQueries.Found, before cutoff: Instant, limit: Int, at now: Instant) throws -> Result {
    var result = Result()
    switch found {
    case .alerts(let alerts): try remove(alerts, limit, at: now, &result)
    case .deliveries(let ids): result.removed.deliveries = try remove(deliveries: ids, before: cutoff)
    case .decisions(let decisions): result.removed.decisions = try remove(decisions, at: now)
    case .investigations(let last):
      result.removed.investigations = try run("DELETE FROM investigations WHERE id <= ?", .int(last))
    case .silences(let silences):
      for silence in silences {
        result.removed.silences += try run(
          "DELETE FROM silences WHERE id = ? AND until = ?",
          .text(silence.id),
          .int(silence.until)
        )
      }
    case .holds(let holds):
      for hold in holds {
        result.removed.holds += try run(
          """
          DELETE FROM entries WHERE key = ?1 AND body = ?2 AND NOT EXISTS (SELECT 1 FROM timers WHERE key = ?1)
            AND NOT EXISTS (SELECT 1 FROM lists WHERE list = ?1)
          """,
          .text(hold.key),
          .utf8(hold.body)
        )
      }
    case .audits(let last):
      try noteRemoval(before: cutoff)
      result.removed.audits = try run("DELETE FROM audits WHERE number <= ?", .int(last))
    case .pages(let count):
      try giveBack(count)
      result.removed.pages = count
    }
    return result
  }

  /// Gives free pages back to the file system.
  func giveBack(_ pages: Int) throws { try SQLStatement(db, "PRAGMA incremental_vacuum(\(pages))").run() }

  /// Notes that attempts from before this moment may be unknown, so that nobody takes their audit rows for forged ones.
  private func noteRemoval(before cutoff: Instant) throws {
    let counters = RetentionCounters(db: db)
    let known = try counters.value(.prunedBefore) ?? 0
    if cutoff.microseconds > known { try counters.set(.prunedBefore, cutoff.microseconds) }
  }

  /// Removes each alert after its decisions, and stops once it has removed `limit` of those.
  private func remove(
    _ alerts: [(id: Int64, overAt: Int64)],
    _ limit: Int,
    at now: Instant,
    _ result: inout Result
  ) throws {
    let unchanged = try SQLStatement(
      db,
      "SELECT 1 FROM alerts WHERE id = ? AND over_at = ? AND standing = 0 AND due IS NULL"
    )
    let rest = try SQLStatement(db, "SELECT 1 FROM decisions WHERE alert = ? LIMIT 1")
    for alert in alerts {
      guard try unchanged.first(.int(alert.id), .int(alert.overAt), body: { _ in true }) != nil else { continue }
      let room = limit - result.removed.decisions
      result.isCutShort = room <= 0
      if result.isCutShort { return }
      result.removed.decisions += try run(
        "DELETE FROM decisions WHERE id IN (SELECT id FROM decisions WHERE alert = ? ORDER BY number LIMIT ?)",
        .int(alert.id),
        .int(Int64(room))
      )
      if try rest.first(.int(alert.id), body: { _ in true }) != nil {
        _ = try run("UPDATE alerts SET pruned_at = ? WHERE id = ?", .int(now.microseconds), .int(alert.id))
        result.isCutShort = true
        return
      }
      result.removed.alerts += try run("DELETE FROM alerts WHERE id = ?", .int(alert.id))
    }
  }

  private func remove(deliveries ids: [String], before cutoff: Instant) throws -> Int {
    let delete = try SQLStatement(
      db,
      "DELETE FROM deliveries WHERE id = ? AND status IN (1, 3, 4, 5) AND settled_at < ? RETURNING channel, status"
    )
    try noteRemoval(before: cutoff)
    var gone: [ChannelName: ChannelTotals] = [:]
    var count = 0
    for id in ids {
      let row = try delete.first(.text(id), .int(cutoff.microseconds)) { (ChannelName($0.text(0)), $0.int(1)) }
      guard let (channel, status) = row else { continue }
      _ = try run("DELETE FROM bodies WHERE delivery = ?", .text(id))
      _ = try run("DELETE FROM attempts WHERE delivery = ?", .text(id))
      count += 1
      switch status {
      case 1: gone[channel, default: ChannelTotals()].delivered += 1
      case 3: gone[channel, default: ChannelTotals()].forwarded += 1
      case 4: gone[channel, default: ChannelTotals()].dropped += 1
      default: gone[channel, default: ChannelTotals()].withdrawn += 1
      }
    }
    try channels.notePruned(gone)
    return count
  }

  private func remove(_ decisions: [(id: Int64, alert: Int64)], at now: Instant) throws -> Int {
    var count = 0
    for decision in decisions { count += try run("DELETE FROM decisions WHERE id = ?", .int(decision.id)) }
    for alert in Set(decisions.map(\.alert)) {
      _ = try run("UPDATE alerts SET pruned_at = ? WHERE id = ?", .int(now.microseconds), .int(alert))
    }
    return count
  }

  /// Runs a statement, and returns how many rows it changed.
  private func run(_ sql: String, _ values: SQLStatement.Value...) throws -> Int {
    try SQLStatement(db, sql).run(values)
    return db.changesCount
  }
}

/// What is known of removed rows and of the ledger's size: counters named `retention.`.
struct RetentionCounters {
  let db: Database

  struct Name: Hashable {
    let text: String
    static let prunedBefore = Name(text: "retention.pruned_before")
    static let prunedAt = Name(text: "retention.pruned_at")
    static let countedAt = Name(text: "retention.counted_at")
    static func rows(_ rows: LedgerSize.Rows) -> Name { Name(text: "retention.rows.\(rows.rawValue)") }
  }

  func set(_ name: Name, _ count: Int64) throws {
    try SQLStatement(
      db,
      "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = max(0, excluded.count)"
    ).run(.text(name.text), .int(count))
  }

  func value(_ name: Name) throws -> Int64? {
    try SQLStatement(db, "SELECT count FROM counters WHERE name = ?").first(.text(name.text)) { $0.int(0) }
  }
}
