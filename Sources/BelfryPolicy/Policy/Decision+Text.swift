// SPDX-License-Identifier: Apache-2.0
internal import Belfry

// How causes read: all text about why something was decided or is sent is made here.

extension Decision.Cause {
  /// As a clause: "new alert; joins the digest daily".
  package var text: String {
    guard let factor else { return trigger.text }
    return switch factor {
    case .held(let hold, let detail): "\(trigger.text); \(hold.holding(detail))"
    case .dropped(_, let detail): "\(trigger.text); \(detail) discards it: nothing is sent later"
    case .alreadyNotified: "\(trigger.text); already sent there"
    case .notifiedByEarlierRoute: "\(trigger.text); an earlier route sent it there"
    case .unrouted: "\(trigger.text); no route matches it"
    case .flapping: "\(trigger.text); it is flapping, and sent when it settles"
    case .summarized(let count): "\(trigger.text); one of \(count) at once, sent in one summary"
    case .endedWhileHeld(let hold): "\(trigger.text) while held by \(hold.holder)"
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
    case .released(let hold, let isActive): hold.release(isActive: isActive)
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

extension ListKey {
  /// That it holds an alert.
  fileprivate func holding(_ detail: String) -> String {
    switch self {
    case .cooldown: "a similar alert was sent recently"
    case .digest(let name): "joins the digest \(name)"
    case .group: "waits for its group" + (detail.isEmpty ? "" : " \(detail)")
    case .burst: "waits for the next update of the burst"
    case .silence: detail
    case .quiet(.route): "quiet hours of the route"
    case .quiet(.channel(let channel)): "quiet hours of \(channel)"
    case .inhibition: "muted by an active alert that matches \(detail)"
    case .expectation: "expected"
    }
  }

  /// Why an alert that waited in it is notified now.
  fileprivate func release(isActive: Bool) -> String {
    let state = isActive ? "it is still firing" : "it has resolved"
    return switch self {
    case .cooldown: "its cooldown ended and \(state)"
    case .digest(let name): "in the digest \(name)"
    case .group: "sent with its group"
    case .burst: "the burst continues"
    case .silence(let id): "the silence \(id) ended and \(state)"
    case .quiet: "quiet hours ended and \(state)"
    case .inhibition: "its inhibition ended and \(state)"
    case .expectation: "it was expected"
    }
  }

  /// What it is to an alert that it holds.
  fileprivate var holder: String {
    switch self {
    case .cooldown: "its cooldown"
    case .digest(let name): "the digest \(name)"
    case .group: "its group"
    case .burst: "a burst"
    case .silence(let id): "the silence \(id)"
    case .quiet: "quiet hours"
    case .inhibition: "another alert"
    case .expectation: "nothing"
    }
  }
}

/// Why a message is sent, which may be about several alerts.
enum MessageCause {
  case alert(Decision.Cause.Trigger)
  /// What waited in a hold is sent together; with the moment at which it was due, if it is late.
  case released(ListKey, due: Instant?)
  /// The first message of a group, or its next one: how many alerts began and ended since.
  case group(begun: Int, ended: Int, firing: Int, isFirst: Bool)
  case burst(count: Int)
  /// A burst goes on.
  case update(count: Int, total: Int)
  case resolvedTogether(count: Int)

  /// As a clause; see `Notice.reason`.
  var text: String {
    switch self {
    case .alert(let trigger): trigger.text
    case .released(let hold, let due): MessageCause.released(hold) + (due.map { "; it was due at \($0.iso8601)" } ?? "")
    case .group(_, _, _, isFirst: true): "first message of its group"
    case .group(0, _, 0, _): "all resolved"
    case .group(0, _, _, _): "some resolved"
    case .group(_, 0, _, _): "more alerts"
    case .group: "more alerts, some resolved"
    case .burst(let count): "\(count) alerts at once"
    case .update(let count, let total): "the burst continues: \(count) more, \(total) in total"
    case .resolvedTogether(let count): "\(count) resolved at once"
    }
  }

  private static func released(_ hold: ListKey) -> String {
    switch hold {
    case .cooldown: "the cooldown ended"
    case .digest(let name): "digest \(name)"
    case .group: "group"
    case .burst: "the burst continues"
    case .silence(let id): "the silence \(id) ended"
    case .quiet: "quiet hours ended"
    case .inhibition: "the inhibition ended"
    case .expectation: "it was expected"
    }
  }
}
