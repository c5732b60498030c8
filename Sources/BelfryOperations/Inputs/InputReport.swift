// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
internal import BelfryEngine
internal import BelfryPolicy

/// How an input would read a body, and where its alerts would go; nothing is sent or stored.
package struct InputReport: Sendable {
  private let input: InputSettings
  private let timeout: Duration
  private let pushed: PushedAlerts
  private let entries: [Entry]

  /// An entry of the body.
  private struct Entry {
    var index: Int
    var result: Result

    enum Result {
      /// The alert, whether it ended, and where it would go.
      case alert(Alert, isOver: Bool, outcome: String)
      case refused(String)
      case ignored
    }
  }

  /// Reads a body as the server would.
  package init(_ body: SourceText, for input: InputSettings, _ configuration: Configuration, at now: Instant) {
    self.input = input
    timeout = input.timeout(configuration.server ?? ServerSettings())
    pushed = AlertDecoding.readInput(
      body,
      from: input.source,
      by: input.map,
      severities: configuration.rules.severities
    )
    let policy = Policy(rules: configuration.rules)
    let alerts = pushed.alerts.map { one in
      let outcome = policy.explain(one.alert, silences: [], at: now).outcome
      return Entry(index: one.index, result: .alert(one.alert, isOver: one.isOver, outcome: outcome))
    }
    let refused = pushed.refusals.map { Entry(index: $0.index, result: .refused($0.reason)) }
    let ignored = pushed.ignored.map { Entry(index: $0, result: .ignored) }
    entries = (alerts + refused + ignored).sorted { $0.index < $1.index }
  }

  /// Whether the server would answer 200, and refuse no alert.
  package var isGood: Bool { pushed.fault == nil && pushed.refusedCount == 0 }

  /// A block of lines for each alert, the remarks, and a summary.
  package var text: String {
    if let fault = pushed.fault { return ["The body cannot be read: \(fault)"].printedLines }
    var lines: [String] = []
    for entry in entries {
      switch entry.result {
      case .alert(let alert, let isOver, let outcome): lines += block(entry.index, alert, isOver, outcome)
      case .refused(let reason): lines.append("[\(entry.index)] refused: \(reason)")
      case .ignored: lines.append("[\(entry.index)] ignored: it does not meet `only`")
      }
    }
    lines += pushed.remarks.map { "remark: \($0)" }
    let counts = [
      counted(pushed.alerts.count, "alert") + " read", "\(pushed.refusedCount) refused",
      "\(pushed.ignored.count) ignored",
    ]
    return (lines + [counts.joined(separator: ", ")]).printedLines
  }

  private func block(_ index: Int, _ alert: Alert, _ isOver: Bool, _ outcome: String) -> [String] {
    let fields: [(name: String, value: String)] = [
      ("severity", alert.severity.name), ("category", alert.category), ("title", alert.title), ("detail", alert.detail),
      ("link", alert.link), ("source_panel", alert.panel), ("first_seen_at", alert.firstSeen),
      ("labels", alert.labels.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")),
    ]
    let shown = fields.filter { !$0.value.isEmpty }.map { "    \($0.name): \($0.value)" }
    let state = isOver ? "resolved" : "firing, for at most \(timeout.text) unless it is posted again"
    return ["[\(index)] \(alert.key): \(state)"] + shown + (isOver ? [] : ["    → \(outcome)"])
  }

  /// Writes it as an object.
  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("input", input.name)
      if let fault = pushed.fault { writer.member("error", fault) }
      writer.key("results")
      writer.array(entries) { writer, entry in
        writer.object { writer in
          writer.member("index", entry.index)
          switch entry.result {
          case .alert(let alert, let isOver, let outcome):
            writer.member("status", isOver ? "resolved" : "firing")
            writer.key("alert")
            alert.encode(into: &writer)
            if !isOver { writer.member("outcome", outcome) }
          case .refused(let reason):
            writer.member("status", "refused")
            writer.member("error", reason)
          case .ignored: writer.member("status", "ignored")
          }
        }
      }
      writer.member("remarks", pushed.remarks)
    }
  }
}
