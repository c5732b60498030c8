// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// What is asked about all that is not over, by indexes that hold nothing else.
struct BacklogQueries {
  let db: Database

  func backlog() throws -> Backlog {
    var backlog = Backlog()
    try SQLStatement(db, Self.standings).forEach { columns in
      backlog.standings[AlertRecord.Standing(rawValue: Int(columns.int(0))) ?? .lost] = Int(columns.int(1))
    }
    try SQLStatement(db, Self.pending).forEach { columns in
      var channel = Backlog.Channel()
      channel.pending = Int(columns.int(1))
      channel.oldestPending = columns.instant(2)
      backlog.channels[ChannelName(columns.text(0))] = channel
    }
    try SQLStatement(db, Self.dead).forEach { columns in
      backlog.channels[ChannelName(columns.text(0)), default: Backlog.Channel()].dead = Int(columns.int(1))
    }
    return backlog
  }

  /// Every statement that a scrape runs over alerts and deliveries.
  static let all = [standings, pending, dead]

  private static let standings = """
    SELECT standing, count(*) FROM alerts INDEXED BY alerts_active WHERE standing > 0 GROUP BY standing
    """

  /// The identities are in the order of their making, and the index of what is pending holds them.
  private static let pending = """
    SELECT channel, count, (SELECT created_at FROM deliveries WHERE id = first)
    FROM (SELECT channel, count(*) AS count, min(id) AS first FROM deliveries INDEXED BY deliveries_pending
      WHERE status = 0 GROUP BY channel)
    """

  private static let dead = """
    SELECT channel, count(*) FROM deliveries INDEXED BY deliveries_dead WHERE status = 2 GROUP BY channel
    """
}
