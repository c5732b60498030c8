// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Remembers when an expected alert arrived, and notices when it is missing.
///
/// No alert waits in it.
struct ExpectationHold: Hold {
  typealias State = ExpectationState
  static let name = "expect"

  let key: ExactText
  init(key: ExactText) { self.key = key }
  init(_ id: String) { self.key = ExactText(id) }

  func rule(for alert: Alert, on routes: [Route], in rules: PolicyRules) -> Rule? { rules.expectations[key]?.rule }

  /// Notes that an alert arrived, if it is an expected one; returns the rule that expects it.
  static func noteArrival(of alert: Alert, in run: inout PolicyRun) -> Rule? {
    guard let rule = run.rules.expectations[alert.id]?.rule, alert.source != .belfry else { return nil }
    let hold = ExpectationHold(alert.id)
    run.state.set(State(arrivedAt: run.now, isActive: alert.source != .command), for: hold)
    // The timer ends the alert about its absence.
    run.outcome.timers[.list(hold.id)] = .some(run.now)
    return rule
  }

  /// Notes that an alert resolved: if it is expected, it must arrive again.
  static func noteEnd(of alert: AlertKey, in run: inout PolicyRun) {
    guard run.rules.expectations[alert.id] != nil, alert.source != .belfry else { return }
    let hold = ExpectationHold(alert.id)
    guard var state = run.state[hold], state.isActive else { return }
    state.isActive = false
    state.arrivedAt = run.now
    run.state.set(state, for: hold)
    run.outcome.timers[.list(hold.id)] = .some(run.now)
  }

  /// What follows when its timer fires.
  enum Finding {
    /// The alert about its absence resolves, if it is active.
    case ends(Decision.Cause.Trigger)
    case missing(Alert)
    /// It is missing, and that was reported before.
    case isMissing
  }

  func check(in run: inout PolicyRun) -> Finding {
    guard let rule = run.rules.expectations[key] else {
      run.state.set(nil, for: self)
      return .ends(.notExpected)
    }
    let known = run.state[self]
    if known?.isActive == true { return .ends(.came) }
    if let due = known.map({ $0.arrivedAt + rule.every }), due > run.now {
      run.outcome.timers[.list(id)] = .some(due)
      return .ends(.came)
    }
    if run.state[alert: ExpectationRule.alarm(of: key.text)]?.isActive == true { return .isMissing }
    return .missing(rule.alarm(arrivedAt: known?.arrivedAt, at: run.now))
  }
}

extension HoldID {
  package static func expectation(_ id: ExactText) -> HoldID { HoldID(ExpectationHold(key: id)) }
  package var expectation: String? { self.as(ExpectationHold.self)?.key.text }
}
