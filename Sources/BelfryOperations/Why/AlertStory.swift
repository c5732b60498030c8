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
  /// Those of the decisions and of the record, as far as the ledger holds them; there may be others' among them, and so in
  /// what follows.
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
  /// Those that are not over, and those in whose lists it waits.
  package let silences: [SilenceID: Silence]
  package let mutes: AlertMutes
  /// What came of having it looked into, the latest last.
  package let investigations: [Investigation]
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

  /// Reads it all; of the decisions the `last` ones are shown.
  ///
  /// What an investigator was asked stands in the audit log `log`; without one, none of it is read.
  ///
  /// - Throws: when the ledger or the log cannot be read, or `WorkDeadline.Overdue` when that takes too long.
  package static func read(
    _ record: AlertRecord,
    from ledger: any Ledger,
    configuration: Configuration,
    last: Int,
    log: String? = nil,
    by deadline: WorkDeadline? = nil
  ) async throws -> AlertStory {
    let reading = AlertReading([record], last: last, remembering: 500)
    var facts = try await reading.facts(of: ledger, configuration)
    if let log { try await facts.addInvestigations(of: record, in: log, from: ledger, last: last, by: deadline) }
    return AlertStory(record, facts, last: last)
  }

  /// Reads how many alerts stand, by as few questions as for one; no decisions are shown, and so many of the last looked at
  /// to know by which one an alert waits.
  package static func read(
    _ records: [AlertRecord],
    from ledger: any Ledger,
    configuration: Configuration,
    remembering: Int
  ) async throws -> [AlertStory] {
    let facts = try await AlertReading(records, last: 0, remembering: remembering).facts(of: ledger, configuration)
    return records.map { AlertStory($0, facts, last: 0) }
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

extension AlertStory {
  private init(_ record: AlertRecord, _ facts: AlertReading.Facts, last: Int) {
    self.init(
      record: record,
      known: facts.background.decisions[record.alert.key] ?? [],
      last: last,
      deliveries: facts.background.deliveries,
      failures: facts.background.failures,
      due: facts.background.due,
      circuits: facts.circuits,
      ahead: facts.background.ahead,
      rates: facts.rates,
      silences: facts.silences,
      mutes: facts.mutes[record.alert.key] ?? AlertMutes(),
      investigations: facts.investigations,
      upcoming: facts.policy.upcoming(record),
      endings: facts.policy.endings(record).map(Ending.init)
    )
  }
}

extension AlertStory.Ending {
  package init(_ ending: (rule: Rule, channels: [ChannelName])) {
    self.init(rule: ending.rule, channels: ending.channels)
  }
}
