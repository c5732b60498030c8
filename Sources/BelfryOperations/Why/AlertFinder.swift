// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

/// Finds the alerts that a person means by an ID, or by `source/id`.
package struct AlertFinder: Sendable {
  package let ledger: any DecisionStore & History
  /// The sources to search first.
  package let sources: [SourceName]

  package init(ledger: any DecisionStore & History, configuration: Configuration) {
    self.ledger = ledger
    self.sources = configuration.sourceNames
  }

  /// The alerts with exactly that ID, by source; including those of sources that are no longer in the file.
  package func alerts(_ text: String) async throws -> [AlertRecord] {
    let named = [AlertKey(text: text)].compactMap(\.self) + sources.map { AlertKey(source: $0, id: text) }
    var found: [AlertRecord] = []
    for key in named {
      if let record = try await ledger.record(of: key) { found.append(record) }
    }
    if found.isEmpty {
      for source in try await ledger.alertSources() {
        if let record = try await ledger.record(of: AlertKey(source: source, id: text)) { found.append(record) }
      }
    }
    return found.sorted { $0.alert.key < $1.alert.key }
  }

  /// The most active alerts, and the most alerts, whose IDs are compared with a mistyped one.
  private static let compared = 5_000

  /// Similar IDs, closest first, at most five; of a large ledger only some are compared.
  package func near(_ text: String) async throws -> [AlertKey] {
    let wanted = text.lowercased()
    let allowed = max(1, wanted.count / 3)
    let active = Set(try await ledger.alertKeys(activeOnly: true, limit: AlertFinder.compared))
    let some = active.union(try await ledger.alertKeys(activeOnly: false, limit: AlertFinder.compared))
    let found = some.compactMap { key in
      AlertFinder.distance(wanted, key, allowed).map { (key: key, distance: $0, isEnded: !active.contains(key)) }
    }
    let nearest = found.sorted { left, right in
      (left.isEnded ? 1 : 0, left.distance, left.key) < (right.isEnded ? 1 : 0, right.distance, right.key)
    }
    return nearest.prefix(5).map(\.key)
  }

  /// The distance of a key from the typed text; nil if it is not similar.
  private static func distance(_ wanted: String, _ key: AlertKey, _ allowed: Int) -> Int? {
    let names = [key.id.lowercased(), key.description.lowercased()]
    if wanted.count > 1, names[1].contains(wanted) || names[0].count > 2 && wanted.contains(names[0]) { return 0 }
    return names.lazy.filter { abs($0.count - wanted.count) <= allowed }.map { Nearest.distance(wanted, $0) }
      .filter { $0 <= allowed }.min()
  }
}
