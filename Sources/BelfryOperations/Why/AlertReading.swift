// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

/// What has to be asked to tell the stories of some alerts: a few questions, however many they are.
struct AlertReading: Sendable {
  private let records: [AlertRecord]
  private let last: Int
  private let remembering: Int

  struct Facts: Sendable {
    var background: AlertBackground
    var circuits: [ChannelName: CircuitNote]
    var silences: [SilenceID: Silence]
    /// Of each alert, what mutes it whether it waits for that or not.
    var mutes: [AlertKey: AlertMutes] = [:]
    var rates: [ChannelName: Rate]
    var policy: Policy
    /// What came of having an alert looked into, the latest last.
    var investigations: [Investigation] = []
  }

  /// Of the decisions about each the `last` ones are shown, and so many looked at to know by which one it waits.
  init(_ records: [AlertRecord], last: Int, remembering: Int) {
    self.records = records
    self.last = last
    self.remembering = remembering
  }

  func facts(of ledger: any Ledger, _ configuration: Configuration) async throws -> Facts {
    let limits = records.map { ($0.alert.key, limit($0)) }
    var facts = Facts(
      background: try await ledger.background(
        of: records,
        decisions: Dictionary(limits) { $1 },
        told: last
      ),
      circuits: try await ledger.circuits().reduce(into: [:]) { $0[$1.channel] = $1 },
      silences: try await ledger.silences(includingOver: isAnySilenced).reduce(into: [:]) { $0[$1.id] = $1 },
      rates: configuration.channels.compactMapValues(\.rate),
      policy: Policy(rules: configuration.rules)
    )
    facts.mutes = try await AlertMutes.read(records, facts, from: ledger)
    return facts
  }

  /// Where none are shown, they matter only to an alert that waits.
  private func limit(_ record: AlertRecord) -> Int {
    last == 0 && record.waits.isEmpty ? 0 : max(last + 1, remembering)
  }

  private var isAnySilenced: Bool {
    records.contains { $0.waits.contains { if case .silence = $0 { true } else { false } } }
  }
}

extension AlertReading.Facts {
  /// Reads what came of having this alert looked into from the audit log, the `last` ones, and by which deliveries it was told.
  mutating func addInvestigations(
    of record: AlertRecord,
    in log: String,
    from ledger: any Ledger,
    last: Int,
    by deadline: WorkDeadline?
  ) async throws {
    let earliest = background.decisions[record.alert.key]?.first?.at ?? record.firedAt
    investigations = try await Investigation.all(of: record.alert, in: log, since: earliest, by: deadline).suffix(last)
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
