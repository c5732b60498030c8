// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

/// Finds the alerts that a person means by an ID, or by `source/id`.
package struct AlertFinder: Sendable {
  package let ledger: any Ledger
  /// The sources to search first, before reading everything.
  package let sources: [SourceName]

  package init(ledger: any Ledger, configuration: Configuration) {
    self.ledger = ledger
    self.sources = configuration.sources.map(\.name) + SourceName.builtIn
  }

  /// The alerts with exactly that ID, by source; including those of sources that are no longer in the file.
  package func alerts(_ text: String) async throws -> [AlertRecord] {
    let named = [AlertKey(text: text)].compactMap(\.self) + sources.map { AlertKey(source: $0, id: text) }
    var found: [AlertRecord] = []
    for key in named {
      if let record = try await ledger.record(of: key) { found.append(record) }
    }
    if found.isEmpty {
      try await ledger.forEachRecord { record in if record.alert.id.isExactly(text) { found.append(record) } }
    }
    return found.sorted { $0.alert.key < $1.alert.key }
  }

  /// Similar IDs, closest first, at most five.
  package func near(_ text: String) async throws -> [AlertKey] {
    let wanted = text.lowercased()
    let allowed = max(1, wanted.count / 3)
    var found: [(key: AlertKey, distance: Int, isEnded: Bool)] = []
    try await ledger.forEachRecord { record in
      let key = record.alert.key
      guard let distance = AlertFinder.distance(wanted, key, allowed) else { return }
      found.append((key, distance, !record.isActive))
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

extension Ledger {
  /// Reads all alert records, a page at a time.
  package func forEachRecord(activeOnly: Bool = false, _ body: (AlertRecord) -> Void) async throws {
    var last: AlertKey?
    while true {
      let page = try await records(after: last, activeOnly: activeOnly, limit: 1000)
      for record in page { body(record) }
      guard let next = page.last?.alert.key else { return }
      last = next
    }
  }
}
