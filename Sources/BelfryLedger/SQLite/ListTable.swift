// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// One row per alert in a list, in the order in which they joined.
struct ListTable {
  private let insertion: SQLStatement
  private let deletion: SQLStatement
  private let clearing: SQLStatement
  private let counting: SQLStatement

  init(_ db: Database) throws {
    insertion = try SQLStatement(db, "INSERT OR IGNORE INTO lists (list, alert) VALUES (?, ?)")
    deletion = try SQLStatement(db, "DELETE FROM lists WHERE list = ? AND alert = ?")
    clearing = try SQLStatement(db, "DELETE FROM lists WHERE list = ?")
    counting = try SQLStatement(db, "SELECT list, count(*) FROM lists INDEXED BY lists_by_alert GROUP BY list")
  }

  /// Adds the alert to the end of the list, unless it is already in it.
  func join(_ alert: Int64, to list: HoldID) throws { try insertion.run(.text(list.description), .int(alert)) }
  func leave(_ alert: Int64, from list: HoldID) throws { try deletion.run(.text(list.description), .int(alert)) }
  func empty(_ list: HoldID) throws { try clearing.run(.text(list.description)) }

  /// The number of waiting alerts, by the list's text.
  func counts() throws -> [ExactText: Int] {
    var counts: [ExactText: Int] = [:]
    try counting.forEach { counts[$0.text(0)] = $0.count(1) }
    return counts
  }
}
