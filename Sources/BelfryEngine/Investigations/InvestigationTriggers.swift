// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
package import BelfryConfiguration
internal import BelfryPolicy

/// Which events were counted and which caused an investigation: the state of all keys, decided row by row.
package struct InvestigationTriggers: Sendable {
  package let rules: InvestigationRules
  /// Whether notifications about alerts count too, not only probes' findings.
  let takesAlerts: Bool
  private var records: [ExactText: InvestigationHistory] = [:]
  /// The channels that have sent an alert since it last counted: one notification on three channels is one event.
  private var notified: [ExactText: Notified] = [:]
  /// The number of records beyond which those that no longer matter are removed.
  private var crowded = InvestigationTriggers.usualRecords

  fileprivate struct Notified {
    var at: Instant
    var channels: Set<String>
  }

  private static let usualRecords = 100
  private static let remembered = 1_000
  private static let record = "record."
  private static let notifiedPrefix = "told."

  /// Makes the state; `kept` is the output of `take`, by name; unknown names are ignored.
  package init(rules: InvestigationRules, takesAlerts: Bool, kept: [ExactText: String] = [:]) {
    self.rules = rules
    self.takesAlerts = takesAlerts
    for (name, text) in kept {
      if let key = name.after(InvestigationTriggers.record) {
        records[key] = InvestigationHistory(text: text)
      } else if let subject = name.after(InvestigationTriggers.notifiedPrefix) {
        notified[subject] = Notified(text: text)
      }
    }
  }

  /// Processes lines of the audit log; those about deliveries of the ledger are taken from there.
  ///
  /// - Returns: the events to investigate, and the text to store under each name that they changed, nil to remove it.
  package mutating func take(_ lines: [ArraySlice<UInt8>]) -> (waking: [InvestigationEvent], kept: [ExactText: String?])
  {
    let asking = lines.lazy.filter { InvestigationTriggers.mayWake($0) && ChainedRow($0)?.attempt == nil }
    return take(asking.compactMap { AuditLine(String(decoding: $0, as: UTF8.self)).flatMap { InvestigationEvent($0) } })
  }

  /// Processes events.
  ///
  /// - Returns: the events to investigate, and the text to store under each name that they changed, nil to remove it.
  package mutating func take(_ events: [InvestigationEvent]) -> (
    waking: [InvestigationEvent], kept: [ExactText: String?]
  ) {
    var waking: [InvestigationEvent] = []
    var changed: Set<ExactText> = []
    for var event in events where counts(event, &changed) {
      event.severity = rules.severities.severity(event.severity.name)
      let key = ExactText(event.key)
      changed.insert(InvestigationTriggers.name(InvestigationTriggers.record, key))
      if records[key, default: InvestigationHistory()].take(event.severity, at: event.at, by: rules) == .wake {
        waking.append(event)
      }
      forget(at: event.at, but: key, &changed)
    }
    return (waking, changed.reduce(into: [:]) { $0[$1] = .some(text(of: $1)) })
  }

  private static func name(_ prefix: String, _ key: ExactText) -> ExactText { ExactText(prefix + key.text) }

  private func text(of name: ExactText) -> String? {
    if let key = name.after(InvestigationTriggers.record) { return records[key]?.text }
    return name.after(InvestigationTriggers.notifiedPrefix).flatMap { notified[$0]?.text }
  }

  private mutating func counts(_ event: InvestigationEvent, _ changed: inout Set<ExactText>) -> Bool {
    guard event.kind == .alert else { return true }
    guard takesAlerts else { return false }
    let channel = event.snapshot["channel"] ?? ""
    let subject = ExactText(event.subject)
    changed.insert(InvestigationTriggers.name(InvestigationTriggers.notifiedPrefix, subject))
    // The same channel again: it was sent again.
    if let known = notified[subject], !known.channels.contains(channel) {
      notified[subject]?.channels.insert(channel)
      return false
    }
    notified[subject] = Notified(at: event.at, channels: [channel])
    if notified.count > 2 * InvestigationTriggers.remembered {
      let old = notified.sorted { $0.value.at < $1.value.at }.dropLast(InvestigationTriggers.remembered).map(\.key)
      for one in old { notified[one] = nil }
      changed.formUnion(old.map { InvestigationTriggers.name(InvestigationTriggers.notifiedPrefix, $0) })
    }
    return true
  }

  /// Removes records that no longer matter, because categories come from outside and are unbounded.
  private mutating func forget(at moment: Instant, but key: ExactText, _ changed: inout Set<ExactText>) {
    guard records.count > crowded else { return }
    let spent = records.filter { $0.key != key && $0.value.isSpent(at: moment, by: rules) }.map(\.key)
    for key in spent { records[key] = nil }
    changed.formUnion(spent.map { InvestigationTriggers.name(InvestigationTriggers.record, $0) })
    crowded = max(InvestigationTriggers.usualRecords, 2 * records.count)
  }

  /// A quick check: most rows need no parsing, because the event type is near the start.
  private static func mayWake(_ line: ArraySlice<UInt8>) -> Bool {
    let beginning = String(decoding: line.prefix(200), as: UTF8.self)
    return beginning.contains(AuditSeam.wakeRequested) || beginning.contains(AuditSeam.dispatched)
  }
}

extension InvestigationTriggers.Notified {
  /// The time in microseconds and the channels, one per line.
  fileprivate var text: String { ([String(at.microseconds)] + channels.sorted()).joined(separator: "\n") }

  fileprivate init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard let first = lines.first, let moment = Int64(first) else { return nil }
    self.init(at: Instant(microseconds: moment), channels: Set(lines.dropFirst()))
  }
}

extension ExactText {
  /// The text after a byte prefix; nil if it does not start with it.
  fileprivate func after(_ prefix: String) -> ExactText? {
    text.beginsExactly(with: prefix) ? ExactText(text.dropping(bytes: prefix.utf8.count)) : nil
  }
}
