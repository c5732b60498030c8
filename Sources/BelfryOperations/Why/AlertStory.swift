// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

/// The life of one alert as the ledger has it, and what is to come: everything that `belfry why` says.
package struct AlertStory: Sendable {
  package let record: AlertRecord
  /// The last decisions about it, the latest last.
  package let decisions: [RecordedDecision]
  /// Whether there are earlier ones.
  package let hasEarlier: Bool
  /// When older decisions about it were removed from the ledger; nil if none were.
  package let prunedAt: Instant?
  /// The number requested.
  package let last: Int
  /// Those of the decisions and of the record, as far as the ledger holds them; there may be others' among them, and so in
  /// what follows.
  package let deliveries: [DeliveryID: DeliveryRecord]
  package let failures: [DeliveryID: [FailedAttempt]]
  /// When the holds in which it waits let go of it; none for one whose end is not known.
  package let due: [HoldID: Instant]
  /// The rules by which it waits.
  package let waitRules: [HoldID: Rule]
  /// Of the channels of those deliveries that are pending, the circuits that are not closed.
  package let circuits: [ChannelName: CircuitNote]
  /// How many others of its channel go before each delivery that is pending.
  package let ahead: [DeliveryID: Int]
  /// How much the channels take.
  package let rates: [ChannelName: Rate]
  /// Those that are not over, and those in whose lists it waits.
  package let silences: [SilenceID: Silence]
  package let mutes: AlertMutes
  /// The results of its investigations, latest last.
  package let investigations: [RecordedInvestigation]
  package let upcoming: [Upcoming]
  package let endings: [Ending]
  package let links: AlertLinks

  package struct Ending: Sendable {
    package let rule: Rule
    package let channels: [ChannelName]
  }

  package var key: AlertKey { record.alert.key }
  package var standing: AlertStatus { AlertStatus(record, deliveries: deliveries) }

  /// Reads it all; of the decisions the `last` ones are shown.
  ///
  /// - Throws: when the ledger cannot be read, or `WorkDeadline.Overdue` when that takes too long.
  package static func read(
    _ record: AlertRecord,
    from ledger: any DecisionStore & History & Notes,
    configuration: Configuration,
    last: Int,
    by deadline: WorkDeadline? = nil
  ) async throws -> AlertStory {
    let reading = AlertReading([record], last: last)
    var facts = try await reading.facts(of: ledger, configuration)
    try await facts.addInvestigations(of: record, from: ledger, last: last, by: deadline)
    return AlertStory(record, facts, last: last)
  }

  /// Reads how many alerts stand, without their decisions, by as few questions as for one.
  package static func read(
    _ records: [AlertRecord],
    from ledger: any DecisionStore & History & Notes,
    configuration: Configuration
  ) async throws -> [AlertStory] {
    let facts = try await AlertReading(records, last: 0).facts(of: ledger, configuration)
    return records.map { AlertStory($0, facts, last: 0) }
  }

  /// The latest message of a notification that arrived.
  package func arrived(_ notified: NotifiedChannel) -> DeliveryRecord? {
    notified.deliveries.reversed().lazy.compactMap { deliveries.end(of: $0) }.first { $0.status == .delivered }
  }

  /// The latest messages that have this status, of those who know of it.
  package func latest(_ status: DeliveryRecord.Status) -> [DeliveryRecord] {
    record.openNotifications.compactMap { deliveries.end(of: $0.last) }.filter { $0.status == status }
  }
}

extension AlertStory {
  private init(_ record: AlertRecord, _ facts: AlertReading.Facts, last: Int) {
    let known = facts.background.decisions[record.alert.key] ?? []
    self.init(
      record: record,
      decisions: known.suffix(last),
      hasEarlier: known.count > last,
      prunedAt: facts.background.pruned[record.alert.key],
      last: last,
      deliveries: facts.background.deliveries,
      failures: facts.background.failures,
      due: facts.background.due,
      waitRules: facts.rules(of: record.waits, record.alert),
      circuits: facts.circuits,
      ahead: facts.background.ahead,
      rates: facts.rates,
      silences: facts.silences,
      mutes: facts.mutes[record.alert.key] ?? AlertMutes(),
      investigations: facts.investigations,
      upcoming: facts.policy.upcoming(record),
      endings: facts.policy.endings(record).map(Ending.init),
      links: AlertLinks(of: record.alert, cockpit: facts.cockpit)
    )
  }
}

extension AlertStory.Ending {
  package init(_ ending: (rule: Rule, channels: [ChannelName])) {
    self.init(rule: ending.rule, channels: ending.channels)
  }
}
