// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// How many active alerts mute others by one inhibition and the values that it compares.
package struct InhibitionState: HoldMemory {
  package var count: Int
  /// How many alerts fired and resolved while it muted them.
  package var ended: Int

  package init(count: Int = 0, ended: Int = 0) {
    self.count = count
    self.ended = ended
  }

  package static let storedName: StaticString = "inhibition"
  package static let stored = Stored(InhibitionState()) { fields in
    fields.optional("count", { $0.count }, { $0.count = $1 }, default: 0)
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
  }

  package func isOver(at moment: Instant) -> Bool { count == 0 }

  package init?(olderTexts texts: [String]) {
    let numbers = texts.compactMap { Int($0) }
    guard numbers.count == 2 else { return nil }
    self.init(count: numbers[0], ended: numbers[1])
  }
}

extension HoldState {
  package static func inhibition(_ state: InhibitionState) -> HoldState { HoldState(state) }
}
