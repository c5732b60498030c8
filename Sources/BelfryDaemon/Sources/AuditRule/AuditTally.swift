// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// The moments of the rows that count for a rule, as far back as they decide something.
package struct AuditTally: Sendable, Hashable {
  /// In the order of the log, which is that of time unless the clock was set.
  private var moments: [Instant] = []
  private let capacity: Int

  /// More than `over` rows must be known; all above that only say how many more they are.
  package init(over: Int) { capacity = max(over + 1, 1_000) }

  /// Counts the rows among these lines that the rule is about.
  package mutating func take(_ lines: [ArraySlice<UInt8>], _ settings: AuditRuleSourceSettings) {
    let seam = Array("\"\(settings.seam)\"".utf8)
    for line in lines where AuditTally.mayHold(seam, line) {
      guard let row = AuditLine(String(decoding: line, as: UTF8.self)), row.seam == settings.seam,
        let moment = row.emittedAt, settings.match.match(row)
      else { continue }
      moments.append(moment)
    }
    if moments.count > 2 * capacity { moments.removeFirst(moments.count - capacity) }
  }

  /// The alert, when there are too many rows in the time before now; how many beyond that they are is not told, as it would be
  /// another alert at every row.
  package func alert(of source: SourceName, _ settings: AuditRuleSourceSettings, at now: Instant) -> Alert? {
    let earliest = now - settings.within.duration
    // After the clock was set back, what lies further ahead than a row counts would hold the alert until then.
    let counted = moments.filter { $0 >= earliest && $0 - now <= settings.within.duration }
    guard counted.count > settings.over.value else { return nil }
    let time = settings.within.duration.text
    let rule = "more than \(settings.over.value) rows of \(settings.seam) in \(time)"
    let match = settings.match.isEmpty ? "" : " with \(settings.match.text)"
    return Alert(
      source: source,
      id: "rule",
      severity: settings.severity.severity,
      category: settings.category,
      title: settings.title.isEmpty ? "\(source): \(rule)" : settings.title,
      detail: "The audit log holds \(rule)\(match).",
      labels: ["seam": settings.seam]
    )
  }

  /// Most rows need not be parsed: those without the seam's name anywhere are of another.
  private static func mayHold(_ seam: [UInt8], _ line: ArraySlice<UInt8>) -> Bool {
    guard line.count >= seam.count else { return false }
    return (line.startIndex...(line.endIndex - seam.count)).contains { start in
      line[start] == UInt8(ascii: "\"") && line[start...].starts(with: seam)
    }
  }
}
