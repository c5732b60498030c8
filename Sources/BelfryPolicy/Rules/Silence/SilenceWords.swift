// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension SilenceHold {
  var words: String { "the silence \(silence)" }
  func holding(_ detail: String) -> String { detail }
  func release(isActive: Bool) -> String { "the silence \(silence) ended and \(isActive.firingText)" }
  var ended: String { "the silence \(silence) ended" }
  var holder: String { "the silence \(silence)" }
  func standing(until: String, rule: String) -> String { "silenced by \(silence) \(until)" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    question.silences.filter { $0.matches(question.alert, memo: &memo) }.compactMap { silence in
      let after = silence.sendsAfterwards ? "sent then if still firing" : "not sent then"
      if let end = silence.end(at: question.now) {
        return .init("silenced now: \(silence.shown), until \(end.iso8601); \(after)")
      }
      guard !silence.isOver(at: question.now) else { return nil }
      let start = max(silence.from, question.now).iso8601
      return .init("silenced later: \(silence.shown), from \(start) on; \(after)")
    }
  }
}
