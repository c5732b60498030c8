// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// The silences that apply at one moment, found once for all alerts of a run.
struct SilencesInForce {
  // A class, so that a comparison does not copy the silence.
  private final class Entry: Sendable {
    let silence: Silence
    let until: Instant

    init(_ silence: Silence, until: Instant) {
      self.silence = silence
      self.until = until
    }
  }

  /// The one that ends last first.
  private let entries: [Entry]

  init(_ silences: [Silence], at now: Instant) {
    entries = silences.compactMap { silence in
      guard silence.refusal == nil, let end = silence.end(at: now) else { return nil }
      return Entry(silence, until: end)
    }
    .sorted { $0.until > $1.until }
  }

  /// Of those that match an alert, the one that ends last, and its end.
  func muting(_ alert: Alert, memo: inout MatchMemo) -> (silence: Silence, until: Instant)? {
    for entry in entries where entry.silence.matches(alert, memo: &memo) { return (entry.silence, entry.until) }
    return nil
  }
}

extension PolicyRun {
  mutating func silence(muting alert: Alert) -> (silence: Silence, until: Instant)? {
    let inForce = silencesInForce ?? SilencesInForce(state.silences, at: now)
    silencesInForce = inForce
    return inForce.muting(alert, memo: &memo)
  }

  mutating func changeSilences(_ change: (inout [Silence]) -> Void) {
    change(&state.silences)
    silencesInForce = nil
  }
}
