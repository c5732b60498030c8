// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryEngine
package import BelfryLedger
package import BelfryPolicy

/// Decides about what an operator did, and has the consequences delivered.
package protocol Engine: Sendable {
  /// Has events decided and committed.
  func ingest(_ events: [Event]) async throws -> Effects

  /// Fires timers at once, due or not.
  func fire(_ timers: [TimerKey]) async throws -> Effects

  /// Reports that deliveries became due which no decision made, as when a dead letter is retried.
  func wake()
}

/// What was decided because of an action, and what this process delivered at once.
package struct Effects: Sendable {
  package var decisions: [RecordedDecision] = []
  package var delivered = 0
  package var retried = 0
  package var dead = 0

  package init() {}

  /// Whether a delivery failed.
  package var hasFailure: Bool { retried + dead > 0 }

  /// Writes the counts as members of an object.
  package func encodeCounts(into writer: inout JSONWriter) {
    writer.member("delivered", delivered)
    writer.member("to_be_retried", retried)
    writer.member("dead", dead)
  }
}

/// The engine in the process of the notifier; the notifier and its dispatcher deliver.
package struct NotifierEngine: Engine {
  private let notifier: Notifier
  private let wakeup: Wakeup
  private let changes: ChangeBroadcast

  package init(notifier: Notifier, wakeup: Wakeup, changes: ChangeBroadcast) {
    self.notifier = notifier
    self.wakeup = wakeup
    self.changes = changes
  }

  package func ingest(_ events: [Event]) async throws -> Effects {
    try await notifier.ingest(events)
    return Effects()
  }

  package func fire(_ timers: [TimerKey]) async throws -> Effects {
    try await notifier.fire(timers)
    return Effects()
  }

  package func wake() {
    wakeup.raise()
    changes.raise()
  }
}

/// The engine of a process beside the notifier: it commits to the ledger that both use.
package struct LedgerEngine: Engine {
  private let ledger: any DecisionStore
  private let policy: @Sendable () -> Policy
  private let sender: Sender?

  /// Delivers what this process decided.
  package struct Sender: Sendable {
    private let dispatcher: Dispatcher
    private let tally: Tally

    package init(_ dispatcher: Dispatcher, _ tally: Tally) {
      self.dispatcher = dispatcher
      self.tally = tally
    }

    fileprivate func send(_ leased: [LeasedDelivery]) async -> Tally.Counts {
      dispatcher.hand(leased)
      await dispatcher.finishLeased()
      return tally.counts
    }
  }

  /// Without a sender, the notifier that runs delivers.
  package init(ledger: any DecisionStore, sender: Sender? = nil, policy: @escaping @Sendable () -> Policy) {
    self.ledger = ledger
    self.policy = policy
    self.sender = sender
  }

  private var terms: LeaseTerms? { sender == nil ? nil : LeaseTerms(count: 64, duration: Dispatcher.lease) }

  package func ingest(_ events: [Event]) async throws -> Effects {
    await deliver(try await ledger.ingest(events, policy: policy(), lease: terms))
  }

  package func fire(_ timers: [TimerKey]) async throws -> Effects {
    await deliver(try await ledger.fire(only: timers, policy: policy(), lease: terms))
  }

  /// The notifier that runs checks the ledger every few seconds.
  package func wake() {}

  private func deliver(_ ingested: Ingested) async -> Effects {
    var effects = Effects()
    effects.decisions = ingested.decisions
    guard let sender, !ingested.leased.isEmpty else { return effects }
    let counts = await sender.send(ingested.leased)
    (effects.delivered, effects.retried, effects.dead) = (counts.delivered, counts.retried, counts.dead)
    return effects
  }
}
