// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row an open cooldown.
struct WindowTable {
  private let db: Database
  private let upsert: SQLStatement
  private let deletion: SQLStatement

  init(_ db: Database) throws {
    self.db = db
    upsert = try SQLStatement(
      db,
      """
      INSERT INTO windows (key, until, severity, ended) VALUES (?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET until = excluded.until, severity = excluded.severity, ended = excluded.ended
      """
    )
    deletion = try SQLStatement(db, "DELETE FROM windows WHERE key = ?")
  }

  func windows(_ keys: Set<WindowKey>) throws -> [WindowKey: CooldownWindow] {
    var windows: [WindowKey: CooldownWindow] = [:]
    try db.forEachChunk(
      of: keys.map(\.text),
      "SELECT key, until, severity, ended FROM windows WHERE key IN"
    ) { columns in
      windows[WindowKey(columns.text(0))] = CooldownWindow(
        until: columns.instant(1),
        severity: Severity(columns.text(2)),
        ended: Int(columns.int(3))
      )
    }
    return windows
  }

  /// Sets the window, or removes it.
  func set(_ window: CooldownWindow?, for key: WindowKey) throws {
    guard let window else { return try deletion.run(.text(key.text)) }
    try upsert.run(
      .text(key.text),
      .int(window.until.microseconds),
      .text(window.severity.name),
      .int(Int64(window.ended))
    )
  }
}
