// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What a cap remembers: when the last messages were sent, and whether alerts wait for room.
package struct CapState: HoldMemory {
  /// When the last messages that count were sent, in order; at most as many as the rule permits.
  package var sent: [Instant] = []
  /// When the alerts that wait are sent; nil if none do.
  package var due: Instant?
  /// How many alerts fired and resolved while they waited.
  package var ended = 0

  package init() {}

  /// When there is room for another message; nil if there is now.
  func room(under rule: CapRule, at now: Instant) -> Instant? {
    let counted = sent.filter { $0 + rule.per > now }
    return counted.count < rule.over ? nil : counted[counted.count - rule.over] + rule.per
  }

  package static let storedName: StaticString = "cap"
  package static let stored = Stored(CapState()) { fields in
    fields.optional("sent", { $0.sent }, { $0.sent = $1 }, default: [])
    fields.optional("due", { $0.due }, { $0.due = $1 })
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
  }

  package func isOver(at moment: Instant) -> Bool {
    due.map { $0 <= moment } ?? true && sent.allSatisfy { $0 <= moment }
  }

  package func following(_ step: ClockStep, longest: Duration) -> CapState {
    var state = self
    state.sent = sent.map(step.moment)
    state.due = due.map { step.end($0, longest: longest) }
    return state
  }
}

extension HoldState {
  package static func cap(_ state: CapState) -> HoldState { HoldState(state) }
}
