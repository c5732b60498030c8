// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// When an expected alert last arrived.
package struct ExpectationState: HoldMemory {
  package var arrivedAt: Instant
  /// Whether a polled source keeps it active, so that it need not arrive again.
  package var isActive: Bool

  package init(arrivedAt: Instant, isActive: Bool = false) {
    self.arrivedAt = arrivedAt
    self.isActive = isActive
  }

  package static let storedName: StaticString = "expectation"
  package static let stored = Stored(ExpectationState(arrivedAt: Instant(seconds: 0))) { fields in
    fields.required("came_at", { $0.arrivedAt }, { $0.arrivedAt = $1 })
    fields.optional("held", { $0.isActive }, { $0.isActive = $1 }, default: false)
  }

  package init?(olderTexts texts: [String]) {
    guard let arrivedAt = texts.first.flatMap({ Instant(stored: $0) }) else { return nil }
    self.init(arrivedAt: arrivedAt, isActive: texts.last == "held")
  }

  /// Only the rules know whether the alert is still expected.
  package func isOver(at moment: Instant) -> Bool { false }

  package func following(_ step: ClockStep, longest: Duration) -> ExpectationState {
    ExpectationState(arrivedAt: step.moment(arrivedAt), isActive: isActive)
  }
}

extension HoldState {
  package static func expectation(_ state: ExpectationState) -> HoldState { HoldState(state) }
}
