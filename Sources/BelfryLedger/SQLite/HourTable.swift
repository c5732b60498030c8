// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// Hourly counts: counters named `hour.`, then the hour's first second, then what is counted.
struct HourTable {
  private let db: Database

  /// How long an hour is kept.
  private static let retention = Duration.seconds(365 * 86_400)

  init(_ db: Database) { self.db = db }

  /// Adds to the counts of that hour; the first call for an hour deletes the expired ones.
  func add(_ hour: LedgerHour) throws {
    if hour.isEmpty { return }
    let upsert = try SQLStatement(
      db,
      """
      INSERT INTO counters (name, count) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET count = count + excluded.count
      RETURNING count
      """
    )
    for (kind, count) in [("fired", hour.fired), ("delivered", hour.delivered), ("dead", hour.dead)] where count > 0 {
      let name = Self.prefix(hour.start) + kind
      let total = try upsert.first(.text(name), .int(Int64(count))) { $0.count(0) }
      if total == count { try forget(before: hour.start - Self.retention) }
    }
  }

  /// The hours with events, from the one that contains `moment`.
  func list(since moment: Instant) throws -> [LedgerHour] {
    var hours: [LedgerHour] = []
    let select = try SQLStatement(
      db,
      "SELECT name, count FROM counters WHERE name >= ? AND name < 'hour/' ORDER BY name"
    )
    try select.forEach(.text(Self.prefix(LedgerHour(of: moment).start))) { columns in
      let parts = columns.text(0).split(separator: ".")
      guard parts.count == 3, let seconds = Int64(parts[1]) else {
        return DamageNotes.note(.counter, columns.text(0))
      }
      let start = Instant(seconds: seconds)
      if hours.last?.start != start { hours.append(LedgerHour(start: start)) }
      let count = columns.count(1)
      switch parts[2] {
      case "fired": hours[hours.endIndex - 1].fired = count
      case "delivered": hours[hours.endIndex - 1].delivered = count
      default: hours[hours.endIndex - 1].dead = count
      }
    }
    return hours
  }

  private func forget(before moment: Instant) throws {
    let delete = try SQLStatement(db, "DELETE FROM counters WHERE name >= 'hour.' AND name < ?")
    try delete.run(.text(Self.prefix(moment)))
  }

  /// The prefix of an hour's counter names, which sort in the order of time: eleven digits last until the year 5138.
  private static func prefix(_ start: Instant) -> String {
    let digits = String(max(0, start.microseconds / 1_000_000))
    return "hour." + String(repeating: "0", count: max(0, 11 - digits.count)) + digits + "."
  }
}
