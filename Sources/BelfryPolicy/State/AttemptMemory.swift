// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the attempts at a delivery leave for the next one.
package struct AttemptMemory: Sendable, Hashable {
  /// Why the message was refused as it was: from then on it goes in its plainest form.
  package var refusal: Verdict.Reason?
  /// Whether the last attempt may have arrived: it was sent and the answer was lost, or its process died before it said
  /// what came of it.
  package var isInDoubt: Bool
  /// How many attempts their process did not outlive: they say nothing against the channel.
  package var cutOff: Int
  /// Whether one of the attempts may have arrived.
  package var mayHaveArrived: Bool

  package init(refusal: Verdict.Reason? = nil, isInDoubt: Bool = false, cutOff: Int = 0, mayHaveArrived: Bool = false) {
    self.refusal = refusal
    self.isInDoubt = isInDoubt
    self.cutOff = cutOff
    self.mayHaveArrived = mayHaveArrived
  }

  /// Whether no attempt can have arrived.
  package var isCertain: Bool { !isInDoubt && cutOff == 0 && !mayHaveArrived }

  package var isEmpty: Bool { self == AttemptMemory() }
}
