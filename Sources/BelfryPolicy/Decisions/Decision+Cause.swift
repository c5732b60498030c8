// SPDX-License-Identifier: Apache-2.0
package import Belfry

extension Decision {
  /// Why a decision was made: what happened to the alert, and which rule or fact determined the result.
  package struct Cause: Sendable, Hashable {
    package var trigger: Trigger
    /// Nil if nothing held the alert.
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
    /// It has other content, and is not more severe.
    case changed
    case resolved
    /// Its source did not repeat it in time; nil if the source itself stated its end.
    case expired(after: Duration?)
    /// It no longer flaps: it did not change for this time; nil if no rule detects flapping any more.
    case settled(after: Duration?)
    /// An expected alert arrived.
    case cameAsExpected
    /// A missing alert arrived, which ends the alert about its absence.
    case came
    /// The file no longer expects it, which ends the alert about its absence.
    case notExpected
    /// The hold in which it waited ended.
    case released(HoldID, isActive: Bool)
    /// The hold in which it waited ended, and is not one of this route any more.
    case left(HoldID)
    /// The digest in which it waited is no longer in the file.
    case digestRemoved(String)
    /// It resolved before the digest that it had joined was due.
    case resolvedBefore(digest: String)
    case reminder
    case escalation(after: Duration)
    case acknowledged(by: String, comment: String)
    /// Its acknowledgement was withdrawn.
    case unacknowledged(by: String)
    /// It was investigated; with the reason if there is no answer.
    case investigated(failure: String?)
    /// The sentence that an older Belfry stored.
    case text(String)
  }

  /// Which rule or fact determined the result.
  package enum Factor: Sendable, Hashable {
    /// The hold keeps it. The detail names it for people if its key does not: the silence, the matcher that mutes, the
    /// group.
    case held(by: HoldID, detail: String = "")
    /// The silence discards it.
    case dropped(by: SilenceID, detail: String)
    /// The channels know it already.
    case alreadyNotified
    /// An earlier route notified them in the same batch.
    case notifiedByEarlierRoute
    case unrouted
    /// Only routes that drop their alerts take it.
    case routedNowhere
    /// It flaps: a message follows when it settles.
    case flapping
    /// It is one of that many in one summary.
    case summarized(count: Int)
    /// It resolved while the hold kept it.
    case endedWhileHeld(by: HoldID)
    /// It resolved, and by a rule nobody had been notified.
    case neverNotified
    /// It resolved before anybody could be notified.
    case notNotifiedYet
    /// None of its routes sends resolutions.
    case resolutionNotSent
    /// The digest in which it waited is no longer in the file.
    case noDigest
  }
}
