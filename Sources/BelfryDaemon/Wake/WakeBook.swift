// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// Which events were counted and which woke someone: what is known of all keys, decided row by row.
package struct WakeBook: Sendable {
  package let rules: WakeRules
  /// Whether alerts that were told count, and not only what probes found.
  private let takesAlerts: Bool
  private var records: [String: WakeRecord] = [:]
  /// On which channels an alert was told since it last counted: one telling on three channels is one event.
  private var told: [String: Telling] = [:]
  /// How many records there may be before those are looked for that decide nothing more.
  private var crowded = WakeBook.usualRecords

  fileprivate struct Telling {
    var at: Instant
    var channels: Set<String>
  }

  private static let usualRecords = 100
  private static let remembered = 1_000
  private static let record = "record."
  private static let telling = "told."

  /// `kept` is what `take` gave, by name; other names are passed over.
  package init(rules: WakeRules, takesAlerts: Bool, kept: [String: String] = [:]) {
    self.rules = rules
    self.takesAlerts = takesAlerts
    for (name, text) in kept {
      if name.hasPrefix(WakeBook.record) {
        records[String(name.dropFirst(WakeBook.record.count))] = WakeRecord(text: text)
      } else if name.hasPrefix(WakeBook.telling) {
        told[String(name.dropFirst(WakeBook.telling.count))] = Telling(text: text)
      }
    }
  }

  /// Takes lines of the audit log in.
  ///
  /// - Returns: the events that wake someone, and what is to be kept under each name that they changed, nil for nothing.
  package mutating func take(_ lines: [ArraySlice<UInt8>]) -> (waking: [WakeEvent], kept: [String: String?]) {
    var waking: [WakeEvent] = []
    var changed: Set<String> = []
    for line in lines where WakeBook.mayWake(line) {
      guard let row = AuditLine(String(decoding: line, as: UTF8.self)), let event = WakeEvent(row),
        counts(event, &changed)
      else { continue }
      changed.insert(WakeBook.record + event.key)
      if records[event.key, default: WakeRecord()].take(event.severity, at: event.at, by: rules) == .wake {
        waking.append(event)
      }
      forget(at: event.at, but: event.key, &changed)
    }
    return (waking, changed.reduce(into: [:]) { $0[$1] = .some(text(of: $1)) })
  }

  private func text(of name: String) -> String? {
    if name.hasPrefix(WakeBook.record) { return records[String(name.dropFirst(WakeBook.record.count))]?.text }
    return told[String(name.dropFirst(WakeBook.telling.count))]?.text
  }

  private mutating func counts(_ event: WakeEvent, _ changed: inout Set<String>) -> Bool {
    guard event.kind == .alert else { return true }
    guard takesAlerts else { return false }
    let channel = event.snapshot["channel"] ?? ""
    changed.insert(WakeBook.telling + event.subject)
    // The same channel again: it was told anew.
    if let telling = told[event.subject], !telling.channels.contains(channel) {
      told[event.subject]?.channels.insert(channel)
      return false
    }
    told[event.subject] = Telling(at: event.at, channels: [channel])
    if told.count > 2 * WakeBook.remembered {
      let old = told.sorted { $0.value.at < $1.value.at }.dropLast(WakeBook.remembered).map(\.key)
      for subject in old { told[subject] = nil }
      changed.formUnion(old.map { WakeBook.telling + $0 })
    }
    return true
  }

  /// Categories come from outside: what decides nothing more is not kept.
  private mutating func forget(at moment: Instant, but key: String, _ changed: inout Set<String>) {
    guard records.count > crowded else { return }
    let spent = records.filter { $0.key != key && $0.value.isSpent(at: moment, by: rules) }.map(\.key)
    for key in spent { records[key] = nil }
    changed.formUnion(spent.map { WakeBook.record + $0 })
    crowded = max(WakeBook.usualRecords, 2 * records.count)
  }

  /// Most rows need not be parsed: the seam is near the beginning.
  private static func mayWake(_ line: ArraySlice<UInt8>) -> Bool {
    let beginning = String(decoding: line.prefix(200), as: UTF8.self)
    return beginning.contains(AuditSeam.wakeRequested) || beginning.contains(AuditSeam.dispatched)
  }
}

extension WakeBook.Telling {
  /// The moment in microseconds and the channels, a line each.
  fileprivate var text: String { ([String(at.microseconds)] + channels.sorted()).joined(separator: "\n") }

  fileprivate init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = lines.first, let moment = Int64(first) else { return nil }
    self.init(at: Instant(microseconds: moment), channels: Set(lines.dropFirst()))
  }
}
