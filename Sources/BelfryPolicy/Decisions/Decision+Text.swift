// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// How causes read: all text about why something was decided is made here, and in the words of each kind of hold.

extension Decision.Cause {
  /// As a clause: "new alert; joins the digest daily".
  package var text: String {
    guard let factor else { return trigger.text }
    return switch factor {
    case .held(let hold, let detail): "\(trigger.text); \(hold.hold.holding(detail))"
    case .dropped(_, let detail): "\(trigger.text); \(detail) discards it: nothing is sent later"
    case .alreadyNotified: "\(trigger.text); already sent there"
    case .notifiedByEarlierRoute: "\(trigger.text); an earlier route sent it there"
    case .unrouted: "\(trigger.text); no route matches it"
    case .routedNowhere: "\(trigger.text); its route drops it"
    case .flapping: "\(trigger.text); it is flapping, and sent when it settles"
    case .summarized(let count): "\(trigger.text); one of \(count) at once, sent in one summary"
    case .endedWhileHeld(let hold): "\(trigger.text) while held by \(hold.hold.holder)"
    case .neverNotified: "\(trigger.text); nobody was notified"
    case .notNotifiedYet: "\(trigger.text); not sent yet"
    case .resolutionNotSent: "\(trigger.text); none of its routes sends resolutions"
    case .noDigest: "\(trigger.text); its digest is no longer in channels.json"
    }
  }
}

extension Decision.Cause.Trigger {
  package var text: String {
    switch self {
    case .firstSeen: "new alert"
    case .firesAgain: "firing again"
    case .worsened(let before, let now) where before.name.isExactly(now.name):
      "\(now) ranks higher in the changed severities"
    case .worsened(let before, let now): "\(before) → \(now)"
    case .changed: "changed"
    case .resolved: "resolved"
    case .expired(let lifetime?): "not sent again for \(lifetime.text)"
    case .expired(nil): "not pushed again"
    case .settled(let duration?): "no longer flapping: no change for \(duration.text)"
    case .settled(nil): "no longer flapping"
    case .cameAsExpected: "arrived as expected; only a missing one is reported"
    case .came: "it arrived"
    case .notExpected: "no longer expected"
    case .released(let hold, let isActive): hold.hold.release(isActive: isActive)
    case .left: "its hold no longer applies"
    case .digestRemoved: "its digest is no longer in channels.json"
    case .resolvedBefore(let digest): "resolved before the digest \(digest) was sent"
    case .reminder: "still firing"
    case .escalation(let duration): "not acknowledged within \(duration.text)"
    case .unacknowledged(let author): "acknowledgement withdrawn by \(author): reminders and escalation continue"
    case .acknowledged(let author, let comment):
      "acknowledged by \(author)\(comment.isEmpty ? "" : " (\(comment))"): no reminders or escalation until it resolves"
    case .investigated(nil): "investigated"
    case .investigated(let failure?): "not investigated: \(failure)"
    case .text(let text): text
    }
  }
}
