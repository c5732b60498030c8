// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryAudit
internal import BelfryPolicy

/// The times of the rows that count for a rule, as far back as they matter.
package struct AuditTally: Sendable, Hashable {
  /// In the order of the log, which is that of time unless the clock was set.
  private var moments: [Instant] = []
  private let capacity: Int

  /// Makes a tally; it must remember more than `over` rows, and further ones only show how many there are.
  package init(over: Int) { capacity = max(over + 1, 1_000) }

  /// Counts those of the lines to which the rule applies.
  package mutating func take(_ lines: [ArraySlice<UInt8>], _ settings: AuditRuleSource.Settings) {
    let seam = Array("\"\(settings.seam)\"".utf8)
    for line in lines where AuditTally.mayHold(seam, line) {
      guard let row = AuditLine(String(decoding: line, as: UTF8.self)), row.seam == settings.seam,
        let moment = row.emittedAt, settings.match.match(row.value(of:))
      else { continue }
      moments.append(moment)
    }
    if moments.count > 2 * capacity { moments.removeFirst(moments.count - capacity) }
  }

  /// The alert, if there are too many rows in the period before now.
  ///
  /// It does not state the exact number, because every row would then change the alert.
  package func alert(of source: SourceName, _ settings: AuditRuleSource.Settings, at now: Instant) -> Alert? {
    let earliest = now - settings.within.duration
    // After the clock was set back, rows too far in the future would keep the alert active until then.
    let counted = moments.filter { $0 >= earliest && $0 - now <= settings.within.duration }
    guard counted.count > settings.over else { return nil }
    let time = settings.within.duration.text
    let rule = "more than \(settings.over) rows of \(settings.seam) in \(time)"
    let match = settings.match.isEmpty ? "" : " with \(settings.match.text)"
    return Alert(
      source: source,
      id: "rule",
      severity: settings.severity.severity,
      category: settings.category,
      title: settings.title.isEmpty ? "\(source): \(rule)" : settings.title,
      detail: "The audit log contains \(rule)\(match).",
      labels: ["seam": settings.seam]
    )
  }

  /// A quick check: most rows do not contain the event type and need no parsing.
  private static func mayHold(_ seam: [UInt8], _ line: ArraySlice<UInt8>) -> Bool {
    guard line.count >= seam.count else { return false }
    return (line.startIndex...(line.endIndex - seam.count)).contains { start in
      line[start] == UInt8(ascii: "\"") && line[start...].starts(with: seam)
    }
  }
}
