// SPDX-License-Identifier: Apache-2.0
internal import Belfry
internal import BelfryPolicy

/// A silence in the form that Alertmanager's clients expect.
struct SilenceView: Sendable {
  let silence: Silence
  let matchers: [AlertmanagerMatcher]
  /// Whether the matchers match exactly what the silence matches; otherwise a matcher only describes it.
  let isExact: Bool

  init(_ silence: Silence) {
    self.silence = silence
    let constraints = SilenceView.constraints(of: silence.matcher)
    isExact = constraints != nil
    let matchers = constraints.map { $0.flatMap(\.matchers) } ?? [SilenceView.described(silence.matcher)]
    // Alertmanager's model requires at least one matcher.
    self.matchers = matchers.isEmpty ? [SilenceView.everything] : matchers
  }

  /// A matcher for people only: no alert has this label, so no client mistakes it for one that matches more.
  private static func described(_ matcher: Matcher) -> AlertmanagerMatcher {
    AlertmanagerMatcher(name: "belfry_match", value: matcher.text)
  }

  private static let everything = AlertmanagerMatcher(name: "alertname", value: ".*", isRegex: true)

  /// One condition of a matcher, and the label matchers that are equivalent to it.
  typealias Constraint = (part: Part, matchers: [AlertmanagerMatcher])
  enum Part: Hashable {
    case severity
    case category
    case source
    case label
  }

  /// The conditions of a matcher, one by one; nil if one of them cannot be expressed in matchers.
  static func constraints(of matcher: Matcher) -> [Constraint]? {
    guard matcher.unless.isEmpty else { return nil }
    var parts: [(part: Part, name: String, patterns: Patterns)] = []
    if let severity = matcher.severity {
      let names = severity.severities.sorted().map { Pattern.exact(ExactText($0.name)) }
      parts.append((.severity, "severity", Patterns(names)))
    }
    // Belfry's category is the alert's name in Alertmanager.
    if let category = matcher.category { parts.append((.category, "alertname", category)) }
    if let source = matcher.source { parts.append((.source, "source", source)) }
    parts += matcher.labels.map { (.label, $0.name, $0.patterns) }
    var constraints: [Constraint] = []
    for part in parts {
      guard let found = AlertmanagerMatcher.equivalent(to: part.patterns, of: part.name) else { return nil }
      constraints.append((part.part, found))
    }
    return constraints
  }

  /// Whether a query with these matchers includes it.
  func isAsked(by filter: [AlertmanagerMatcher]) -> Bool { filter.allSatisfy(matchers.contains) }

  func encode(into writer: inout JSONWriter, at now: Instant) {
    writer.object { writer in
      writer.member("id", silence.id.text)
      writer.key("status")
      writer.object { $0.member("state", state(at: now)) }
      writer.member("updatedAt", (silence.endedAt ?? min(silence.from, now)).iso8601)
      writer.member("comment", silence.comment)
      writer.member("createdBy", silence.author)
      writer.member("endsAt", (silence.endedAt ?? silence.until).iso8601)
      writer.key("matchers")
      writer.array(matchers) { writer, matcher in
        writer.object { writer in
          writer.member("isEqual", matcher.isEqual)
          writer.member("isRegex", matcher.isRegex)
          writer.member("name", matcher.name.text)
          writer.member("value", matcher.value.text)
        }
      }
      writer.member("startsAt", silence.from.iso8601)
    }
  }

  private func state(at now: Instant) -> String {
    if silence.isOver(at: now) { return "expired" }
    // Outside of its hours it silences nothing now, but will again.
    return silence.end(at: now) == nil || silence.refusal != nil ? "pending" : "active"
  }
}
