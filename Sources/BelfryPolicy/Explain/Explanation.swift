// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the rules would do with an alert, route by route, without sending it.
package struct Explanation: Sendable, Hashable {
  package struct Step: Sendable, Hashable {
    package var rule: Rule
    package var isTaken: Bool
    /// Why it takes the alert, or why not.
    package var text: String
    package var channels: [ChannelName]
    /// The rules that would hold or join the alert on this route.
    package var throttles: [Throttle]
    package var note: String
  }

  /// One rule that would hold an alert, join it to others, or follow once it was sent.
  package struct Throttle: Sendable, Hashable, CustomStringConvertible {
    package var text: String
    /// Nil if no rule of the file is involved, for example for a silence.
    package var rule: Rule?

    init(_ text: String, _ rule: Rule? = nil) {
      self.text = text
      self.rule = rule
    }

    /// `… (routes[0].cooldown, line 3)`.
    package var description: String { text + (rule.map { " (\($0))" } ?? "") }
  }

  /// What each kind of rule is asked about an alert on one route.
  struct Question {
    let alert: Alert
    let route: Route
    let throttle: BelfryPolicy.Throttle
    let rules: PolicyRules
    let silences: [Silence]
    let now: Instant

    /// The channels that the route would notify.
    var channels: [ChannelName] {
      if case .digest(let digest, _) = throttle { digest.to.distinct } else { route.to.distinct }
    }
  }

  package var steps: [Step]
  /// The result, in one sentence.
  package var outcome: String
  /// Whether any route takes it.
  package var isRouted: Bool
}

extension Policy {
  /// Evaluates every route like `decide`, and states for each why it takes the alert or not.
  ///
  /// `silences` are those in force; they and quiet hours are compared with `now`.
  package func explain(_ alert: Alert, silences: [Silence] = [], at now: Instant) -> Explanation {
    var memo = MatchMemo()
    var steps: [Explanation.Step] = []
    var end: Route?
    for route in rules.table.routes {
      let mismatch = route.matcher.mismatch(alert, memo: &memo)
      if let end {
        steps.append(skip(route, "not checked: \(end.name) matches and does not continue"))
      } else if let mismatch {
        steps.append(skip(route, explain(mismatch, alert, route.matcher)))
      } else {
        let throttle = rules.throttle(alert, on: route)
        let question = Explanation.Question(
          alert: alert,
          route: route,
          throttle: throttle,
          rules: rules,
          silences: silences,
          now: now
        )
        steps.append(take(question, &memo))
        if !route.continues { end = route }
      }
    }
    let channels = Set(steps.flatMap(\.channels)).sorted().map(\.name)
    let drop = rules.unrouted.map { ": it is dropped (\($0))" } ?? ""
    var outcome = channels.isEmpty ? "No route matches it\(drop)." : "It goes to \(channels.joined(separator: ", "))."
    if let rule = rules.expectations[alert.id] {
      outcome = "It is expected every \(rule.every.text): only a missing one is reported (\(rule.rule))."
    }
    return Explanation(steps: steps, outcome: outcome, isRouted: !channels.isEmpty)
  }

  private func skip(_ route: Route, _ text: String) -> Explanation.Step {
    Explanation.Step(rule: route.rule, isTaken: false, text: text, channels: [], throttles: [], note: route.note)
  }

  private func take(_ question: Explanation.Question, _ memo: inout MatchMemo) -> Explanation.Step {
    let route = question.route
    var lines: [Explanation.Throttle] = []
    for kind in RuleKinds.all { lines += kind.explain(question, memo: &memo) }
    if question.channels.contains(where: route.sendsResolution) {
      lines.append(.init("resolved: sent when it resolves", route.rule))
    }
    return Explanation.Step(
      rule: route.rule,
      isTaken: true,
      text: "matches \(route.matcher.text) → \(question.channels.map(\.name).joined(separator: ", "))",
      channels: question.channels,
      throttles: lines,
      note: route.note
    )
  }

  private func explain(_ mismatch: Matcher.Mismatch, _ alert: Alert, _ matcher: Matcher) -> String {
    switch mismatch {
    case .severity: "severity is \(alert.severity), not \(matcher.severity?.text ?? "")"
    case .category: "category is \(spell(alert.category)), not \(matcher.category?.text ?? "")"
    case .source: "source is \(alert.source), not \(matcher.source?.text ?? "")"
    case .label(let name):
      "label \(name) is \(spell(alert.labels[name] ?? "")), not "
        + (matcher.labels.first { $0.name.isExactly(name) }?.patterns.text ?? "")
    case .excluded(let excluded): "excluded: it matches \(excluded.text)"
    }
  }

  private func spell(_ value: String) -> String { value.isEmpty ? "absent" : value }
}
