// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// The number of commits in the file: a counter that every group of writes increases by one, in its own transaction.
///
/// If a byte of the WAL changes, SQLite treats that place as the end and silently drops all later commits. The counter
/// goes back with them, and the audit log contains its last value, so the loss is noticed.
struct CommitCounter {
  private let addition: SQLStatement

  init(_ db: Database) throws {
    addition = try SQLStatement(
      db,
      "INSERT INTO counters VALUES ('commits', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1"
    )
  }

  func add() throws { try addition.run() }

  /// The counter's value; nil if nothing was ever written.
  static func position(_ db: Database) throws -> LedgerPosition? {
    let id = try SQLStatement(db, "SELECT text FROM marks WHERE name = ?").first(.text(idMark)) { $0.text(0) }
    let commits = try SQLStatement(db, "SELECT count FROM counters WHERE name = 'commits'").first { $0.count(0) }
    guard let id, let commits else { return nil }
    return LedgerPosition(ledger: id, commits: commits)
  }

  /// Gives the ledger an identity, if it has none.
  static func identify(_ db: Database) throws {
    try SQLStatement(db, "INSERT OR IGNORE INTO marks VALUES (?, ?)")
      .run(.text(idMark), .text(String(UInt64.random(in: .min ... .max), radix: 16)))
  }

  /// Continues counting at this number.
  static func set(_ commits: Int, _ db: Database) throws {
    try SQLStatement(db, "INSERT OR REPLACE INTO counters VALUES ('commits', ?)").run(.int(Int64(commits)))
  }

  private static let idMark = "ledger.id"
}
