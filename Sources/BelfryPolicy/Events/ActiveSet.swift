// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The active alerts of one source, by ID and content hash, so that processing a reading costs only as much as it
/// changes.
package struct ActiveSet: Sendable {
  private let source: SourceName
  private var hashes: [ExactText: UInt64]

  package init(source: SourceName, hashes: [ExactText: UInt64] = [:]) {
    self.source = source
    self.hashes = hashes
  }

  package var count: Int { hashes.count }

  /// Compares a complete reading with the previous one, and returns the changes.
  ///
  /// A missing alert counts as resolved only if the reading `isComplete`; a truncated one proves nothing.
  package mutating func observe(_ alerts: [Alert], isComplete: Bool = true) -> [Event] {
    var events: [Event] = []
    var seen = 0
    for alert in alerts {
      let hash = alert.contentHash
      switch hashes.updateValue(hash, forKey: ExactText(alert.id)) {
      case nil: events.append(.fired(alert))
      case hash: seen += 1
      default:
        seen += 1
        events.append(.changed(alert))
      }
    }
    let known = hashes.count - (alerts.count - seen)
    // If the number of distinct IDs is the same, every known alert is still there.
    guard isComplete, seen < known else { return events }
    return events + forgetAll(but: Set(alerts.map { ExactText($0.id) }))
  }

  /// Ends these alerts, as far as they are active, and returns the changes.
  package mutating func end(_ ids: [String]) -> [Event] {
    ids.compactMap { id in
      hashes.removeValue(forKey: ExactText(id)).map { _ in .resolved(AlertKey(source: source, id: id)) }
    }
  }

  private mutating func forgetAll(but ids: Set<ExactText>) -> [Event] {
    let gone = hashes.keys.filter { !ids.contains($0) }.sorted()
    for id in gone { hashes[id] = nil }
    return gone.map { .resolved(AlertKey(source: source, id: $0.text)) }
  }
}
