// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Belfry
import BelfryLedger
import BelfryPolicy
import BelfryTransport

/// A defect that the simulation puts into the notifier to prove that it finds such defects.
///
/// It is a wrapper around the ledger or the transport of each simulated process: Belfry's own code is unchanged.
struct PlantedFault: Sendable {
  /// Makes the fault of one process.
  typealias Factory = @Sendable () -> ProcessFault

  let name: String
  /// What is wrong.
  let summary: String
  /// Within how many seeds it must be found.
  let seeds: UInt64
  /// The time between two actions of people; nil for that of other runs.
  let peoplePace: Duration?
  /// Begins a run; what its processes share is made once.
  let begin: @Sendable (PolicyRules) -> Factory

  static func named(_ name: String) -> PlantedFault? { all.first { $0.name == name } }

  static let all = [
    PlantedFault("lost-followup", "what a cooldown held back is never sent", within: 5) { _ in
      { .decides { NoFollowups(inner: $0) } }
    },
    PlantedFault("double-digest", "each digest is sent twice", within: 10) { _ in
      { .decides { DoubleDigests(inner: $0) } }
    },
    PlantedFault("cleared-cooldown", "a cooldown is over when an alert resolves", within: 5) { rules in
      { .decides { ClearedCooldowns(inner: $0, rules: rules) } }
    },
    PlantedFault("lost-timer", "of several timers that are due at once, one never fires", within: 5) { _ in
      { .decides { LostTimers(inner: $0) } }
    },
    PlantedFault("unchecked-token", "a settlement is accepted whatever its lease", within: 30) { _ in
      let known = KnownTokens()
      return { ProcessFault(transaction: { UncheckedTokens($0, known) }) }
    },
    PlantedFault("ignored-silence", "a silenced alert is sent", within: 5) { _ in
      { .decides { IgnoredSilences(inner: $0) } }
    },
    PlantedFault("held-critical", "a cooldown holds alerts that are more severe", within: 5) { rules in
      { .decides { SeverityBlindCooldowns(inner: $0, rules: rules) } }
    },
    PlantedFault("forgotten-alerts", "a start does not know what the sources held", within: 5) { _ in
      { ProcessFault(activeAlerts: { _ in [:] }) }
    },
    PlantedFault("lost-settlement", "a crash loses that a message was delivered", within: 5) { _ in
      {
        let unwritten = UnwrittenSettlements()
        return ProcessFault(transaction: { try LateSettlements($0, unwritten) })
      }
    },
    // Only people send an event once; what sources hold is read again.
    PlantedFault(
      "early-reply",
      "an event is confirmed before the commit, and lost at a crash",
      within: 20,
      peoplePace: .seconds(120)
    ) { _ in
      { ProcessFault(store: { EarlyReplies($0, file: $1, life: $2) }) }
    },
    PlantedFault("hidden-end", "a message does not say which of its alerts have ended", within: 10) { _ in
      { ProcessFault(transaction: { HiddenEnds($0) }) }
    },
    PlantedFault("dropped-hold", "a restart drops the holds and forgets who waits in them", within: 5) { _ in
      let holds = TimedHolds()
      return { ProcessFault(transaction: { DroppedHolds($0, holds) }) }
    },
    PlantedFault("unanswered-delivered", "a message counts as delivered if nobody answers", within: 5) { _ in
      { ProcessFault(transport: { AcceptingTransport(inner: $0) }) }
    },
  ]

  private init(
    _ name: String,
    _ summary: String,
    within seeds: UInt64,
    peoplePace: Duration? = nil,
    begin: @escaping @Sendable (PolicyRules) -> Factory
  ) {
    self.name = name
    self.summary = summary
    self.seeds = seeds
    self.peoplePace = peoplePace
    self.begin = begin
  }
}

/// How a planted fault changes one process.
struct ProcessFault: Sendable {
  /// Wraps each transaction.
  var transaction: @Sendable (any LedgerTransaction) throws -> any LedgerTransaction = { $0 }
  /// Wraps the store that crashes; the second value is the store beneath it.
  var store: @Sendable (any LedgerStore, any LedgerStore, Life) -> any LedgerStore = { store, _, _ in store }
  /// Changes what a start learns about the active alerts.
  var activeAlerts: @Sendable ([AlertKey: UInt64]) -> [AlertKey: UInt64] = { $0 }
  var transport: @Sendable (any Transport) -> any Transport = { $0 }

  /// Decides with a faulty policy.
  static func decides(_ faulty: @escaping @Sendable (any PolicyDeciding) -> any PolicyDeciding) -> ProcessFault {
    ProcessFault(transaction: { MisdecidingTransaction($0, faulty: faulty) })
  }
}

/// The planted faults that a command names.
enum PlantedFaults: ExpressibleByArgument {
  case all
  case one(PlantedFault)

  init?(argument: String) {
    if argument == "all" {
      self = .all
    } else if let fault = PlantedFault.named(argument) {
      self = .one(fault)
    } else {
      return nil
    }
  }

  static var allValueStrings: [String] { ["all"] + PlantedFault.all.map(\.name) }

  /// The faults, in the order of their list.
  var faults: [PlantedFault] {
    switch self {
    case .all: PlantedFault.all
    case .one(let fault): [fault]
    }
  }
}

// MARK: - The search

extension PlantedFault {
  /// Runs one seed with the fault, in memory; in its own scenario, unless one is named.
  func outcome(seed: UInt64, in scenario: String? = nil, on loop: RunLoop) async throws -> Simulation.Outcome {
    var plan = Simulation.plan(seed: seed)
    plan.scenario = scenario ?? plan.scenario
    plan.fault = self
    if let peoplePace { plan.peoplePace = peoplePace }
    return try await Simulation.run(plan, on: loop)
  }
}

/// What a search for a planted fault found.
struct PlantedFaultSearch {
  let fault: PlantedFault
  /// The number of seeds that it took; nil if none showed the fault.
  let seeds: UInt64?
  /// The first check that failed.
  let finding: String

  /// Runs one seed after another, in memory, until one shows the fault.
  static func run(_ fault: PlantedFault, on loop: RunLoop) async throws -> PlantedFaultSearch {
    for seed in 0..<fault.seeds {
      let outcome = try await fault.outcome(seed: seed, on: loop)
      guard let finding = outcome.faults.first else { continue }
      return PlantedFaultSearch(fault: fault, seeds: seed + 1, finding: finding)
    }
    return PlantedFaultSearch(fault: fault, seeds: nil, finding: "")
  }

  var text: String {
    guard let seeds else { return "NOT FOUND within \(fault.seeds) seeds: \(fault.name): \(fault.summary)" }
    return """
      found after \(seeds) of at most \(fault.seeds) seeds: \(fault.name): \(fault.summary)
        \(finding)
      """
  }
}
