// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// How many commits the file has kept: a counter that every group of writes adds one to, in its own transaction.
///
/// After a byte of the WAL changed, SQLite takes it to end there and drops all later commits without a word. The counter goes
/// back with them, and the audit log knows how far it had come.
struct CommitCounter {
  private let addition: SQLStatement

  init(_ db: Database) throws {
    addition = try SQLStatement(
      db,
      "INSERT INTO counters VALUES ('commits', 1) ON CONFLICT (name) DO UPDATE SET count = count + 1"
    )
  }

  func add() throws { try addition.run() }

  /// Where it stands; nil when nothing was ever written.
  static func position(_ db: Database) throws -> LedgerPosition? {
    let id = try SQLStatement(db, "SELECT text FROM marks WHERE name = ?").first(.text(idMark)) { $0.text(0) }
    let commits = try SQLStatement(db, "SELECT count FROM counters WHERE name = 'commits'").first { $0.count(0) }
    guard let id, let commits else { return nil }
    return LedgerPosition(ledger: id, commits: commits)
  }

  /// Gives the ledger an identity, where it has none.
  static func identify(_ db: Database) throws {
    try SQLStatement(db, "INSERT OR IGNORE INTO marks VALUES (?, ?)")
      .run(.text(idMark), .text(String(UInt64.random(in: .min ... .max), radix: 16)))
  }

  /// Goes on from there.
  static func set(_ commits: Int, _ db: Database) throws {
    try SQLStatement(db, "INSERT OR REPLACE INTO counters VALUES ('commits', ?)").run(.int(Int64(commits)))
  }

  private static let idMark = "ledger.id"
}
