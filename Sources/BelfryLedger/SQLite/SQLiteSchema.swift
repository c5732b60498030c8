// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// The tables, and how a file gets from one version of them to the next.
///
/// Moments are microseconds since 1970, UTC. Times of waiting, of retrying and of leasing are one column, `visible_at`: what
/// a dead process had leased comes back by itself.
enum SQLiteSchema {
  /// What marks a file as a ledger of ours, in its header: "Blfy".
  static let applicationID: Int32 = 0x426C_6679
  static let version = 1

  /// Brings the file up to `version`, inside the caller's transaction.
  static func migrate(_ db: Database, from old: Int) throws {
    if old < 1 { try db.execute(sql: first) }
    try db.execute(sql: "PRAGMA user_version = \(version)")
  }

  private static let first = """
    CREATE TABLE alerts (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,               -- source/id
      active INTEGER NOT NULL,
      hash INTEGER,                    -- of the content
      decided INTEGER NOT NULL,        -- how many decisions were made about it
      body TEXT                        -- NULL: only a decision or a list names it
    );
    CREATE INDEX alerts_by_key ON alerts (key, active, hash);

    CREATE TABLE deliveries (
      id TEXT NOT NULL PRIMARY KEY,
      channel TEXT NOT NULL,
      rank INTEGER NOT NULL,           -- of the severity, 0 the worst
      status INTEGER NOT NULL,         -- 0 pending, 1 delivered, 2 dead
      visible_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      settled_at INTEGER,
      attempts INTEGER NOT NULL,
      token INTEGER NOT NULL,          -- proves a lease; grows with every lease and every settlement, odd while leased
      reason TEXT,                     -- of the last attempt that failed
      receipt TEXT
    ) WITHOUT ROWID;
    -- Apart, because it never changes: leasing and settling write small rows, and counting reads no bodies.
    CREATE TABLE bodies (
      delivery TEXT NOT NULL PRIMARY KEY,
      body TEXT NOT NULL
    ) WITHOUT ROWID;
    -- The status is in it, though always 0, so that no row has to be read for it.
    CREATE INDEX deliveries_pending ON deliveries (status, channel, rank, visible_at) WHERE status = 0;
    CREATE INDEX deliveries_dead ON deliveries (settled_at) WHERE status = 2;

    CREATE TABLE decisions (
      alert INTEGER NOT NULL,
      number INTEGER NOT NULL,         -- counted from 1 for each alert
      at INTEGER NOT NULL,
      severity TEXT NOT NULL,
      outcome TEXT NOT NULL,           -- notify, hold, suppress
      channels TEXT,                   -- of notify: a JSON list
      until INTEGER,                   -- of hold
      reason TEXT NOT NULL,
      rule TEXT NOT NULL,
      line INTEGER NOT NULL,
      PRIMARY KEY (alert, number)
    ) WITHOUT ROWID;

    CREATE TABLE windows (
      key TEXT NOT NULL PRIMARY KEY,
      until INTEGER NOT NULL,
      severity TEXT NOT NULL,
      ended INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE lists (
      joined INTEGER PRIMARY KEY,      -- the order of joining
      list TEXT NOT NULL,
      alert INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX lists_by_alert ON lists (list, alert);

    CREATE TABLE timers (
      key TEXT NOT NULL PRIMARY KEY,
      due INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX timers_by_due ON timers (due);
    """
}
