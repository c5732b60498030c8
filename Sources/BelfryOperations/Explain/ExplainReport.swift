// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

/// An alert of which only some fields are known.
///
/// What it does not state is taken from its labels, as in an alert that is pushed in Alertmanager's format.
package struct AlertDescription: Sendable, Hashable {
  package var severity: String?
  package var category: String?
  package var source: SourceName
  package var labels: [Labels.Label]

  package init(severity: String?, category: String?, source: SourceName, labels: [Labels.Label]) {
    self.severity = severity
    self.category = category
    self.source = source
    self.labels = labels
  }

  /// Whether it describes no alert in particular.
  package var isEmpty: Bool { severity == nil && category == nil && labels.isEmpty }

  /// The alert; a warning if nothing states its severity.
  package var alert: Alert {
    let pushed = pushedAlert
    return Alert(
      source: source,
      id: "explain",
      severity: severity.map { Severity($0) } ?? pushed?.severity ?? .warning,
      category: category ?? pushed?.category ?? "",
      title: "",
      labels: pushed?.labels ?? Labels(labels)
    )
  }

  /// The alert that a client of the push interface would create with these labels; nil if none has a value.
  private var pushedAlert: Alert? {
    var writer = JSONWriter()
    writer.array([labels]) { writer, labels in
      writer.object {
        $0.key("labels")
        $0.object { for label in labels { $0.member(label.name, label.value) } }
      }
    }
    let text = SourceText(name: "labels", bytes: writer.bytes)
    return AlertDecoding.readPush(text, .alertmanager, now: Instant(seconds: 0)).alerts.first?.alert
  }
}

/// Where an alert would go at some time, and why.
package struct ExplainReport: Sendable {
  /// The alert of the ledger that was asked about; nil if it was only described.
  package var recorded: AlertKey?
  /// The time that was asked about; nil for now.
  package var moment: Instant?
  package var explanation: Explanation

  /// Explains what would happen to a described alert.
  package static func read(
    _ alert: AlertDescription,
    from ledger: (any DecisionStore)?,
    _ configuration: Configuration,
    at moment: Instant?,
    now: Instant
  ) async throws -> ExplainReport {
    let explanation = try await Explanation.read(alert.alert, from: ledger, configuration, at: moment ?? now)
    return ExplainReport(moment: moment, explanation: explanation)
  }

  /// Explains what would happen to an alert of the ledger, as it is now.
  ///
  /// - Throws: `OperationRefusal` if the ledger has no such alert, or several.
  package static func read(
    _ alert: AlertReference,
    from ledger: any DecisionStore & History,
    _ configuration: Configuration,
    at moment: Instant?,
    now: Instant
  ) async throws -> ExplainReport {
    let record = try await alert.record(in: ledger, configuration)
    let explanation = try await Explanation.read(record.alert, from: ledger, configuration, at: moment ?? now)
    return ExplainReport(recorded: record.alert.key, moment: moment, explanation: explanation)
  }

  /// The alert and the time if they were asked about, then the routes.
  package func text(_ time: TimeText, _ notes: RuleNotes) -> String {
    let subjects = [recorded.map { "alert \($0)" }, moment.map { "at \(time.full($0))" }].compactMap(\.self)
    let heading = subjects.isEmpty ? "" : [subjects.joined(separator: ", ")].printedLines + "\n"
    return heading + explanation.text(notes)
  }

  package func encode(into writer: inout JSONWriter) {
    explanation.encode(into: &writer) { writer in
      if let recorded { writer.member("alert", recorded.description) }
      if let moment { writer.member("at", moment.iso8601) }
    }
  }
}
