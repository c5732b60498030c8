// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
internal import BelfryPolicy

/// Answers what happened to an alert, why, and what happens next.
package struct WhyReport: Sendable {
  private let alert: String
  /// One for each source that has an alert with this ID.
  package private(set) var stories: [AlertStory] = []
  /// Similar IDs, if there is no alert with this one.
  private var near: [AlertKey] = []
  /// Unreadable parts of the ledger, as far as they may be about these alerts.
  private var damage: [Damage] = []

  /// The report if there is no ledger yet.
  package init(unknown alert: String) { self.alert = alert }

  /// Reads the stories of the alerts that have this id, or that `source/id` names, with the `last` decisions of each.
  ///
  /// It throws `WorkDeadline.Overdue` when that takes longer than the deadline.
  package static func read(
    _ alert: String,
    from ledger: any DecisionStore & History & Notes & LedgerHealth,
    _ configuration: Configuration,
    last: Int,
    by deadline: WorkDeadline? = nil
  ) async throws -> WhyReport {
    var report = WhyReport(unknown: alert)
    let finder = AlertFinder(ledger: ledger, configuration: configuration)
    for record in try await finder.alerts(alert) {
      report.stories.append(
        try await AlertStory.read(
          record,
          from: ledger,
          configuration: configuration,
          last: last,
          by: deadline
        )
      )
    }
    if report.stories.isEmpty { report.near = try await finder.near(alert) }
    // Last: the queries before may have found some.
    report.take(try await ledger.damage())
    return report
  }

  /// Keeps the damage to the rows of these alerts, and what is lost without a name, which may be about any.
  private mutating func take(_ all: Set<Damage>) {
    let names = stories.flatMap { [$0.key.description] + $0.deliveries.keys.map(\.text) } + [alert]
    damage = all.filter { [.rows, .file].contains($0.kind) || names.contains($0.name) }.sorted { $0.text < $1.text }
  }

  /// Whether the alert is unknown, could not be delivered, or cannot be read.
  package var isBadNews: Bool { stories.isEmpty || !damage.isEmpty || stories.contains(where: \.isBadNews) }

  package func text(_ time: TimeText, _ notes: RuleNotes) -> String {
    let texts = stories.map { $0.lines(time, notes).map(\.description).printedLines }
    let answer = stories.isEmpty ? unknown : texts.joined(separator: "\n\n")
    return ([answer] + damage.map { "DAMAGED: \($0.text)".printableLine }).joined(separator: "\n")
  }

  /// The answer about an id that no source ever had.
  package var unknown: String {
    var lines = [AlertReference.unknown(alert.truncated(to: 200))]
    lines += near.map { "did you mean \($0)?" }
    lines.append("to see how such an alert would be routed: belfry explain --severity … --category … --label …")
    return lines.printedLines
  }

  package func encode(into writer: inout JSONWriter, at now: Instant) {
    writer.object { writer in
      writer.key("alerts")
      writer.array(stories) { $1.encode(into: &$0, at: now) }
      writer.member("near", near.map(\.description))
    }
  }
}

extension AlertStory {
  /// Whether someone should have been notified and cannot be.
  fileprivate var isBadNews: Bool { standing == .lost || record.isActive && !latest(.dead).isEmpty }
}
