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

  package var steps: [Step]
  /// The result, in one sentence.
  package var outcome: String
  /// Whether any route takes it.
  package var isTold: Bool
}

extension Policy {
  /// Evaluates every route like `decide`, and states for each why it takes the alert or not.
  ///
  /// `silences` are those in force; they and quiet hours are compared with `now`.
  package func explain(_ alert: Alert, silences: [Silence] = [], at now: Instant) -> Explanation {
    var memo = MatchMemo()
    var steps: [Explanation.Step] = []
    var end: Route?
    let mutes = muted(alert, silences, now, &memo)
    for route in rules.table.routes {
      let mismatch = route.matcher.mismatch(alert, memo: &memo)
      if let end {
        steps.append(skip(route, "not checked: \(end.name) matches and does not continue"))
      } else if let mismatch {
        steps.append(skip(route, explain(mismatch, alert, route.matcher)))
      } else {
        steps.append(take(alert, route, mutes, now))
        if !route.continues { end = route }
      }
    }
    let channels = Set(steps.flatMap(\.channels)).sorted().map(\.name)
    let drop = rules.unrouted.map { ": it is dropped (\($0))" } ?? ""
    var outcome = channels.isEmpty ? "No route matches it\(drop)." : "It goes to \(channels.joined(separator: ", "))."
    if let rule = rules.expectations[alert.id] {
      outcome = "It is expected every \(rule.every.text): only a missing one is reported (\(rule.rule))."
    }
    return Explanation(steps: steps, outcome: outcome, isTold: !channels.isEmpty)
  }

  private func skip(_ route: Route, _ text: String) -> Explanation.Step {
    Explanation.Step(rule: route.rule, isTaken: false, text: text, channels: [], throttles: [], note: route.note)
  }

  private func take(
    _ alert: Alert,
    _ route: Route,
    _ mutes: [Explanation.Throttle],
    _ now: Instant
  ) -> Explanation.Step {
    var channels = route.to
    var throttles = mutes
    if let flapping = rules.flapping {
      let changes = "more than \(flapping.over) changes within \(flapping.within.text)"
      throttles.append(.init("flapping: \(changes) are reported once, and once more when it settles", flapping.rule))
    }
    switch rules.throttle(alert, on: route) {
    case .digest(let digest, let rule):
      channels = digest.to
      throttles.append(.init("digest \(digest.name): waits for the next one", rule))
    case .group(_, let rule):
      throttles += quiet(alert, route, now) + [explain(rule, alert)]
    case .cooldown(_, let cooldown):
      throttles +=
        quiet(alert, route, now) + [explain(cooldown), explain(route.burst ?? rules.burst)].compactMap(\.self)
    case .none:
      throttles += quiet(alert, route, now) + [explain(route.burst ?? rules.burst)].compactMap(\.self)
    }
    throttles += afterwards(route)
    return Explanation.Step(
      rule: route.rule,
      isTaken: true,
      text: "matches \(route.matcher.text) → \(channels.distinct.map(\.name).joined(separator: ", "))",
      channels: channels.distinct,
      throttles: throttles,
      note: route.note
    )
  }

  /// What follows once it was sent.
  private func afterwards(_ route: Route) -> [Explanation.Throttle] {
    var lines: [Explanation.Throttle] = []
    if let rule = route.reminder {
      lines.append(.init("repeat: reminder every \(rule.every.text) while it fires", rule.rule))
    }
    for step in route.escalations {
      let to = step.to.distinct.map(\.name).joined(separator: ", ")
      lines.append(.init("escalate: to \(to) if nobody acknowledges it within \(step.after.text)", step.rule))
    }
    if route.resolved { lines.append(.init("resolved: sent when it resolves", route.rule)) }
    return lines
  }
}

// MARK: - What mutes it

extension Policy {
  /// The silences that hold it now, and the inhibitions that could.
  private func muted(
    _ alert: Alert,
    _ silences: [Silence],
    _ now: Instant,
    _ memo: inout MatchMemo
  ) -> [Explanation.Throttle] {
    var lines: [Explanation.Throttle] = []
    for silence in silences where silence.matches(alert, memo: &memo) {
      let after = silence.tellsAfterwards ? "sent then if still firing" : "not sent then"
      if let end = silence.end(at: now) {
        lines.append(.init("silenced now: \(silence.shown), until \(end.iso8601); \(after)"))
      } else if !silence.isOver(at: now) {
        lines.append(.init("silenced later: \(silence.shown), from \(max(silence.from, now).iso8601) on; \(after)"))
      }
    }
    for (_, rule) in InhibitionStage(rules: rules).muting(alert, &memo) {
      let equal = rule.equal.isEmpty ? "" : " and has the same \(rule.equal.map(\.name).joined(separator: ", "))"
      lines.append(.init("inhibited while an alert that matches \(rule.when.text)\(equal) is active", rule.rule))
    }
    return lines
  }

  private func quiet(_ alert: Alert, _ route: Route, _ now: Instant) -> [Explanation.Throttle] {
    var lines: [Explanation.Throttle] = []
    func add(_ quiet: QuietRule?, _ who: String) {
      guard let quiet, quiet.except?.contains(alert.severity) != true else { return }
      let state = quiet.window.end(at: now).map { "now, until \($0.iso8601)" } ?? "not now"
      lines.append(.init("quiet hours of \(who), \(quiet.window.text): \(state)", quiet.rule))
    }
    add(route.quiet, "the route")
    for channel in route.to.distinct { add(rules.channelQuiet[channel], channel.name) }
    return lines
  }
}

// MARK: - In words

extension Policy {
  private func explain(_ rule: GroupRule, _ alert: Alert) -> Explanation.Throttle {
    let name = rule.name(for: alert)
    let group = name.isEmpty ? "with all alerts of the route" : "with all alerts of \(name)"
    let pace = "\(rule.wait.text) after the first, then news every \(rule.every.text)"
    return .init("group: sent \(group), \(pace)", rule.rule)
  }

  private func explain(_ cooldown: CooldownRule) -> Explanation.Throttle {
    let by = cooldown.by.map(\.name).joined(separator: ", ")
    let what = "cooldown \(cooldown.window.text) by \(by)"
    return .init(
      "\(what): suppressed if a similar alert was sent in that time, unless this one is more severe",
      cooldown.rule
    )
  }

  private func explain(_ burst: BurstRule?) -> Explanation.Throttle? {
    guard let burst else { return nil }
    let to = burst.to.isEmpty ? "the same channels" : burst.to.map(\.name).joined(separator: ", ")
    let when = burst.within.map { "within \($0.text)" } ?? "at once"
    let except = burst.except.map { ", except \($0.text)" } ?? ""
    return .init("burst: more than \(burst.over) \(when) become one summary to \(to)\(except)", burst.rule)
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
