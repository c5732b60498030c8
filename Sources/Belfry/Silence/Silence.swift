// SPDX-License-Identifier: Apache-2.0

/// Someone wants to hear nothing, for some time, of the alerts that match.
package struct Silence: Sendable, Hashable {
  package var id: SilenceID
  package var matcher: Matcher
  package var from: Instant
  package var until: Instant
  /// The hours between `from` and `until` in which it silences; nil for all of them.
  package var hours: WallClockWindow?
  package var author: String
  package var comment: String
  /// Whether what it silenced and still fires is told when it ends.
  package var tellsAfterwards: Bool
  /// When it was ended before its time; nil when it was not.
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
    tellsAfterwards: Bool = true
  ) {
    self.id = id
    self.matcher = matcher
    self.from = from
    self.until = until
    self.hours = hours
    self.author = author
    self.comment = comment
    self.tellsAfterwards = tellsAfterwards
    self.endedBy = ""
  }

  /// When it next lets go of what it silences; nil when it does not silence at `now`.
  package func end(at now: Instant) -> Instant? {
    guard endedAt == nil, from <= now, now < until else { return nil }
    guard let hours else { return until }
    return hours.end(at: now).map { min($0, until) }
  }

  /// Why it silences nothing although it is in force: a pattern of an older version that this one cannot read.
  package var refusal: RefusedPattern? { matcher.refusal }

  /// Whether it can silence anything at `now` or later.
  package func isOver(at now: Instant) -> Bool { endedAt != nil || until <= now }

  /// `the silence 4f2a of ann (deploy)`.
  package var shown: String {
    "the silence \(id)" + (author.isEmpty ? "" : " of \(author)") + (comment.isEmpty ? "" : " (\(comment))")
  }
}

/// The identity of a silence: short enough to be typed.
package struct SilenceID: Sendable, Hashable, Comparable, CustomStringConvertible {
  @ExactText package private(set) var text: String
  package init(_ text: String) { self.text = text }
  package var description: String { text }
  package static func < (left: SilenceID, right: SilenceID) -> Bool { left._text < right._text }
}

extension [Silence] {
  /// Of those that silence an alert now, the one that lets go of it last, and when.
  package func silencing(_ alert: Alert, at now: Instant, memo: inout MatchMemo) -> (silence: Silence, until: Instant)?
  {
    var last: (silence: Silence, until: Instant)?
    for silence in self {
      guard let end = silence.end(at: now), last.map({ $0.until < end }) ?? true,
        silence.matches(alert, memo: &memo)
      else { continue }
      last = (silence, end)
    }
    return last
  }
}
