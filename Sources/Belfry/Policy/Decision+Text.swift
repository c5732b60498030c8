// SPDX-License-Identifier: Apache-2.0

// How causes read: all text about why something was decided or is sent is made here.

extension Decision.Cause {
  /// As a clause: "first seen; it joins the digest daily".
  package var text: String {
    guard let factor else { return trigger.text }
    return switch factor {
    case .held(let hold, let detail): "\(trigger.text); \(hold.holding(detail))"
    case .dropped(_, let detail): "\(trigger.text); \(detail) lets nothing be told of it, also not afterwards"
    case .alreadyNotified: "\(trigger.text); it was told there before"
    case .notifiedByEarlierRoute: "\(trigger.text); an earlier route told it there"
    case .unrouted: "\(trigger.text); no route takes it"
    case .flapping: "\(trigger.text); it is flapping, and told when it settles"
    case .summarized(let count): "\(trigger.text); one of \(count) at once, told in one summary"
    case .endedWhileHeld(let hold): "\(trigger.text) while \(hold.holder) held it"
    case .neverNotified: "\(trigger.text); it was told to nobody"
    case .notNotifiedYet: "\(trigger.text), and was not told yet"
    case .resolutionNotSent: "\(trigger.text); no route of it says that its end is told"
    case .noDigest: "\(trigger.text), and its digest is no longer in the file"
    }
  }
}

extension Decision.Cause.Trigger {
  package var text: String {
    switch self {
    case .firstSeen: "first seen"
    case .firesAgain: "fires again"
    case .worsened(let before, let now): "\(before) → \(now)"
    case .changed: "it changed"
    case .resolved: "resolved"
    case .expired(let lifetime?): "not said again for \(lifetime.text)"
    case .expired(nil): "not pushed again"
    case .settled(let duration?): "it settled: no change for \(duration.text)"
    case .settled(nil): "it settled"
    case .cameAsExpected: "it came, as expected: only its not coming is told"
    case .came: "it came"
    case .notExpected: "it is no longer expected"
    case .released(let hold, let isActive): hold.release(isActive: isActive)
    case .left: "what held it no longer applies to it"
    case .digestRemoved: "its digest is no longer in the file"
    case .resolvedBefore(let digest): "resolved before the digest \(digest) told it"
    case .reminder: "it still fires"
    case .escalation(let duration): "nobody acknowledged it within \(duration.text)"
    case .unacknowledged(let author): "acknowledgement withdrawn by \(author): reminders and escalation continue"
    case .acknowledged(let author, let comment):
      "acknowledged by \(author)\(comment.isEmpty ? "" : " (\(comment))"): no reminder and no escalation until it resolves"
    case .investigated(nil): "it was looked into"
    case .investigated(let failure?): "nobody answered what it is: \(failure)"
    case .text(let text): text
    }
  }
}

extension ListKey {
  /// That it holds an alert.
  fileprivate func holding(_ detail: String) -> String {
    switch self {
    case .cooldown: "its like was told a short while ago"
    case .digest(let name): "it joins the digest \(name)"
    case .group: "it waits for its group" + (detail.isEmpty ? "" : " \(detail)")
    case .burst: "it is told with the burst that goes on"
    case .silence: detail
    case .quiet(.route): "quiet hours of the route"
    case .quiet(.channel(let channel)): "quiet hours of \(channel)"
    case .inhibition: "an active alert that matches \(detail) mutes it"
    case .expectation: "it is expected"
    }
  }

  /// Why an alert that waited in it is notified now.
  fileprivate func release(isActive: Bool) -> String {
    let state = isActive ? "it still fires" : "it resolved meanwhile"
    return switch self {
    case .cooldown: "its cooldown ended and \(state)"
    case .digest(let name): "in the digest \(name)"
    case .group: "told with its group"
    case .burst: "the burst goes on"
    case .silence(let id): "the silence \(id) ended and \(state)"
    case .quiet: "quiet hours ended and \(state)"
    case .inhibition: "what muted it ended and \(state)"
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
    case .group(_, _, _, isFirst: true): "first of its group"
    case .group(0, _, 0, _): "all resolved"
    case .group(0, _, _, _): "some resolved"
    case .group(_, 0, _, _): "more alerts"
    case .group: "more alerts, some resolved"
    case .burst(let count): "\(count) alerts at once"
    case .update(let count, let total): "the burst goes on: \(count) more, \(total) in all"
    case .resolvedTogether(let count): "\(count) resolved at once"
    }
  }

  private static func released(_ hold: ListKey) -> String {
    switch hold {
    case .cooldown: "window ended"
    case .digest(let name): "digest \(name)"
    case .group: "group"
    case .burst: "the burst goes on"
    case .silence(let id): "the silence \(id) ended"
    case .quiet: "quiet hours ended"
    case .inhibition: "what muted it ended"
    case .expectation: "it was expected"
    }
  }
}
