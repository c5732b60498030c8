// SPDX-License-Identifier: Apache-2.0
internal import Belfry

extension CapHold {
  static var counted: String { "held by a cap" }

  var words: String {
    switch scope {
    case .channel(let name): "the cap of \(name)"
    case .route(_, let name): "the cap of its route to \(name)"
    }
  }

  func holding(_ detail: String) -> String { "\(words) is reached" + (detail.isEmpty ? "" : ": \(detail)") }
  func release(isActive: Bool) -> String { "\(words) has room again and \(isActive.firingText)" }
  var ended: String { "\(words) has room again" }
  var holder: String { words }
  func standing(until: String, rule: String) -> String { "waiting \(until) because \(words) is reached\(rule)" }
  func next(rule: String) -> String { "\(words) has room again; sent then if still firing\(rule)" }
  var timer: String { "\(words) has room again" }

  static func explain(_ question: Explanation.Question, memo: inout MatchMemo) -> [Explanation.Throttle] {
    let channels = question.channels.compactMap { name in question.rules.channelCaps[name].map { ("to \(name)", $0) } }
    let routes = [question.route.cap.map { ("of this route to each channel", $0) }].compactMap(\.self)
    return (channels + routes).map { what, cap in
      guard cap.except?.contains(question.alert.severity) != true else {
        return .init("cap: does not hold \(question.alert.severity) alerts", cap.rule)
      }
      return .init("cap: at most \(cap.text) \(what); more are sent in one follow-up when there is room", cap.rule)
    }
  }

  static func longestWait(in rules: PolicyRules) -> (name: String, wait: Duration)? {
    (name, rules.caps.map(\.per).max() ?? .zero)
  }
}
