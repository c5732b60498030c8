// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import GRDB

/// One row per channel with the totals of its finished deliveries, written in the transaction in which they end.
///
/// Pending deliveries and dead letters are not counted here: they can change again, and have indexes of their own.
struct ChannelTable {
  let db: Database

  /// Adds to the totals of each channel, with one statement for ended deliveries and one for failed attempts.
  func add(_ changes: [ChannelName: ChannelTotals]) throws {
    for (channel, change) in changes {
      if change.delivered + change.forwarded + change.dropped + change.withdrawn > 0 { try count(change, of: channel) }
      if let failure = change.lastFailure { try note(failure, of: channel) }
    }
  }

  /// The totals of each channel that has a row.
  func totals() throws -> [ChannelName: ChannelTotals] {
    var found: [ChannelName: ChannelTotals] = [:]
    let select = try SQLStatement(
      db,
      """
      SELECT channel, delivered, forwarded, dropped, delivered_at, failed_at, failed_delivery, failed_number, failure,
        withdrawn
      FROM channels
      """
    )
    try select.forEach { columns in
      let channel = ChannelName(columns.text(0))
      var totals = ChannelTotals(
        delivered: columns.count(1),
        forwarded: columns.count(2),
        dropped: columns.count(3),
        withdrawn: columns.count(9)
      )
      if !columns.isNull(4) { totals.lastDelivered = columns.instant(4) }
      if !columns.isNull(5) { totals.lastFailure = Self.failure(of: channel, columns, from: 5) }
      found[channel] = totals
    }
    return found
  }

  /// Notes that so many of the counted deliveries no longer have a row.
  func notePruned(_ changes: [ChannelName: ChannelTotals]) throws {
    let update = try SQLStatement(
      db,
      """
      UPDATE channels SET pruned_delivered = pruned_delivered + ?, pruned_forwarded = pruned_forwarded + ?,
        pruned_dropped = pruned_dropped + ?, pruned_withdrawn = pruned_withdrawn + ?
      WHERE channel = ?
      """
    )
    for (channel, change) in changes {
      let counts = [change.delivered, change.forwarded, change.dropped, change.withdrawn].map {
        SQLStatement.Value.int(Int64($0))
      }
      try update.run(counts + [.text(channel.name)])
    }
  }

  /// The channels whose totals disagree with the rows of their deliveries and attempts.
  func wrong() throws -> Set<ChannelName> {
    let (known, expected) = (try totals(), try expected())
    return Set(known.keys).union(expected.keys).filter {
      known[$0] ?? ChannelTotals() != expected[$0] ?? ChannelTotals()
    }
  }

  /// Replaces all totals with those computed from the rows of all deliveries and attempts.
  func fill() throws {
    let (expected, pruned) = (try expected(), try pruned())
    try SQLStatement(db, "DELETE FROM channels").run()
    try add(expected)
    try notePruned(pruned)
  }

  /// The totals that rows and counts of removed rows add up to.
  private func expected() throws -> [ChannelName: ChannelTotals] {
    let known = try totals()
    return try pruned().reduce(into: try counted()) { expected, gone in
      expected[gone.key, default: ChannelTotals()].addPruned(gone.value, of: known[gone.key] ?? ChannelTotals())
    }
  }

  /// Of each channel, how many counted deliveries no longer have a row.
  private func pruned() throws -> [ChannelName: ChannelTotals] {
    var found: [ChannelName: ChannelTotals] = [:]
    let select = try SQLStatement(
      db,
      """
      SELECT channel, pruned_delivered, pruned_forwarded, pruned_dropped, pruned_withdrawn FROM channels
      WHERE pruned_delivered + pruned_forwarded + pruned_dropped + pruned_withdrawn > 0
      """
    )
    try select.forEach { columns in
      found[ChannelName(columns.text(0))] = ChannelTotals(
        delivered: columns.count(1),
        forwarded: columns.count(2),
        dropped: columns.count(3),
        withdrawn: columns.count(4)
      )
    }
    return found
  }

