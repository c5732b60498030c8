// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

// The log lines of a cycle.
extension Console {
  /// Logs the result of reading the sources; nil if none was read.
  package func say(_ report: CycleReport?) {
    say("cycle: \(report?.text ?? "no sources to read")", report.map(LogField.cycle) ?? [.topic(.cycle)])
  }

  /// Logs a decision.
  func say(_ recorded: RecordedDecision) {
    say(recorded.decision.text(at: recorded.at), LogField.decision(recorded.decision))
  }

  /// Logs remarks about a source that can be read, or cannot.
  func say(_ remarks: [String], of source: SourceName, areGood: Bool) {
    for remark in remarks {
      if areGood {
        say(remark, .topic(.source), .source(source))
      } else {
        warn(remark, .topic(.source), .source(source), .text(.error, remark))
      }
    }
  }
}
