// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// Retries or drops dead letters.
///
/// One that says that an alert fires is not retried after the alert resolved: `belfry why` shows it as not sent.
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
    let mended = try await operations.ledger.mend(chosen, by: remedy)
    let outdated = zip(chosen, mended).compactMap { id, result -> HandledDeadLetters.Outdated? in
      guard case .outdated(let reason) = result else { return nil }
      return HandledDeadLetters.Outdated(id: id, reason: reason)
    }
    let handled = mended.count { $0 == .done }
    guard handled + outdated.count > 0 else { throw OperationRefusal(.unknown, "There is no such dead letter.") }
    operations.engine.wake()
    let isNamed = if case .ids = selection { true } else { false }
    return HandledDeadLetters(
      count: handled,
      outdated: outdated,
      subject: isNamed ? chosen.map(\.text).joined(separator: " ") : selection.subject
    )
  }
}

/// Dead letters that were retried or dropped.
package struct HandledDeadLetters: ActionOutcome {
  /// A dead letter that was not retried, because it does not say any more how its alerts are.
  package struct Outdated: Sendable, Hashable {
    package let id: DeliveryID
    package let reason: Verdict.Reason

    /// What an operator reads about it.
    package var line: PrintedText { "\(id.text): not sent. \(reason.text)" }
  }

  package let count: Int
  /// Those that should have been retried, and are not sent any more; they are no dead letters now.
  package let outdated: [Outdated]
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
