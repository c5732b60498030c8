// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Which events were counted and which woke someone: what is known of all keys, decided row by row.
package struct WakeBook: Sendable {
  package let rules: WakeRules
  /// Whether alerts that were told count, and not only what probes found.
  private let takesAlerts: Bool
  private var records: [String: WakeRecord]
  /// On which channels an alert was told since it last counted: one telling on three channels is one event.
  private var told: [String: Set<String>] = [:]

  private static let remembered = 10_000

  /// `kept` is what `marks` gave.
  package init(rules: WakeRules, takesAlerts: Bool, kept: [String: String] = [:]) {
    self.rules = rules
    self.takesAlerts = takesAlerts
    records = kept.compactMapValues { WakeRecord(text: $0) }
  }

  /// Takes lines of the audit log in.
  ///
  /// - Returns: the events that wake someone, and what is to be kept of each key that they changed, nil for nothing.
  package mutating func take(_ lines: [ArraySlice<UInt8>]) -> (waking: [WakeEvent], kept: [String: String?]) {
    var waking: [WakeEvent] = []
    var touched: Set<String> = []
    for line in lines where WakeBook.mayWake(line) {
      guard let row = AuditLine(String(decoding: line, as: UTF8.self)), let event = WakeEvent(row), counts(event) else {
        continue
      }
      touched.insert(event.key)
      if records[event.key, default: WakeRecord()].take(event.severity, at: event.at, by: rules) == .wake {
        waking.append(event)
      }
      touched.formUnion(forget(at: event.at, but: event.key))
    }
    return (waking, touched.reduce(into: [:]) { $0[$1] = .some(records[$1]?.text) })
  }

  private mutating func counts(_ event: WakeEvent) -> Bool {
    guard event.kind == .alert else { return true }
    guard takesAlerts else { return false }
    let channel = event.snapshot["channel"] ?? ""
    if told.count > WakeBook.remembered { told = [:] }
    // The same channel again: it was told anew.
    if let channels = told[event.subject], !channels.contains(channel) {
      told[event.subject, default: []].insert(channel)
      return false
    }
    told[event.subject] = [channel]
    return true
  }

  /// Categories come from outside: what decides nothing more is not kept.
  private mutating func forget(at moment: Instant, but key: String) -> [String] {
    guard records.count > 100 else { return [] }
    let spent = records.filter { $0.key != key && $0.value.isSpent(at: moment, by: rules) }.map(\.key)
    for key in spent { records[key] = nil }
    return spent
  }

  /// Most rows need not be parsed: the seam is near the beginning.
  private static func mayWake(_ line: ArraySlice<UInt8>) -> Bool {
    let beginning = String(decoding: line.prefix(200), as: UTF8.self)
    return beginning.contains(AuditSeam.wakeRequested) || beginning.contains(AuditSeam.dispatched)
  }
}
