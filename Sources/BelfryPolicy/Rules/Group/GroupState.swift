// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A group of alerts that are sent together.
package struct GroupState: HoldMemory {
  /// Until when no message follows the last one; nil before the first.
  package var restsUntil: Instant?
  /// When the alerts that wait in it are sent; nil if none do.
  package var due: Instant?
  /// How many of its alerts were sent and still fire.
  package var firing = 0
  /// How many alerts fired and resolved before they could be sent, since its last message.
  package var ended = 0
  /// For each channel, the deliveries that its next message there continues.
  package var thread = Thread()

  package init() {}

  package static let storedName: StaticString = "group"
  package static let stored = Stored(GroupState()) { fields in
    fields.optional("rests_until", { $0.restsUntil }, { $0.restsUntil = $1 })
    fields.optional("due", { $0.due }, { $0.due = $1 })
    fields.optional("firing", { $0.firing }, { $0.firing = $1 }, default: 0)
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
    fields.optional("thread", { $0.thread.list }, { $0.thread.list = $1 }, default: [])
  }

  package init?(olderTexts texts: [String]) {
    guard texts.count >= 4, let firing = Int(texts[2]), let ended = Int(texts[3]),
      let thread = Thread(olderTexts: Array(texts[4...]))
    else { return nil }
    restsUntil = Instant(stored: texts[0])
    due = Instant(stored: texts[1])
    self.firing = firing
    self.ended = ended
    self.thread = thread
  }

  package func isOver(at moment: Instant) -> Bool {
    firing == 0 && [due, restsUntil].allSatisfy { $0.map { $0 <= moment } ?? true }
  }

  package func following(_ step: ClockStep, longest: Duration) -> GroupState {
    var state = self
    state.restsUntil = restsUntil.map { step.end($0, longest: longest) }
    state.due = due.map { step.end($0, longest: longest) }
    return state
  }
}

extension HoldState {
  package static func group(_ state: GroupState) -> HoldState { HoldState(state) }
}
