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

  package init(refusal: Verdict.Reason? = nil, isInDoubt: Bool = false, cutOff: Int = 0) {
    self.refusal = refusal
    self.isInDoubt = isInDoubt
    self.cutOff = cutOff
  }

  package var isEmpty: Bool { self == AttemptMemory() }
}
