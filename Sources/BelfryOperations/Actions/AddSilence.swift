// SPDX-License-Identifier: Apache-2.0
package import Belfry
package import BelfryAudit
internal import BelfryEngine
internal import BelfryLedger
package import BelfryPolicy

/// Adds a silence, or changes one that is not over.
package struct AddSilence: Action {
  private let silence: Silence
  private let replaced: SilenceID?

  /// The silence gets a new identity, unless it takes the place of another.
  package init(_ silence: Silence, replacing replaced: SilenceID? = nil) {
    self.silence = silence
    self.replaced = replaced
  }

  package var name: ActionName { replaced == nil ? .addSilence : .changeSilence }
  package var subject: String { replaced?.text ?? silence.matcher.text }

  package func perform(in operations: Operations, by actor: Operator) async throws -> AddedSilence {
    var silence = silence
    if let replaced {
      silence.id = replaced
    } else {
      var random = SystemRandomNumberGenerator()
      silence.id = try await operations.ledger.newSilenceID(using: &random)
    }
    _ = try await operations.engine.ingest([.silenced(silence)])
    return AddedSilence(silence: silence)
  }
}

extension DecisionStore {
  /// An ID that no silence has, current or over.
  func newSilenceID(using random: inout some RandomNumberGenerator) async throws -> SilenceID {
    var known = Set(try await silences().map(\.id))
    while true {
      let id = SilenceID.make(avoiding: known, using: &random)
      if try await silences([id]).isEmpty { return id }
      known.insert(id)
    }
  }
}

/// A silence that was added or changed.
package struct AddedSilence: ActionOutcome {
  package let silence: Silence

  package init(silence: Silence) { self.silence = silence }

  package var subject: String { silence.id.text }

  package func text(_ matching: SilenceMatches, _ time: TimeText) -> String {
    let isOdd = matching.count == 0 && matching.active > 0
    return """
      \(silence.line(time).printableLine)
      \(matching.text.printableLine)\(isOdd ? ". Is this what you meant?" : "")
      \(silence.afterwards)
      to end it: belfry silence end \(silence.id)
      """
  }

  package func encode(_ matching: SilenceMatches, into writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("silence")
      silence.encodeShown(holds: nil, into: &writer)
      writer.member("matches_now", matching.count)
      writer.member("active_alerts", matching.active)
    }
  }
}
