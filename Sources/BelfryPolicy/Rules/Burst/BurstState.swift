// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A burst, or what may become one: how many alerts were sent recently, and until when new ones are sent together.
package struct BurstState: HoldMemory {
  /// Alerts that were sent separately a short while ago, with the times; at most as many as the rule permits.
  package var recent: [Recent] = []
  /// Until when new alerts wait for the next update; nil if no burst is in progress.
  package var until: Instant?
  /// How many alerts it contains so far.
  package var count = 0
  package var thread = Thread()

  package init() {}

  package struct Recent: Sendable, Hashable {
    package var at: Instant
    package var alert: Alert
    package init(at: Instant, alert: Alert) {
      self.at = at
      self.alert = alert
    }
  }

  package static let storedName: StaticString = "burst"
  package static let stored = Stored(BurstState()) { fields in
    fields.optional("until", { $0.until }, { $0.until = $1 })
    fields.optional("count", { $0.count }, { $0.count = $1 }, default: 0)
    fields.optional("recent", { $0.recent }, { $0.recent = $1 }, default: [])
    fields.optional("thread", { $0.thread.list }, { $0.thread.list = $1 }, default: [])
  }

  package init?(olderTexts texts: [String]) {
    guard texts.count >= 3, let count = Int(texts[1]), let recent = Int(texts[2]), recent >= 0,
      texts.count >= 3 + 2 * recent, let thread = Thread(olderTexts: Array(texts[(3 + 2 * recent)...]))
    else { return nil }
    until = Instant(stored: texts[0])
    self.count = count
    self.thread = thread
    for index in 0..<recent {
      guard let at = Instant(stored: texts[3 + 2 * index]), let alert = Alert(stored: Array(texts[4 + 2 * index].utf8))
      else { return nil }
      self.recent.append(Recent(at: at, alert: alert))
    }
  }

  package func isOver(at moment: Instant) -> Bool {
    until.map { $0 <= moment } ?? true && recent.allSatisfy { $0.at <= moment }
  }

  package func following(_ step: ClockStep, longest: Duration) -> BurstState {
    var state = self
    state.until = until.map { step.end($0, longest: longest) }
    for index in recent.indices { state.recent[index].at = step.moment(recent[index].at) }
    return state
  }
}

extension BurstState.Recent: Storable {
  package static let stored = Stored(
    BurstState.Recent(at: Instant(seconds: 0), alert: Alert(id: "", severity: .info, title: ""))
  ) { fields in
    fields.required("at", { $0.at }, { $0.at = $1 })
    fields.required("alert", { $0.alert }, { $0.alert = $1 })
  }
}

extension HoldState {
  package static func burst(_ state: BurstState) -> HoldState { HoldState(state) }
}