  private func count(_ change: ChannelTotals, of channel: ChannelName) throws {
    // The later of two times, or the only one.
    let upsert = try SQLStatement(
      db,
      """
      INSERT INTO channels (channel, delivered, forwarded, dropped, withdrawn, delivered_at) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (channel) DO UPDATE SET
        delivered = delivered + excluded.delivered,
        forwarded = forwarded + excluded.forwarded,
        dropped = dropped + excluded.dropped,
        withdrawn = withdrawn + excluded.withdrawn,
        delivered_at = max(
          ifnull(delivered_at, excluded.delivered_at), ifnull(excluded.delivered_at, delivered_at)
        )
      """
    )
    try upsert.run(
      .text(channel.name),
      .int(Int64(change.delivered)),
      .int(Int64(change.forwarded)),
      .int(Int64(change.dropped)),
      .int(Int64(change.withdrawn)),
      change.lastDelivered.map { .int($0.microseconds) } ?? .null
    )
  }

  private func note(_ failure: ChannelTotals.Failure, of channel: ChannelName) throws {
    let upsert = try SQLStatement(
      db,
      """
      INSERT INTO channels (channel, failed_at, failed_delivery, failed_number, failure) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (channel) DO UPDATE SET
        failed_at = excluded.failed_at,
        failed_delivery = excluded.failed_delivery,
        failed_number = excluded.failed_number,
        failure = excluded.failure
      WHERE failed_at IS NULL OR (failed_at, failed_delivery, failed_number)
        < (excluded.failed_at, excluded.failed_delivery, excluded.failed_number)
      """
    )
    var writer = JSONWriter()
    failure.reason.encode(into: &writer)
    try upsert.run(
      .text(channel.name),
      .int(failure.at.microseconds),
      .text(failure.delivery.text),
      .int(Int64(failure.number)),
      .utf8(writer.bytes)
    )
  }

  /// The totals computed from the rows of all deliveries and attempts.
  private func counted() throws -> [ChannelName: ChannelTotals] {
    var found: [ChannelName: ChannelTotals] = [:]
    let deliveries = try SQLStatement(
      db,
      """
      SELECT channel, sum(status = 1), sum(status = 3), sum(status = 4), sum(status = 5),
        max(CASE status WHEN 1 THEN settled_at END)
      FROM deliveries GROUP BY channel
      """
    )
    try deliveries.forEach { columns in
      found[ChannelName(columns.text(0))] = ChannelTotals(
        delivered: columns.count(1),
        forwarded: columns.count(2),
        dropped: columns.count(3),
        withdrawn: columns.count(4),
        lastDelivered: columns.isNull(5) ? nil : columns.instant(5)
      )
    }
    let failures = try SQLStatement(
      db,
      """
      SELECT channel, at, delivery, number, reason FROM (
        SELECT channel, at, delivery, number, attempts.reason AS reason,
          row_number() OVER (PARTITION BY channel ORDER BY at DESC, delivery DESC, number DESC) AS place
        FROM attempts JOIN deliveries ON id = delivery
      ) WHERE place = 1
      """
    )
    try failures.forEach { columns in
      let channel = ChannelName(columns.text(0))
      found[channel, default: ChannelTotals()].lastFailure = Self.failure(of: channel, columns, from: 1)
    }
    return found
  }

  /// Reads a failure from four columns, starting at the given one.
  private static func failure(
    of channel: ChannelName,
    _ columns: SQLStatement.Row,
    from first: Int32
  ) -> ChannelTotals.Failure {
    ChannelTotals.Failure(
      at: columns.instant(first),
      delivery: DeliveryID(columns.text(first + 1)),
      number: columns.count(first + 2),
      reason: Verdict.Reason(columns.utf8(first + 3), or: Damage(.channel, channel.name))
    )
  }
}
