// SPDX-License-Identifier: Apache-2.0
package import Belfry

/// What the rules would do with an alert, route by route, without sending it.
package struct Explanation: Sendable, Hashable {
  package struct Step: Sendable, Hashable {
    package var rule: Rule
    /// The name that the file gives the route; empty if it has none.
    package var name: String
    /// How many routes it is nested in.
    package var depth: Int
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
  /// Whether any route takes it, also to drop it.
  package var isRouted: Bool
}

extension Policy {
  /// Evaluates every route like `decide`, and states for each why it takes the alert or not.
  ///
  /// `silences` are those in force; they and quiet hours are compared with `now`.
  package func explain(_ alert: Alert, silences: [Silence] = [], at now: Instant) -> Explanation {
    let alert = alert.ranked(by: rules.severities)
    var memo = MatchMemo()
    let trace = RouteTrace(alert, in: rules.table.routes, memo: &memo)
    var steps: [Explanation.Step] = []
    for (route, result) in zip(rules.table.routes, trace.results) {
      let depth = route.parent.map { steps[$0].depth + 1 } ?? 0
      switch result {
      case .takes where route.drops:
        let text = "matches \(route.matcher.text)\(alone(route)): its alerts are dropped"
        steps.append(Explanation.Step(route, depth, isTaken: true, text))
      case .takes:
        let throttle = rules.throttle(alert, on: route)
        let question = Explanation.Question(
          alert: alert,
          route: route,
          throttle: throttle,
          rules: rules,
          silences: silences,
          now: now
        )
        steps.append(take(question, depth, &memo))
      case .leaves(let nested):
        let names = nested.map(\.name).joined(separator: ", ")
        steps.append(Explanation.Step(route, depth, "matches \(route.matcher.text), and leaves it to \(names)"))
      case .mismatch(let mismatch):
        steps.append(Explanation.Step(route, depth, explain(mismatch, alert, route.matcher)))
      case .behind(let end):
        steps.append(Explanation.Step(route, depth, "not checked: \(end.name) matches and does not continue"))
      case .inside(let outer):
        steps.append(Explanation.Step(route, depth, "not checked: \(outer.name) does not match"))
      }
    }
    let taking = zip(rules.table.routes, steps).filter(\.1.isTaken).map(\.0)
    let channels = Set(steps.flatMap(\.channels)).sorted().map(\.name)
    var outcome = "It goes to \(channels.joined(separator: ", "))."
    if taking.isEmpty {
      outcome = "No route matches it\(rules.unrouted.map { ": it is dropped (\($0))" } ?? "")."
    } else if channels.isEmpty {
      outcome = "It is dropped (\(taking[0].rule))."
    }
    if let rule = rules.expectations[alert.id] {
      outcome = "It is expected every \(rule.every.text): only a missing one is reported (\(rule.rule))."
    }
    return Explanation(steps: steps, outcome: outcome, isRouted: !taking.isEmpty)
  }

  private func take(_ question: Explanation.Question, _ depth: Int, _ memo: inout MatchMemo) -> Explanation.Step {
    let route = question.route
    let channels = question.channels
    let names = channels.map(\.name).joined(separator: ", ")
    let text = "matches \(route.matcher.text)\(alone(route)) → \(names)"
    var step = Explanation.Step(route, depth, isTaken: true, text)
    step.channels = channels
    var lines: [Explanation.Throttle] = []
    for kind in RuleKinds.all { lines += kind.explain(question, memo: &memo) }
    let resolved = channels.filter(route.sendsResolution)
    if !resolved.isEmpty {
      let to = resolved == channels ? "" : " to \(resolved.map(\.name).joined(separator: ", "))"
      lines.append(.init("resolved: sent\(to) when it resolves", route.rule))
    }
    step.throttles = lines
    return step
  }

  /// Words for a route with others nested in it, which take first.
  private func alone(_ route: Route) -> String {
    route.end > route.index + 1 ? ", and no route nested in it does" : ""
  }

  private func explain(_ mismatch: Matcher.Mismatch, _ alert: Alert, _ matcher: Matcher) -> String {
    switch mismatch {
    case .severity: "severity is \(alert.severity), not \(matcher.severity?.text ?? "")"
    case .category: "category is \(spell(alert.category)), not \(matcher.category?.text ?? "")"
    case .source: "source is \(alert.source), not \(matcher.source?.text ?? "")"
    case .label(let name):
      "label \(name) is \(spell(alert.value(ofLabel: name))), not "
        + (matcher.labels.first { $0.name.isExactly(name) }?.patterns.text ?? "")
    case .excluded(let excluded): "excluded: it matches \(excluded.text)"
    }
  }

  private func spell(_ value: String) -> String { value.isEmpty ? "absent" : value }
}

extension Explanation.Step {
  fileprivate init(_ route: Route, _ depth: Int, isTaken: Bool = false, _ text: String) {
    self.init(
      rule: route.rule,
      name: route.name == route.path ? "" : route.name,
      depth: depth,
      isTaken: isTaken,
      text: text,
      channels: [],
      throttles: [],
      note: route.note
    )
  }
}
