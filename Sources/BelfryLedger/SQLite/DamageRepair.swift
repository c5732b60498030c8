// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// Repairs rows that no query would find because a byte of them changed; runs at startup.
///
/// Such a row is readable, but it waits for a time that never comes, or in a place that nobody reads. Its due time is
/// set to now, which is at worst too early.
struct DamageRepair {
  let db: Database
  let now: Instant

  /// The longest time a delivery is tried: about a day; see `Backoff`.
  private static let longestWait = Duration.seconds(25 * 3600)

  /// The deliveries that no index of unfinished work leads to.
  ///
  /// Every row is read, on a connection that holds up no writer.
  static func lost(_ db: Database) throws -> [DeliveryID] {
    var found: [DeliveryID] = []
    let select = try SQLStatement(
      db,
      """
      SELECT id FROM deliveries WHERE typeof(channel) <> 'text' OR channel = ''
        OR typeof(status) <> 'integer' OR status NOT BETWEEN 0 AND 6
      """
    )
    try select.forEach { found.append(DeliveryID($0.text(0))) }
    return found
  }

  /// Repairs these deliveries, and what indexes of unfinished work lead to, inside the caller's transaction.
  func run(_ lost: [DeliveryID]) throws {
    let moment = SQLStatement.Value.int(now.microseconds)
    let latest = SQLStatement.Value.int((now + Self.longestWait).microseconds)
    try change(
      .delivery,
      """
      UPDATE deliveries INDEXED BY deliveries_pending SET visible_at = ?
      WHERE status = 0 AND (typeof(visible_at) <> 'integer' OR visible_at > ?) RETURNING id
      """,
      moment,
      latest
    )
    try change(
      .delivery,
      """
      UPDATE deliveries INDEXED BY deliveries_pending SET rank = 0
      WHERE status = 0 AND (typeof(rank) <> 'integer' OR rank NOT BETWEEN 0 AND 3) RETURNING id
      """
    )
    for id in lost {
      try change(
        .delivery,
        """
        UPDATE deliveries SET status = 2, settled_at = ?, channel = CAST(channel AS TEXT) || '?'
        WHERE id = ? AND (typeof(channel) <> 'text' OR channel = '') RETURNING id
        """,
        moment,
        .text(id.text)
      )
      try change(
        .delivery,
        """
        UPDATE deliveries SET status = 2, settled_at = ?
        WHERE id = ? AND (typeof(status) <> 'integer' OR status NOT BETWEEN 0 AND 6) RETURNING id
        """,
        moment,
        .text(id.text)
      )
    }
    try OrderTable(db).heal(at: now)
    try change(.timer, "UPDATE timers SET due = ? WHERE typeof(due) <> 'integer' RETURNING key", moment)
    try change(
      .timer,
      """
      UPDATE alerts INDEXED BY alerts_due SET due = ?
      WHERE due IS NOT NULL AND typeof(due) <> 'integer' RETURNING key
      """,
      moment
    )
  }

  private func change(_ kind: Damage.Kind, _ sql: String, _ values: SQLStatement.Value...) throws {
    try SQLStatement(db, sql).forEach(values) { DamageNotes.note(kind, $0.text(0)) }
  }
}
