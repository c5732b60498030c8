// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// A rule by an operator that suppresses matching alerts for some time.
package struct Silence: Sendable, Hashable {
  package var id: SilenceID
  package var matcher: Matcher
  package var from: Instant
  package var until: Instant
  /// The hours between `from` and `until` in which it applies; nil for all.
  package var hours: WallClockWindow?
  package var author: String
  package var comment: String
  /// Whether suppressed alerts that are still firing are sent when it ends.
  package var sendsAfterwards: Bool
  /// When it was ended early; nil if it was not.
  package var endedAt: Instant?
  /// Who ended it.
  package var endedBy: String

  package init(
    id: SilenceID,
    matcher: Matcher,
    from: Instant,
    until: Instant,
    hours: WallClockWindow? = nil,
    author: String,
    comment: String = "",
    sendsAfterwards: Bool = true
  ) {
    self.id = id
    self.matcher = matcher
    self.from = from
    self.until = until
    self.hours = hours
    self.author = author
    self.comment = comment
    self.sendsAfterwards = sendsAfterwards
    self.endedBy = ""
  }

  /// When its current effect ends; nil if it does not apply at `now`.
  package func end(at now: Instant) -> Instant? {
    guard endedAt == nil, from <= now, now < until else { return nil }
    guard let hours else { return until }
    return hours.end(at: now).map { min($0, until) }
  }

  /// When it ends, or ended early.
  package var end: Instant { endedAt ?? until }

  /// Why it has no effect although it is active: a pattern of an older version that this version cannot read.
  package var refusal: RefusedPattern? { matcher.refusal }

  /// Whether it can have no effect at `now` or later.
  package func isOver(at now: Instant) -> Bool { endedAt != nil || until <= now }

  /// `the silence 4f2a of ann (deploy)`.
  package var shown: String {
    "the silence \(id)" + (author.isEmpty ? "" : " of \(author)") + (comment.isEmpty ? "" : " (\(comment))")
  }
}

/// The ID of a silence, short enough to type.
package struct SilenceID: Sendable, Hashable, Comparable, CustomStringConvertible {
  @ExactText package private(set) var text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }
  package static func < (left: SilenceID, right: SilenceID) -> Bool { left._text < right._text }
}
