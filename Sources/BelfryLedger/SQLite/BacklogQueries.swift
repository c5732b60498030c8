// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy
internal import GRDB

/// Queries about unfinished work, answered from indexes that contain nothing else.
struct BacklogQueries {
  let db: Database

  func backlog() throws -> Backlog {
    var backlog = Backlog()
    backlog.standings = try standings()
    backlog.channels = try channels().mapValues { health in
      var channel = Backlog.Channel()
      channel.pending = health.counts[.pending] ?? 0
      channel.dead = health.counts[.dead] ?? 0
      channel.oldestPending = health.oldestPending
      return channel
    }
    return backlog
  }

  /// Active alerts by status.
  func standings() throws -> [AlertRecord.Standing: Int] {
    var standings: [AlertRecord.Standing: Int] = [:]
    let select = try SQLStatement(
      db,
      "SELECT standing, count(*) FROM alerts INDEXED BY alerts_active WHERE standing > 0 GROUP BY standing"
    )
    try select.forEach { columns in
      standings[AlertRecord.Standing(rawValue: columns.count(0)) ?? .lost] = columns.count(1)
    }
    return standings
  }

  /// The pending and dead deliveries of each channel; nothing that is finished.
  func channels() throws -> [ChannelName: ChannelHealth] {
    var channels: [ChannelName: ChannelHealth] = [:]
    // IDs are in the order of creation, and the index of pending deliveries contains them.
    var first: [ChannelName: String] = [:]
    let pending = try SQLStatement(
      db,
      """
      SELECT channel, count, (SELECT created_at FROM deliveries WHERE id = first), next, last, first
      FROM (SELECT channel, count(*) AS count, min(id) AS first, min(visible_at) AS next, max(visible_at) AS last
        FROM deliveries INDEXED BY deliveries_pending WHERE status = 0 GROUP BY channel)
      """
    )
    try pending.forEach { columns in
      var health = ChannelHealth()
      health.counts[.pending] = columns.count(1)
      health.oldestPending = columns.instant(2)
      health.nextDue = columns.instant(3)
      health.lastDue = columns.instant(4)
      let channel = ChannelName(columns.text(0))
      (channels[channel], first[channel]) = (health, columns.text(5))
    }
    let waiting = try SQLStatement(
      db,
      """
      SELECT channel, count, (SELECT created_at FROM deliveries WHERE id = first), first
      FROM (SELECT channel, count(*) AS count, min(id) AS first
        FROM deliveries INDEXED BY deliveries_waiting WHERE status = 6 GROUP BY channel)
      """
    )
    try waiting.forEach { columns in
      let channel = ChannelName(columns.text(0))
      var health = channels[channel] ?? ChannelHealth()
      health.counts[.pending, default: 0] += columns.count(1)
      if first[channel].map({ DeliveryID(columns.text(3)) < DeliveryID($0) }) ?? true {
        health.oldestPending = columns.instant(2)
      }
      channels[channel] = health
    }
    let dead = try SQLStatement(
      db,
      "SELECT channel, count(*) FROM deliveries INDEXED BY deliveries_dead WHERE status = 2 GROUP BY channel"
    )
    try dead.forEach { columns in
      channels[ChannelName(columns.text(0)), default: ChannelHealth()].counts[.dead] = columns.count(1)
    }
    return channels
  }
}
