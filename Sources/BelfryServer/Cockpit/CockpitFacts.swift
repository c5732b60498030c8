// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// What the cockpit shows, as the ledger has it at one moment.
struct CockpitFacts: Sendable {
  struct Standing: Sendable {
    var record: AlertRecord
    var standing: LawStanding
    /// Until when it waits and what for, or why it was given up; empty when it was told.
    var reason: String
  }

  var now: Instant
  var summary: LedgerSummary
  var alerts: [Standing]
  var silences: [Silence]
  var sources: [SourceNote]
  var channels: [ChannelName: ChannelHealth]
  var circuits: [CircuitNote]
  var dead: [DeliveryRecord]

  /// How many alerts and dead letters a page shows.
  private static let limit = 200

  static func read(_ ledger: any Ledger, at now: Instant) async throws -> CockpitFacts {
    var alerts: [Standing] = []
    for record in try await ledger.records(after: nil, activeOnly: true, limit: limit) {
      alerts.append(try await standing(of: record, in: ledger))
    }
    return CockpitFacts(
      now: now,
      summary: try await ledger.summary(),
      alerts: alerts.sorted { $0.record.alert.severity > $1.record.alert.severity },
      silences: try await ledger.silences(includingOver: false),
      sources: try await ledger.sources(),
      channels: try await ledger.channelHealth(),
      circuits: try await ledger.circuits(),
      dead: try await ledger.deadLetters(limit: limit)
    )
  }

  /// By the deliveries, as `LawStanding` has it: what a record says of itself cannot know what became of them.
  private static func standing(of record: AlertRecord, in ledger: any Ledger) async throws -> Standing {
    var deliveries: [DeliveryID: DeliveryRecord] = [:]
    var open = record.tellings.flatMap(\.deliveries)
    while let id = open.popLast() {
      guard deliveries[id] == nil, let delivery = try await ledger.delivery(id) else { continue }
      deliveries[id] = delivery
      if let successor = delivery.successor { open.append(successor) }
    }
    var reasons: [String] = []
    for list in record.waits {
      let until = try await ledger.due(.list(list)).map { "until \($0.iso8601)" } ?? "until that ends"
      reasons.append("\(list) \(until)")
    }
    for end in record.tellings.compactMap({ deliveries.end(of: $0.last) }) where end.status != .delivered {
      let why = end.lastReason.map { ": \($0.clause)" } ?? ""
      reasons.append("\(end.delivery.channel) \(end.status.rawValue)\(why)")
    }
    return Standing(
      record: record,
      standing: LawStanding(record, deliveries: deliveries),
      reason: reasons.joined(separator: "; ")
    )
  }
}
