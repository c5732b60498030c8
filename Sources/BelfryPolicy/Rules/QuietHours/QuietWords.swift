// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension QuietHold {
  static var isPlural: Bool { true }

  var words: String {
    switch scope {
    case .route: "the quiet hours of its route"
    case .channel(let channel): "the quiet hours of \(channel)"
    }
  }

  func holding(_ detail: String) -> String {
    switch scope {
    case .route: "quiet hours of the route"
    case .channel(let channel): "quiet hours of \(channel)"
    }
  }

  func release(isActive: Bool) -> String { "quiet hours ended and \(isActive.firingText)" }
  var ended: String { "quiet hours ended" }
  var holder: String { "quiet hours" }
  func standing(until: String, rule: String) -> String {
    "muted by \(words) \(until)\(rule); sent then if still firing"
  }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    if case .digest = question.throttle { return [] }
    let channels = question.route.to.distinct.map { ($0.name, question.rules.channelQuiet[$0]) }
    let owned = ([("the route", question.route.quiet)] + channels).flatMap { owner, quiet in
      (quiet?.clauses ?? []).map { (owner, $0) }
    }
    return owned.filter { $1.applies(to: question.alert.severity) }.map { owner, clause in
      let end = clause.waiting.end(at: question.now)?.iso8601
      let text =
        switch clause.kind {
        case .quiet: "quiet hours of \(owner), \(clause.text): " + (end.map { "now, until \($0)" } ?? "not now")
        case .only: "active hours of \(owner), \(clause.text): " + (end.map { "not now, until \($0)" } ?? "now")
        }
      return .init(text, clause.rule)
    }
  }
}
