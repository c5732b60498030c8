// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryConfiguration
package import BelfryLedger
package import BelfryPolicy

extension Explanation {
  /// Explains what would happen to an alert, with the silences that are in force.
  ///
  /// Without a ledger, nothing is silenced.
  package static func read(
    _ alert: Alert,
    from ledger: (any DecisionStore)?,
    _ configuration: Configuration,
    at now: Instant
  ) async throws -> Explanation {
    let silences = try await ledger?.silences() ?? []
    return Policy(rules: configuration.rules).explain(alert, silences: silences, at: now)
  }

  /// The routes with what would hold the alert, each with the note that stands beside it in channels.json.
  package func text(_ notes: RuleNotes) -> String {
    var lines: [String] = []
    for step in steps {
      let said = [step.name, step.note].filter { !$0.isEmpty }.joined(separator: ": ")
      let note = said.isEmpty ? "" : "  “\(said)”"
      let indent = String(repeating: "  ", count: step.depth)
      lines.append("\(indent)\(step.isTaken ? "✓" : "·") \(step.rule): \(step.text)\(note)")
      lines += step.throttles.map { throttle in
        // A part of the route without a note of its own has the route's, which stands above.
        let note = throttle.rule.flatMap { $0 == step.rule ? nil : notes[$0.path] }
        return "\(indent)    \(throttle)" + (note.map { "  “\($0)”" } ?? "")
      }
    }
    lines.append(outcome)
    return lines.printedLines
  }

  /// Writes it as an object, which begins with the members that `subject` writes.
  package func encode(into writer: inout JSONWriter, about subject: (inout JSONWriter) -> Void = { _ in }) {
    writer.object { writer in
      subject(&writer)
      writer.key("routes")
      writer.array(steps) { writer, step in
        writer.object {
          $0.member("route", step.rule.path)
          $0.member("name", step.name)
          $0.member("line", step.rule.line)
          $0.member("depth", step.depth)
          $0.member("taken", step.isTaken)
          $0.member("because", step.text)
          $0.member("channels", step.channels.map(\.name))
          $0.member("throttles", step.throttles.map(\.description))
          $0.member("note", step.note)
        }
      }
      writer.member("outcome", outcome)
    }
  }
}
