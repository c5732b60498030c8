// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryLedger
package import BelfryPolicy

/// The active alerts that mute others, one for each inhibition and its shared values.
package struct InhibitingAlerts: Sendable {
  private var alerts: [GroupKey: Alert] = [:]

  package init() {}

  package subscript(key: GroupKey) -> Alert? { alerts[key] }

  /// Finds them among the active alerts, page by page; with `keys`, only until each of these is found.
  package static func read(from ledger: any DecisionStore, only keys: Set<GroupKey>? = nil) async throws
    -> InhibitingAlerts
  {
    var found = InhibitingAlerts()
    var last: AlertKey?
    while keys.map({ found.alerts.count < $0.count }) ?? true {
      let page = try await ledger.records(after: last, activeOnly: true, limit: pageSize)
      for record in page {
        for key in record.inhibits where keys?.contains(key) ?? true && found.alerts[key] == nil {
          found.alerts[key] = record.alert
        }
      }
      guard page.count == pageSize else { break }
      last = page.last?.alert.key
    }
    return found
  }

  private static let pageSize = 1_000
}
