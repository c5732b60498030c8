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
      var step = Explanation.Step(
        rule: route.rule,
        isTaken: false,
        text: "",
        channels: [],
        throttles: [],
        note: route.note
      )
      if let end {
        step.text = "not looked at: \(end.name) takes the alert and does not continue"
      } else if let mismatch = route.matcher.mismatch(alert, memo: &memo) {
        step.text = explain(mismatch, alert, route.matcher)
      } else {
        step.isTaken = true
        let digest = DigestStage(rules: rules).digest(for: alert, on: route)
        step.channels = digest?.digest.to ?? route.to
        step.text = "matches \(route.matcher.text) → \(step.channels.map(\.name).joined(separator: ", "))"
        step.throttles = throttles(route, digest)
        if !route.continues { end = route }
      }
      steps.append(step)
    }
    let channels = Set(steps.filter(\.isTaken).flatMap(\.channels)).sorted().map(\.name)
    let outcome =
      channels.isEmpty
      ? "No route takes it\(rules.unrouted.map { ": it is dropped (\($0))" } ?? "")."
      : "It goes to \(channels.joined(separator: ", "))."
    return Explanation(steps: steps, outcome: outcome, isTold: !channels.isEmpty)
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

  private func throttles(_ route: Route, _ digest: (digest: DigestRule, rule: Rule)?) -> [String] {
    if let digest {
      return ["digest \(digest.digest.name): it waits for the next one (\(digest.rule))"]
    }
    var throttles: [String] = []
    if let cooldown = CooldownStage(rules: rules).rule(for: route) {
      let by = cooldown.by.map(\.name).joined(separator: ", ")
      throttles.append(
        "cooldown \(cooldown.window.text) by \(by): held when its like was told within that time, unless it is worse (\(cooldown.rule))"
      )
    }
    if let burst = route.burst ?? rules.burst {
      let to = burst.to.isEmpty ? "the same channels" : burst.to.map(\.name).joined(separator: ", ")
      throttles.append("burst: more than \(burst.over) at once become one summary to \(to) (\(burst.rule))")
    }
    if route.resolved { throttles.append("resolved: its end is told too") }
    return throttles
  }
}
