// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
package import BelfryPolicy

/// Ends a silence before its time: what it held back and still fires is sent at once.
package struct EndSilence: Action {
  private let id: String

  package init(_ id: String) { self.id = id.lowercased() }

  package var name: ActionName { .endSilence }
  package var subject: String { id }

  package func perform(in operations: Operations, by actor: Operator) async throws -> EndedSilence {
    let time = TimeText(now: operations.now)
    guard let silence = try await operations.ledger.silences([SilenceID(id)])[SilenceID(id)] else {
      let names = try await operations.ledger.silences().map(\.id.text)
      let remedy = names.isEmpty ? "There are no silences." : Nearest.remedy(for: id, among: names)
      throw OperationRefusal(.unknown, "There is no silence \"\(id.truncated(to: 40))\". \(remedy)")
    }
    guard !silence.isOver(at: time.now) else {
      throw OperationRefusal(.ended, "already ended: \(silence.line(time))")
    }
    let list = HoldID.silence(silence.id)
    let held = try await operations.ledger.waiting(in: list).count
    _ = try await operations.engine.ingest([.unsilenced(silence.id, by: actor.name)])
    let effects = try await operations.engine.fire([.list(list)])
    return EndedSilence(silence: silence, held: held, effects: effects)
  }
}

/// A silence that was ended, and what happened to the alerts it held back.
package struct EndedSilence: ActionOutcome {
  package let silence: Silence
  /// How many alerts it held back.
  package let held: Int
  package let effects: Effects

  package var subject: String { silence.id.text }

  package var lines: [String] {
    let held = counted(held, "alert")
    let what =
      if self.held == 0 {
        "it held back no alerts"
      } else if effects.decisions.isEmpty {
        "it held back \(held), which the running notifier will send"
      } else {
        "it held back \(held):"
      }
    return ["ended: \(silence.shown)", what] + effects.decisions.map { $0.decision.text(at: $0.at) }
  }

  package func encode(into writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", silence.id.text)
      writer.member("held", held)
      writer.key("decisions")
      writer.array(effects.decisions) { writer, recorded in
        writer.object {
          $0.member("alert_id", recorded.decision.alert.id)
          $0.member("source", recorded.decision.alert.source.name)
          $0.members(of: recorded.decision)
        }
      }
      effects.encodeCounts(into: &writer)
    }
  }
}
