// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
internal import BelfryLedger
internal import BelfryOperations
internal import BelfryPolicy

/// The cockpit's data, read from the ledger at one moment; the same as in `belfry status` and `belfry why`.
struct CockpitFacts: Sendable {
  var time: TimeText
  var report: StatusReport
  /// The active alerts, most severe first.
  var alerts: [AlertStory]
  var dead: [DeliveryRecord]
  /// The most recent deliveries.
  var recent: [DeliveryRecord]
  /// The counts of each of the last 24 hours, the current one last.
  var hours: [LedgerHour]

  /// The most alerts and dead letters on a page.
  static let limit = 200
  private static let recentLimit = 20
  private static let hourCount = 24

  static func read(_ server: ServerContext) async throws -> CockpitFacts {
    let (ledger, configuration) = (server.ledger, server.configuration)
    let alerts = try await AlertStory.read(
      ledger.records(after: nil, activeOnly: true, limit: limit),
      from: ledger,
      configuration: configuration
    )
    return CockpitFacts(
      time: TimeText(now: server.now),
      report: try await StatusReport.read(ledger, configuration),
      alerts: alerts.sorted { ($0.record.alert.severity, $0.key) < ($1.record.alert.severity, $1.key) },
      dead: try await ledger.deadLetters(limit: limit),
      recent: try await ledger.recentDeliveries(limit: recentLimit),
      hours: try await hours(of: ledger, until: server.now)
    )
  }

  /// The hourly counts, including hours without events.
  private static func hours(of ledger: any History, until now: Instant) async throws -> [LedgerHour] {
    let first = LedgerHour(of: now).start - LedgerHour.length * (hourCount - 1)
    let known = try await ledger.hours(since: first)
    return (0..<hourCount).map { index in
      let start = first + LedgerHour.length * index
      return known.first { $0.start == start } ?? LedgerHour(start: start)
    }
  }
}
