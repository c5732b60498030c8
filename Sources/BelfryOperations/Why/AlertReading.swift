// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryConfiguration
internal import BelfryLedger
internal import BelfryPolicy

/// Reads what the histories of some alerts need from the ledger, in a fixed number of queries.
struct AlertReading: Sendable {
  private let records: [AlertRecord]
  private let last: Int

  struct Facts: Sendable {
    var background: AlertBackground
    var circuits: [ChannelName: CircuitNote]
    var silences: [SilenceID: Silence]
    /// Of each alert, what mutes it whether it waits for that or not.
    var mutes: [AlertKey: AlertMutes] = [:]
    var rates: [ChannelName: Rate]
    var policy: Policy
    /// Completes relative links of alerts.
    var cockpit: String
    /// The results of the alert's investigations, latest last.
    var investigations: [RecordedInvestigation] = []
  }

  /// Reads the `last` decisions about each.
  init(_ records: [AlertRecord], last: Int) {
    self.records = records
    self.last = last
  }

  func facts(of ledger: any DecisionStore & History & Notes, _ configuration: Configuration) async throws -> Facts {
    // With one more it is known whether there are earlier ones.
    let limits = records.map { ($0.alert.key, last == 0 ? 0 : last + 1) }
    var facts = Facts(
      background: try await ledger.background(
        of: records,
        decisions: Dictionary(limits) { $1 },
        notifications: last
      ),
      circuits: try await ledger.circuits().reduce(into: [:]) { $0[$1.channel] = $1 },
      silences: try await silences(from: ledger),
      rates: configuration.channels.compactMapValues(\.rate),
      policy: Policy(rules: configuration.rules),
      cockpit: configuration.cockpit
    )
    facts.mutes = try await AlertMutes.read(records, facts, from: ledger)
    return facts
  }

  /// The silences in force or to come, and those in whose lists the alerts wait.
  private func silences(from ledger: any DecisionStore & History & Notes) async throws -> [SilenceID: Silence] {
    let current = try await ledger.silences().reduce(into: [:]) { $0[$1.id] = $1 }
    let waiting = Set(records.flatMap(\.holds).compactMap(\.silence)).subtracting(current.keys)
    return waiting.isEmpty ? current : current.merging(try await ledger.silences(waiting)) { $1 }
  }
}

extension AlertReading.Facts {
  /// The rule of each wait.
  ///
  /// What an older Belfry wrote names none: then it is the one by which the file holds it now.
  func rules(of waits: [Wait], _ alert: Alert) -> [HoldID: Rule] {
    waits.reduce(into: [:]) { $0[$1.hold] = $1.start?.rule ?? policy.rule(of: $1.hold, for: alert) }
  }

  /// Reads the `last` investigations of this alert, and the deliveries of their answers.
  mutating func addInvestigations(
    of record: AlertRecord,
    from ledger: any DecisionStore & History & Notes,
    last: Int,
    by deadline: WorkDeadline?
  ) async throws {
    try deadline?.check()
    let earliest = background.decisions[record.alert.key]?.first?.at ?? record.firedAt
    // Earlier ones are about an earlier alert with the same ID.
    investigations = try await ledger.investigations(of: record.alert.investigated, limit: last)
      .filter { $0.at >= earliest }
    var open = investigations.map(\.delivery)
    while let id = open.popLast() {
      try deadline?.check()
      guard background.deliveries[id] == nil, let delivery = try await ledger.delivery(id) else { continue }
      background.deliveries[id] = delivery
      background.failures[id] = try await ledger.attempts(at: id)
      if let successor = delivery.successor { open.append(successor) }
    }
  }
}
