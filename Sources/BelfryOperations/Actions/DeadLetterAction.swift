// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryAudit
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// Retries or drops dead letters.
package struct DeadLetterAction: Action {
  /// Selects dead letters.
  package enum Selection: Sendable, Hashable {
    /// By id, or by an end of it that no other has.
    case ids([String])
    case channel(String)
    case all
  }

  private let remedy: DeadLetterRemedy
  private let selection: Selection

  package init(_ remedy: DeadLetterRemedy, _ selection: Selection) {
    self.remedy = remedy
    self.selection = selection
  }

  package var name: ActionName { remedy == .retry ? .retryDeadLetters : .dropDeadLetters }
  package var subject: String { selection.subject }

  package func perform(in operations: Operations, by actor: Operator) async throws -> HandledDeadLetters {
    let dead = try await operations.ledger.deadLetters(limit: .max)
    let chosen = try selection.letters(among: dead).map(\.delivery.id)
    let handled = try await operations.ledger.mend(chosen, by: remedy).count { $0 }
    guard handled > 0 else { throw OperationRefusal(.unknown, "There is no such dead letter.") }
    operations.engine.wake()
    let isNamed = if case .ids = selection { true } else { false }
    return HandledDeadLetters(
      count: handled,
      subject: isNamed ? chosen.map(\.text).joined(separator: " ") : selection.subject
    )
  }
}

/// Dead letters that were retried or dropped.
package struct HandledDeadLetters: ActionOutcome {
  package let count: Int
  package let subject: String
}

extension DeadLetterAction.Selection {
  fileprivate var subject: String {
    switch self {
    case .ids(let ids): ids.joined(separator: " ")
    case .channel(let name): "channel \(name)"
    case .all: "all"
    }
  }

  /// - Throws: `OperationRefusal` for an id that no dead letter has, or several have.
  fileprivate func letters(among dead: [DeliveryRecord]) throws -> [DeliveryRecord] {
    switch self {
    case .ids(let ids): try ids.map { try DeadLetter.record($0, among: dead) }
    case .channel(let name): dead.filter { $0.delivery.channel.name == name }
    case .all: dead
    }
  }
}
