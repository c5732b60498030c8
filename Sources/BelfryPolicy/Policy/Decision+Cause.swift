// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Decision {
  /// Why a decision was made: what happened to the alert, and what settled what follows.
  package struct Cause: Sendable, Hashable {
    package var trigger: Trigger
    /// Nil where the trigger alone settles it: nothing held the alert.
    package var factor: Factor?

    package init(_ trigger: Trigger, _ factor: Factor? = nil) {
      self.trigger = trigger
      self.factor = factor
    }
  }
}

extension Decision.Cause {
  /// What happened to the alert.
  package enum Trigger: Sendable, Hashable {
    case firstSeen
    case firesAgain
    case worsened(from: Severity, to: Severity)
    /// It says something else, and is no worse.
    case changed
    case resolved
    /// Its source did not repeat it in time; nil where the source itself said until when it is active.
    case expired(after: Duration?)
    /// It no longer flaps: it did not change for this time, or no rule looks for flapping any more.
    case settled(after: Duration?)
    /// An alert came that is expected to come.
    case cameAsExpected
    /// What had not come in time came, which ends its alarm.
    case came
    /// The file no longer expects it, which ends its alarm.
    case notExpected
    /// The hold in which it waited let go of it.
    case released(ListKey, isActive: Bool)
    /// The hold in which it waited let go of it, and is not one of this route any more.
    case left(ListKey)
    /// The digest in which it waited is no longer in the file.
    case digestRemoved(String)
    /// The digest that it had joined is due, and it resolved meanwhile.
    case resolvedBefore(digest: String)
    case reminder
    case escalation(after: Duration)
    case acknowledged(by: String, comment: String)
    /// Its acknowledgement was withdrawn.
    case unacknowledged(by: String)
    /// An investigator was asked about it; with why there is no answer, if there is none.
    case investigated(failure: String?)
    /// A decision of an older Belfry, which stored sentences.
    case text(String)
  }

  /// What settled what follows.
  package enum Factor: Sendable, Hashable {
    /// The hold keeps it. The detail names it for people where its key does not: the silence, the matcher that mutes, the
    /// group.
    case held(by: ListKey, detail: String = "")
    /// The silence suppresses it for good.
    case dropped(by: SilenceID, detail: String)
    /// The channels know.
    case alreadyNotified
    /// An earlier route notified them in the same batch.
    case notifiedByEarlierRoute
    case unrouted
    /// It flaps: its end is notified once it settles.
    case flapping
    /// It is one of that many in one summary.
    case summarized(count: Int)
    /// It ended while the hold kept it.
    case endedWhileHeld(by: ListKey)
    /// It ended, and nobody had been notified, by a rule.
    case neverNotified
    /// It ended before anybody could be notified.
    case notNotifiedYet
    /// None of its routes sends resolutions.
    case resolutionNotSent
    /// The digest that was to send its resolution is no longer in the file.
    case noDigest
  }
}

extension Decision.Cause.Trigger {
  /// The hold that let go of the alert; nil when something happened to the alert itself.
  var release: ListKey? {
    switch self {
    case .released(let hold, _), .left(let hold): hold
    case .digestRemoved(let name): .digest(name)
    default: nil
    }
  }
}
