// SPDX-License-Identifier: Apache-2.0

/// What one source holds active, by id and content hash, so that a new reading costs what changed and not what is active.
package struct ActiveSet: Sendable {
  private let source: SourceName
  private var hashes: [ExactText: UInt64]

  package init(source: SourceName, hashes: [ExactText: UInt64] = [:]) {
    self.source = source
    self.hashes = hashes
  }

  package var count: Int { hashes.count }

  /// Takes a whole reading and tells what changed by it.
  ///
  /// An alert's absence proves its end only when the reading `isComplete`; one that was cut short proves nothing.
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
    // An equal count of distinct ids means that all that was known is still there.
    guard isComplete, seen < known else { return events }
    return events + forgetAll(but: Set(alerts.map { ExactText($0.id) }))
  }

  private mutating func forgetAll(but ids: Set<ExactText>) -> [Event] {
    let gone = hashes.keys.filter { !ids.contains($0) }.sorted()
    for id in gone { hashes[id] = nil }
    return gone.map { .resolved(AlertKey(source: source, id: $0.text)) }
  }
}
