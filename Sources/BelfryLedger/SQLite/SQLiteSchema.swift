// SPDX-License-Identifier: Apache-2.0
internal import GRDB

/// The tables of the ledger, and the named migrations that make them.
///
/// Times are microseconds since 1970, UTC. Waiting, retrying and leasing share one column, `visible_at`: what a dead
/// process had leased becomes due by itself.
enum SQLiteSchema {
  /// Marks a file as a Belfry ledger in its header: "Blfy".
  static let applicationID: Int32 = 0x426C_6679
  /// The last version of the time before migrations had names.
  static let lastUnnamed = 8
  /// The version in the header of an up-to-date file: one more for each migration.
  static let version = lastUnnamed + migrations.count

  /// The migrations, in order.
  ///
  /// One that was released never changes: what comes later is a new one at the end.
  private static let migrations: [(name: String, run: @Sendable (Database) throws -> Void)] = [
    ("ledger", { db in if try !OlderLedger.convert(db) { try create(db) } })
  ]

  /// Runs the migrations that the file has not had.
  static func migrate(_ writer: some DatabaseWriter) throws {
    try migrator.migrate(writer)
  }

  /// Makes the tables of an empty file.
  static func create(_ db: Database) throws {
    try db.execute(sql: tables)
    try db.execute(sql: indexes)
  }

