// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryLedger

// What a cycle has to say.
extension Console {
  /// What a look at the sources came to; nil where there was none.
  package func say(_ report: CycleReport?) {
    say("cycle: \(report?.text ?? "nothing to look at")", report.map(LogField.cycle) ?? [.topic(.cycle)])
  }

  /// What was decided.
  func say(_ recorded: RecordedDecision) {
    say(recorded.decision.text(at: recorded.at), LogField.decision(recorded.decision))
  }

  /// What there is to say of a source, as it can be read or cannot.
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
