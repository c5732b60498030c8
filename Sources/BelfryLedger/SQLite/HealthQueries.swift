// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// The state of every channel, from the totals and the indexes of unfinished work.
struct HealthQueries {
  let db: Database

  /// The state of each channel that has deliveries.
  func channels() throws -> [ChannelName: ChannelHealth] {
    var channels = try BacklogQueries(db: db).channels()
    for (channel, totals) in try ChannelTable(db: db).totals() {
      channels[channel, default: ChannelHealth()].add(totals)
    }
    return channels
  }

  func summary() throws -> LedgerSummary {
    var summary = LedgerSummary()
    let channels = try channels()
    summary.standings = try BacklogQueries(db: db).standings()
    summary.activeAlerts = summary.standings.values.reduce(0, +)
    summary.waiting = try ListTable(db).counts()
    summary.deliveries = channels.mapValues(\.counts)
    summary.nextTimers = try TimerTable(db).due(at: Instant(microseconds: .max), limit: 10)
      .map { .init(key: $0.key, due: $0.due) }
    summary.oldestPending = channels.values.compactMap(\.oldestPending).min()
    summary.staleSettlements = try DeliveryQueries(db: db).staleSettlements()
    return summary
  }
}

extension ChannelHealth {
  fileprivate mutating func add(_ totals: ChannelTotals) {
    let ended = [
      (DeliveryRecord.Status.delivered, totals.delivered), (.forwarded, totals.forwarded), (.dropped, totals.dropped),
      (.withdrawn, totals.withdrawn),
    ]
    for (status, count) in ended where count > 0 { counts[status] = count }
    lastDelivered = totals.lastDelivered
    lastFailure = totals.lastFailure.map { Failure(at: $0.at, because: $0.reason) }
  }
}
