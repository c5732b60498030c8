// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What a silence or quiet hours remember while they last.
package struct MuteState: HoldMemory {
  /// How many alerts fired and resolved while they were muted.
  package var ended: Int

  package init(ended: Int = 0) { self.ended = ended }

  package static let storedName: StaticString = "mute"
  package static let stored = Stored(MuteState()) { fields in
    fields.optional("ended", { $0.ended }, { $0.ended = $1 }, default: 0)
  }

  /// A silence or quiet hours that last have a timer.
  package func isOver(at moment: Instant) -> Bool { true }

  package init?(olderTexts texts: [String]) {
    guard let ended = texts.first.flatMap({ Int($0) }) else { return nil }
    self.init(ended: ended)
  }
}

extension HoldState {
  package static func mute(_ state: MuteState) -> HoldState { HoldState(state) }
}

extension Hold where State == MuteState {
  /// Counts alerts that fired and resolved while it muted them.
  func countEnded(_ count: Int, for channels: [ChannelName], in run: inout PolicyRun) {
    run.state.set(MuteState(ended: (run.state[self]?.ended ?? 0) + count), for: self)
  }

  /// Forgets the count, and returns it.
  func takeCount(in run: inout PolicyRun) -> Int {
    guard let state = run.state[self] else { return 0 }
    run.state.set(nil, for: self)
    return state.ended
  }

  /// When the clock is set back, its hours may not have begun: the rules are asked at once, and hold again what they hold.
  func due(_ due: Instant, after step: ClockStep, _ longest: LongestWaits) -> Instant {
    step.by < .zero ? min(due, step.now) : due
  }
}