  private static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator().disablingDeferredForeignKeyChecks()
    for (number, migration) in migrations.enumerated() {
      migrator.registerMigration(migration.name) { db in
        try migration.run(db)
        // An older Belfry refuses the file by this number.
        try db.execute(sql: "PRAGMA user_version = \(lastUnnamed + 1 + number)")
      }
    }
    return migrator
  }()

  private static let tables = """
    CREATE TABLE alerts (
      id INTEGER PRIMARY KEY,
      key TEXT NOT NULL,               -- source/id
      standing INTEGER NOT NULL,       -- 0 ended, 1 notified, 2 waiting, 3 muted, 4 dropped, 5 lost
      hash INTEGER,                    -- of the content
      decided INTEGER NOT NULL,        -- how many decisions were made about it
      due INTEGER,                     -- when its own timer is due; NULL: it is not set
      over_at INTEGER,                 -- when it was last written while not active; NULL: it is active
      pruned_at INTEGER,               -- when older decisions about it were removed; NULL: never
      body TEXT                        -- NULL: only a decision or a list names it
    );

    CREATE TABLE deliveries (
      id TEXT NOT NULL PRIMARY KEY,
      channel TEXT NOT NULL,
      rank INTEGER NOT NULL,           -- of the severity, 0 the worst
      status INTEGER NOT NULL,         -- 0 pending, 1 delivered, 2 dead, 3 forwarded, 4 dropped,
                                       -- 5 withdrawn, 6 pending and waiting for earlier ones
      visible_at INTEGER NOT NULL,
      created_at INTEGER NOT NULL,
      settled_at INTEGER,
      attempts INTEGER NOT NULL,
      token INTEGER NOT NULL,          -- proves a lease; grows with every lease and every settlement, odd while leased
      reason TEXT,                     -- of the last attempt that failed
      receipt TEXT,
      memory TEXT,                     -- what the attempts left for the next; NULL: nothing
      successor TEXT,                  -- the delivery on another channel that took its place
      revived_at INTEGER               -- when it was brought back from the dead letters
    ) WITHOUT ROWID;

    CREATE TABLE predecessors (
      delivery TEXT NOT NULL,          -- one that waits
      earlier TEXT NOT NULL,           -- one about the same alert, for which it waits
      PRIMARY KEY (delivery, earlier)
    ) WITHOUT ROWID;

    -- Apart, because it never changes: leasing and settling write small rows, and counting reads no bodies.
    CREATE TABLE bodies (
      delivery TEXT NOT NULL PRIMARY KEY,
      body TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE decisions (
      id INTEGER PRIMARY KEY,          -- in the order of deciding, so that the oldest are found first
      alert INTEGER NOT NULL,
      number INTEGER NOT NULL,         -- counted from 1 for each alert
      at INTEGER NOT NULL,
      severity TEXT NOT NULL,
      outcome TEXT NOT NULL,           -- notify, hold, suppress
      channels TEXT,                   -- of notify: a JSON list: channels, '', deliveries
      until INTEGER,                   -- of hold; NULL: its end is not known
      reason TEXT NOT NULL,            -- the cause; until version 7: a sentence
      rule TEXT NOT NULL,
      line INTEGER NOT NULL
    );

    CREATE TABLE attempts (
      delivery TEXT NOT NULL,
      number INTEGER NOT NULL,         -- counted from 1 for each delivery
      at INTEGER NOT NULL,
      reason TEXT NOT NULL,
      retry_at INTEGER,                -- NULL: given up
      PRIMARY KEY (delivery, number)
    ) WITHOUT ROWID;

    CREATE TABLE audits (
      number INTEGER PRIMARY KEY,      -- counted from 1 in the order of settling
      delivery TEXT NOT NULL,
      attempt INTEGER NOT NULL,        -- counted from 1 for each delivery
      at INTEGER NOT NULL,
      is_written INTEGER NOT NULL DEFAULT 0 -- 1: its row is in the audit log
    );

    -- What came of asking an investigator.
    CREATE TABLE investigations (
      id INTEGER PRIMARY KEY,          -- in the order of the answers
      at INTEGER NOT NULL,
      subject TEXT NOT NULL,           -- alert/SOURCE/ID, alert//ID or probe/SOURCE/CATEGORY
      channel TEXT NOT NULL,
      delivery TEXT NOT NULL,
      error TEXT                       -- why there is no answer; NULL: there is one
    );

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

    CREATE TABLE lists (
      joined INTEGER PRIMARY KEY,      -- the order of joining
      list TEXT NOT NULL,
      alert INTEGER NOT NULL
    );

    CREATE TABLE timers (
      key TEXT NOT NULL PRIMARY KEY,
      due INTEGER NOT NULL
    ) WITHOUT ROWID;

    -- The totals of deliveries that ended, removed ones included, so that nobody has to count rows.
    CREATE TABLE channels (
      channel TEXT NOT NULL PRIMARY KEY,
      delivered INTEGER NOT NULL DEFAULT 0, -- how many deliveries ended so; what is pending or dead has its index
      forwarded INTEGER NOT NULL DEFAULT 0,
      dropped INTEGER NOT NULL DEFAULT 0,
      withdrawn INTEGER NOT NULL DEFAULT 0,
      delivered_at INTEGER,            -- when one was last delivered
      failed_at INTEGER,               -- the last attempt that failed; NULL: none did
      failed_delivery TEXT,
      failed_number INTEGER,
      failure TEXT,                    -- why
      pruned_delivered INTEGER NOT NULL DEFAULT 0, -- of those above, how many no longer have a row
      pruned_forwarded INTEGER NOT NULL DEFAULT 0,
      pruned_dropped INTEGER NOT NULL DEFAULT 0,
      pruned_withdrawn INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;

    CREATE TABLE circuits (
      channel TEXT NOT NULL PRIMARY KEY,
      since INTEGER NOT NULL,
      until INTEGER NOT NULL,
      rest INTEGER NOT NULL,           -- microseconds
      reason TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE sources (
      name TEXT NOT NULL PRIMARY KEY,
      last_read INTEGER,
      trouble TEXT,                    -- NULL: it can be read
      trouble_since INTEGER,
      active INTEGER NOT NULL,
      noted_at INTEGER NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE configurations (
      number INTEGER PRIMARY KEY,      -- counted from 1; 0: what was refused last
      since INTEGER NOT NULL,
      cause TEXT NOT NULL,
      body TEXT NOT NULL               -- the file; where it was refused, what was found
    );

    CREATE TABLE marks (
      name TEXT NOT NULL PRIMARY KEY,  -- such as wake.position
      text TEXT NOT NULL
    ) WITHOUT ROWID;

    CREATE TABLE counters (
      name TEXT NOT NULL PRIMARY KEY,
      count INTEGER NOT NULL
    ) WITHOUT ROWID;
    """

  /// After all tables: a compacted file has them in this order, and its list of tables on the same pages as a new one.
  private static let indexes = """
    CREATE INDEX alerts_by_key ON alerts (key);
    CREATE INDEX alerts_active ON alerts (standing, key, hash) WHERE standing > 0;
    CREATE INDEX alerts_over ON alerts (over_at) WHERE over_at IS NOT NULL;
    CREATE INDEX alerts_due ON alerts (due, key) WHERE due IS NOT NULL;
    -- The status is in it, though always 0, so that no row has to be read for it.
    CREATE INDEX deliveries_pending ON deliveries (status, channel, rank, visible_at) WHERE status = 0;
    CREATE INDEX deliveries_dead ON deliveries (settled_at) WHERE status = 2;
    CREATE INDEX deliveries_waiting ON deliveries (channel) WHERE status = 6;
    CREATE INDEX predecessors_earlier ON predecessors (earlier);
    CREATE UNIQUE INDEX decisions_by_alert ON decisions (alert, number);
    -- An attempt has one row, however often its settlement is recorded.
    CREATE UNIQUE INDEX audits_by_attempt ON audits (delivery, attempt);
    CREATE INDEX audits_unwritten ON audits (number) WHERE is_written = 0;
    CREATE INDEX investigations_by_subject ON investigations (subject, at);
    CREATE UNIQUE INDEX investigations_by_delivery ON investigations (delivery, subject);
    CREATE INDEX silences_by_end ON silences (until);
    CREATE UNIQUE INDEX lists_by_alert ON lists (list, alert);
    CREATE INDEX timers_by_due ON timers (due);
    """
}
