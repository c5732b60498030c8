// SPDX-License-Identifier: Apache-2.0
internal import Belfry
package import BelfryPolicy

// The parts of an outcome that every ledger reads in the same way.
extension PolicyOutcome {
  /// The memberships to add, after `emptied` and `left` are applied.
  ///
  /// Within one batch an alert may join a list and leave it again, or the reverse, and the outcome does not contain the
  /// order. The alert's record decides: it names the lists in which the alert finally waits.
  package func joins(in state: PolicyState) -> [Membership] {
    guard !emptied.isEmpty || !left.isEmpty else { return joined }
    let left = Set(left)
    let emptied = Set(emptied)
    return joined.filter { new in
      guard left.contains(new) || emptied.contains(new.list) else { return true }
      return state[alert: new.alert]?.waits.contains(new.list) ?? true
    }
  }
}
