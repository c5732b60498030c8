// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// What every ledger reads out of an outcome in the same way.
extension PolicyOutcome {
  /// The memberships to add, once `emptied` and `left` are carried out.
  ///
  /// Within one batch an alert may join a list and leave it again, or the other way round, and the outcome does not hold
  /// the order. Its record does: it says in which lists the alert waits in the end.
  func joins(in state: PolicyState) -> [Membership] {
    guard !emptied.isEmpty || !left.isEmpty else { return joined }
    let left = Set(left)
    let emptied = Set(emptied)
    return joined.filter { new in
      guard left.contains(new) || emptied.contains(new.list) else { return true }
      return state[alert: new.alert]?.waits.contains(new.list) ?? true
    }
  }
}
