// SPDX-License-Identifier: Apache-2.0
package import Belfry
internal import BelfryEngine
package import BelfryLedger
internal import BelfryPolicy

/// Lists silences, with how many alerts each holds back.
package struct SilenceList: Sendable {
  private var silences: [Silence] = []
  private var waiting: [ExactText: Int] = [:]

  package init() {}

  package static func read(_ ledger: any DecisionStore & History, includingOver: Bool) async throws -> SilenceList {
    var list = SilenceList()
    list.silences = includingOver ? try await ledger.allSilences() : try await ledger.silences()
    list.waiting = try await ledger.summary().waiting
    return list
  }

  private func held(by silence: Silence) -> Int { waiting[HoldID.silence(silence.id).description] ?? 0 }

  package func text(_ time: TimeText) -> String {
    guard !silences.isEmpty else { return "no silences" }
    return silences.map { silence in
      let count = held(by: silence)
      let forget = silence.sendsAfterwards ? "" : "; nothing is sent when it ends"
      return silence.line(time) + (count > 0 ? "; holding back \(counted(count, "alert"))" : "") + forget
    }.printedLines
  }

  package func encode(into writer: inout JSONWriter) {
    writer.array(silences) { $1.encodeShown(holds: held(by: $1), into: &$0) }
  }
}
