// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryEngine
package import BelfryLedger
package import BelfryPolicy

/// Counts the active alerts that a matcher matches.
package struct SilenceMatches: Sendable {
  package private(set) var count = 0
  package private(set) var active = 0
  /// The first few.
  private var examples: [AlertKey] = []

  package static func read(_ matcher: Matcher, in ledger: any DecisionStore) async throws -> SilenceMatches {
    var found = SilenceMatches()
    var memo = MatchMemo()
    try await ledger.forEachRecord(activeOnly: true) { record in
      found.active += 1
      guard matcher.matches(record.alert, memo: &memo) else { return }
      found.count += 1
      if found.examples.count < 3 { found.examples.append(record.alert.key) }
    }
    return found
  }

  package var text: String {
    if active == 0 { return "no active alerts now" }
    let names = examples.map(\.description).joined(separator: ", ") + (count > examples.count ? ", …" : "")
    return "matches \(count) of \(counted(active, "active alert"))" + (names.isEmpty ? "" : ": \(names)")
  }
}
