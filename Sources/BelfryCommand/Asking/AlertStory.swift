// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// The life of one alert as the ledger has it, and what is to come: everything that `belfry why` says.
struct AlertStory: Sendable {
  let record: AlertRecord
  /// The decisions that are shown, the latest last.
  let decisions: [RecordedDecision]
  /// Whether there are earlier ones.
  let hasEarlier: Bool
  /// Those of the decisions and of the record, as far as the ledger holds them.
  let deliveries: [DeliveryID: DeliveryRecord]
  let failures: [DeliveryID: [FailedAttempt]]
  /// When the lists in which it waits let go of it; none for one whose end is not known.
  let due: [ListKey: Instant]
  /// Those in whose lists it waits.
  let silences: [SilenceID: Silence]
  let upcoming: [Upcoming]
  let endings: [Ending]

  struct Ending: Sendable {
    let rule: Rule
    let channels: [ChannelName]
  }

  var key: AlertKey { record.alert.key }
  var standing: LawStanding { LawStanding(record, deliveries: deliveries) }

  /// Reads it all; of the decisions the `last` ones.
  static func read(
    _ record: AlertRecord,
    from ledger: any Ledger,
    policy: Policy,
    last: Int
  ) async throws -> AlertStory {
    let found = try await ledger.decisions(about: record.alert.key, limit: last + 1)
    let decisions = Array(found.suffix(last))
    var deliveries: [DeliveryID: DeliveryRecord] = [:]
    var failures: [DeliveryID: [FailedAttempt]] = [:]
    for id in decisions.flatMap(\.decision.deliveries) + record.told.flatMap(\.deliveries) where deliveries[id] == nil {
      deliveries[id] = try await ledger.delivery(id)
      failures[id] = try await ledger.attempts(at: id)
    }
    var due: [ListKey: Instant] = [:]
    for list in record.waits { due[list] = try await ledger.due(.list(list)) }
    let silences = record.waits.contains { if case .silence = $0 { true } else { false } }
    return AlertStory(
      record: record,
      decisions: decisions,
      hasEarlier: found.count > decisions.count,
      deliveries: deliveries,
      failures: failures,
      due: due,
      silences: silences
        ? try await ledger.silences(includingOver: true).reduce(into: [:]) { $0[$1.id] = $1 } : [:],
      upcoming: policy.upcoming(record),
      endings: policy.endings(record).map(Ending.init)
    )
  }

  /// The decision by which it waits in a list: the last one that such a rule made.
  func decision(behind list: ListKey) -> Decision? {
    decisions.last { recorded in
      guard case .hold = recorded.decision.outcome else { return false }
      return list.isMade(by: recorded.decision.rule)
    }?.decision
  }

  /// The delivery that tells best what became of a telling: one that arrived, else the latest.
  func delivery(of told: Told) -> DeliveryRecord? {
    let found = told.deliveries.reversed().compactMap { deliveries[$0] }
    return found.first { $0.status == .delivered } ?? found.first
  }
}

extension AlertStory.Ending {
  init(_ ending: (rule: Rule, channels: [ChannelName])) {
    self.init(rule: ending.rule, channels: ending.channels)
  }
}
