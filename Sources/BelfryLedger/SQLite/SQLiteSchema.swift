// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// The tables, and the upgrades from one version to the next.
///
/// Times are microseconds since 1970, UTC. Waiting, retrying and leasing share one column, `visible_at`: what a dead
/// process had leased becomes due by itself.
enum SQLiteSchema {
  /// Marks a file as a Belfry ledger in its header: "Blfy".
  static let applicationID: Int32 = 0x426C_6679
  static let version = 8

  /// Upgrades the file to `version`, inside the caller's transaction.
  static func migrate(_ db: Database, from old: Int) throws {
    if old == 1 { try db.execute(sql: withoutFirst) }
    if old < 2 { try db.execute(sql: tables) }
    if old < 3 { try db.execute(sql: sources) }
    if old < 4 { try db.execute(sql: mending) }
    if old < 5 { try db.execute(sql: configurations) }
    if old < 6 { try db.execute(sql: marks) }
    if old < 7 {
      try db.execute(sql: alertTimers)
      try TimerTable.carryOver(db)
      try db.execute(sql: channels)
      try ChannelTable(db: db).fill()
    }
    // Version 8 changes no table. Values have named fields: rows of before are read as they are, and are written so when they
    // change. A Belfry of before, which cannot read them, refuses the file.
    try db.execute(sql: "PRAGMA user_version = \(version)")
  }

  /// Drops version 1, which was never released; data in a developer's ledger of that version is not migrated.
  private static let withoutFirst = """
    DROP TABLE alerts; DROP TABLE deliveries; DROP TABLE bodies; DROP TABLE decisions; DROP TABLE windows;
    DROP TABLE lists; DROP TABLE timers;
    """

  private static let tables = """
    CREATE TABLE alerts (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,               -- source/id
      standing INTEGER NOT NULL,       -- 0 ended, 1 told, 2 waiting, 3 muted, 4 dropped, 5 lost
      hash INTEGER,                    -- of the content
      decided INTEGER NOT NULL,        -- how many decisions were made about it
      body TEXT                        -- NULL: only a decision or a list names it
    );
    CREATE INDEX alerts_by_key ON alerts (key, standing, hash);

    CREATE TABLE deliveries (
      id TEXT NOT NULL PRIMARY KEY,
      channel TEXT NOT NULL,
      rank INTEGER NOT NULL,           -- of the severity, 0 the worst
      status INTEGER NOT NULL,         -- 0 pending, 1 delivered, 2 dead, 3 forwarded, 4 dropped
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
      channels TEXT,                   -- of notify: a JSON list: channels, '', deliveries
      until INTEGER,                   -- of hold; NULL: its end is not known
      reason TEXT NOT NULL,            -- the cause; until version 7: a sentence
      rule TEXT NOT NULL,
      line INTEGER NOT NULL,
      PRIMARY KEY (alert, number)
    ) WITHOUT ROWID;

    CREATE TABLE attempts (
      delivery TEXT NOT NULL,
      number INTEGER NOT NULL,         -- counted from 1 for each delivery
      at INTEGER NOT NULL,
      reason TEXT NOT NULL,
      retry_at INTEGER,                -- NULL: given up
      PRIMARY KEY (delivery, number)
    ) WITHOUT ROWID;

    -- What a cooldown, a group, a burst … remembers between batches.
    CREATE TABLE entries (
      key TEXT NOT NULL PRIMARY KEY,   -- as in lists
      body TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE silences (
      id TEXT NOT NULL PRIMARY KEY,
      until INTEGER NOT NULL,          -- when it is over
      body TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX silences_by_end ON silences (until);

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

  /// Added in version 3.
  private static let sources = """
    CREATE TABLE sources (
      name TEXT NOT NULL PRIMARY KEY,
      last_read INTEGER,
      trouble TEXT,                    -- NULL: it can be read
      trouble_since INTEGER,
      active INTEGER NOT NULL,
      noted_at INTEGER NOT NULL
    ) WITHOUT ROWID;
    """

  /// Added in version 4.
  private static let mending = """
    ALTER TABLE deliveries ADD COLUMN memory TEXT;        -- what the attempts left for the next; NULL: nothing
    ALTER TABLE deliveries ADD COLUMN successor TEXT;     -- the delivery on another channel that took its place
    ALTER TABLE deliveries ADD COLUMN revived_at INTEGER; -- when it was brought back from the dead letters

    CREATE TABLE circuits (
      channel TEXT NOT NULL PRIMARY KEY,
      since INTEGER NOT NULL,
      until INTEGER NOT NULL,
      rest INTEGER NOT NULL,           -- microseconds
      reason TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE counters (
      name TEXT NOT NULL PRIMARY KEY,
      count INTEGER NOT NULL
    ) WITHOUT ROWID;
    """

  /// Tables and indexes added without a new version: an older Belfry that does not know them does no harm.
  static let indexes = """
    CREATE INDEX IF NOT EXISTS alerts_active ON alerts (standing) WHERE standing > 0;

    -- Attempts that an older Belfry settles have no row here, and none is missed in the audit log.
    CREATE TABLE IF NOT EXISTS audits (
      number INTEGER PRIMARY KEY,      -- counted from 1 in the order of settling
      delivery TEXT NOT NULL,
      attempt INTEGER NOT NULL,        -- counted from 1 for each delivery
      at INTEGER NOT NULL,
      is_written INTEGER NOT NULL DEFAULT 0 -- 1: its row is in the audit log
    );
    CREATE UNIQUE INDEX IF NOT EXISTS audits_by_attempt ON audits (delivery, attempt);
    CREATE INDEX IF NOT EXISTS audits_unwritten ON audits (number) WHERE is_written = 0;
    """

  /// The indexes that exist once `indexes` was run.
  static let addedIndexes = ["alerts_active", "audits_unwritten"]

  /// Added in version 5.
  private static let configurations = """
    CREATE TABLE configurations (
      number INTEGER PRIMARY KEY,      -- counted from 1; 0: what was refused last
      since INTEGER NOT NULL,
      cause TEXT NOT NULL,
      body TEXT NOT NULL               -- the file; where it was refused, what was found
    );
    """

  /// Added in version 6.
  private static let marks = """
    CREATE TABLE marks (
      name TEXT NOT NULL PRIMARY KEY,  -- such as wake.position
      text TEXT NOT NULL
    ) WITHOUT ROWID;
    """

  /// Added in version 7: an alert's own timer is a column of its row, and is written with it.
  ///
  /// Before, it was a row of `timers`, among those of all other alerts.
  private static let alertTimers = """
    ALTER TABLE alerts ADD COLUMN due INTEGER;            -- when its own timer is due; NULL: it is not set
    CREATE INDEX alerts_due ON alerts (due, key) WHERE due IS NOT NULL;
    """

  /// Added in version 7, so that the whole history need not be read.
  private static let channels = """
    CREATE TABLE channels (
      channel TEXT NOT NULL PRIMARY KEY,
      delivered INTEGER NOT NULL DEFAULT 0, -- how many deliveries ended so; what is pending or dead has its index
      forwarded INTEGER NOT NULL DEFAULT 0,
      dropped INTEGER NOT NULL DEFAULT 0,
      delivered_at INTEGER,            -- when one was last delivered
      failed_at INTEGER,               -- the last attempt that failed; NULL: none did
      failed_delivery TEXT,
      failed_number INTEGER,
      failure TEXT                     -- why
    ) WITHOUT ROWID;
    """
}
