// SPDX-License-Identifier: Apache-2.0

/// What the rules say of an alert, route by route, without its being told.
package struct Explanation: Sendable, Hashable {
  package struct Step: Sendable, Hashable {
    package var rule: Rule
    package var isTaken: Bool
    /// Why it takes the alert, or why not.
    package var text: String
    package var channels: [ChannelName]
    /// What would hold or join the alert on this route.
    package var throttles: [String]
    package var note: String
  }

  package var steps: [Step]
  /// What comes of it, in one sentence.
  package var outcome: String
  /// Whether any route takes it.
  package var isTold: Bool
}

extension Policy {
  /// Goes through every route as `decide` would, and says of each why it takes the alert or not.
  package func explain(_ alert: Alert) -> Explanation {
    var memo = MatchMemo()
    var steps: [Explanation.Step] = []
    var end: Route?
    for route in rules.table.routes {
      let mismatch = route.matcher.mismatch(alert, memo: &memo)
      if let end {
        steps.append(skip(route, "not looked at: \(end.name) takes the alert and does not continue"))
      } else if let mismatch {
        steps.append(skip(route, explain(mismatch, alert, route.matcher)))
      } else {
        steps.append(take(alert, route))
        if !route.continues { end = route }
      }
    }
    let channels = Set(steps.flatMap(\.channels)).sorted().map(\.name)
    let drop = rules.unrouted.map { ": it is dropped (\($0))" } ?? ""
    return Explanation(
      steps: steps,
      outcome: channels.isEmpty ? "No route takes it\(drop)." : "It goes to \(channels.joined(separator: ", ")).",
      isTold: !channels.isEmpty
    )
  }

  private func skip(_ route: Route, _ text: String) -> Explanation.Step {
    Explanation.Step(rule: route.rule, isTaken: false, text: text, channels: [], throttles: [], note: route.note)
  }

  private func take(_ alert: Alert, _ route: Route) -> Explanation.Step {
    var channels = route.to
    var throttles: [String] = []
    switch rules.throttle(alert, on: route) {
    case .digest(let digest, let rule):
      channels = digest.to
      throttles.append("digest \(digest.name): it waits for the next one (\(rule))")
    case .cooldown(_, let cooldown):
      throttles += [explain(cooldown), explain(route.burst ?? rules.burst)].compactMap(\.self)
    case .none: throttles += [explain(route.burst ?? rules.burst)].compactMap(\.self)
    }
    if route.resolved { throttles.append("resolved: its end is told too (\(route.rule))") }
    return Explanation.Step(
      rule: route.rule,
      isTaken: true,
      text: "matches \(route.matcher.text) → \(channels.distinct.map(\.name).joined(separator: ", "))",
      channels: channels.distinct,
      throttles: throttles,
      note: route.note
    )
  }

  private func explain(_ cooldown: CooldownRule) -> String {
    let by = cooldown.by.map(\.name).joined(separator: ", ")
    let what = "cooldown \(cooldown.window.text) by \(by)"
    return "\(what): held when its like was told within that time, unless it is worse (\(cooldown.rule))"
  }

  private func explain(_ burst: BurstRule?) -> String? {
    guard let burst else { return nil }
    let to = burst.to.isEmpty ? "the same channels" : burst.to.map(\.name).joined(separator: ", ")
    return "burst: more than \(burst.over) at once become one summary to \(to) (\(burst.rule))"
  }

  private func explain(_ mismatch: Matcher.Mismatch, _ alert: Alert, _ matcher: Matcher) -> String {
    switch mismatch {
    case .severity: "severity is \(alert.severity), not \(matcher.severity?.text ?? "")"
    case .category: "category is \(spell(alert.category)), not \(matcher.category?.text ?? "")"
    case .source: "source is \(alert.source), not \(matcher.source?.text ?? "")"
    case .label(let name):
      "label \(name) is \(spell(alert.labels[name] ?? "")), not "
        + (matcher.labels.first { $0.name == name }?.patterns.text ?? "")
    }
  }

  private func spell(_ value: String) -> String { value.isEmpty ? "absent" : value }
}
