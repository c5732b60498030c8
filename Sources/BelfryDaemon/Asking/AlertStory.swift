// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger

/// The life of one alert as the ledger has it, and what is to come: everything that `belfry why` says.
package struct AlertStory: Sendable {
  package let record: AlertRecord
  /// The decisions about it, the latest last; far more than are shown, as the one by which it waits may be long ago.
  package let known: [RecordedDecision]
  /// How many of them are shown.
  package let last: Int
  /// Those of the decisions and of the record, as far as the ledger holds them.
  package let deliveries: [DeliveryID: DeliveryRecord]
  package let failures: [DeliveryID: [FailedAttempt]]
  /// When the lists in which it waits let go of it; none for one whose end is not known.
  package let due: [ListKey: Instant]
  /// Of the channels of those deliveries that are pending, the circuits that are not closed.
  package let circuits: [ChannelName: CircuitNote]
  /// How many others of its channel go before each delivery that is pending.
  package let ahead: [DeliveryID: Int]
  /// How much the channels take.
  package let rates: [ChannelName: Rate]
  /// Those in whose lists it waits.
  package let silences: [SilenceID: Silence]
  package let upcoming: [Upcoming]
  package let endings: [Ending]

  package struct Ending: Sendable {
    package let rule: Rule
    package let channels: [ChannelName]
  }

  package var key: AlertKey { record.alert.key }
  /// Those that are shown.
  package var decisions: ArraySlice<RecordedDecision> { known.suffix(last) }
  package var standing: LawStanding { LawStanding(record, deliveries: deliveries) }

  /// Reads it all; of the decisions the `last` ones are shown, and so many looked at to know by which one it waits.
  package static func read(
    _ record: AlertRecord,
    from ledger: any Ledger,
    configuration: Configuration,
    last: Int,
    remembering: Int = 500
  ) async throws -> AlertStory {
    let policy = Policy(rules: configuration.rules)
    let known = try await ledger.decisions(about: record.alert.key, limit: max(last + 1, remembering))
    let decisions = known.suffix(last)
    var deliveries: [DeliveryID: DeliveryRecord] = [:]
    var failures: [DeliveryID: [FailedAttempt]] = [:]
    var ahead: [DeliveryID: Int] = [:]
    var open = decisions.flatMap(\.decision.deliveries) + record.told.flatMap(\.deliveries)
    while let id = open.popLast() {
      guard deliveries[id] == nil, let delivery = try await ledger.delivery(id) else { continue }
      deliveries[id] = delivery
      failures[id] = try await ledger.attempts(at: id)
      if delivery.status == .pending { ahead[id] = try await ledger.countAhead(of: id) }
      if let successor = delivery.successor { open.append(successor) }
    }
    var due: [ListKey: Instant] = [:]
    for list in record.waits { due[list] = try await ledger.due(.list(list)) }
    let silences = record.waits.contains { if case .silence = $0 { true } else { false } }
    return AlertStory(
      record: record,
      known: known,
      last: last,
      deliveries: deliveries,
      failures: failures,
      due: due,
      circuits: try await ledger.circuits().reduce(into: [:]) { $0[$1.channel] = $1 },
      ahead: ahead,
      rates: configuration.channels.compactMapValues(\.rate),
      silences: silences
        ? try await ledger.silences(includingOver: true).reduce(into: [:]) { $0[$1.id] = $1 } : [:],
      upcoming: policy.upcoming(record),
      endings: policy.endings(record).map(Ending.init)
    )
  }

  /// The decision by which it waits in a list: the last one that such a rule made.
  package func decision(behind list: ListKey) -> Decision? {
    known.last { recorded in
      guard case .hold = recorded.decision.outcome else { return false }
      return list.isMade(by: recorded.decision.rule)
    }?.decision
  }

  /// The latest message of a telling that arrived.
  package func arrived(_ told: Told) -> DeliveryRecord? {
    told.deliveries.reversed().lazy.compactMap { deliveries.end(of: $0) }.first { $0.status == .delivered }
  }

  /// The latest messages that have this status, of those who know of it.
  package func latest(_ status: DeliveryRecord.Status) -> [DeliveryRecord] {
    record.tellings.compactMap { deliveries.end(of: $0.last) }.filter { $0.status == status }
  }
}

extension AlertStory.Ending {
  package init(_ ending: (rule: Rule, channels: [ChannelName])) {
    self.init(rule: ending.rule, channels: ending.channels)
  }
}
