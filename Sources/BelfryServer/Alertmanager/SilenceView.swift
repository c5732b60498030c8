// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A silence as Alertmanager's clients see it.
struct SilenceView: Sendable {
  let silence: Silence
  let matchers: [AlertmanagerMatcher]
  /// Whether the matchers match what the silence matches; where no matchers do, they are those of everything.
  let isExact: Bool

  init(_ silence: Silence) {
    self.silence = silence
    let matchers = SilenceView.matchers(of: silence.matcher)
    isExact = matchers != nil
    self.matchers = matchers ?? [SilenceView.everything]
  }

  /// Their model knows no silence without a matcher.
  private static let everything = AlertmanagerMatcher(name: "alertname", value: ".*", isRegex: true)

  private static func matchers(of matcher: Matcher) -> [AlertmanagerMatcher]? {
    var constraints: [(name: String, patterns: Patterns)] = []
    if let severity = matcher.severity {
      let names = severity.severities.sorted().map { Pattern.exact(ByteText($0.name)) }
      constraints.append(("severity", Patterns(names)))
    }
    // What Belfry calls a category is an alert's name there.
    if let category = matcher.category { constraints.append(("alertname", category)) }
    if let source = matcher.source { constraints.append(("source", source)) }
    constraints += matcher.labels.map { ($0.name, $0.patterns) }
    if constraints.isEmpty { return [everything] }
    var matchers: [AlertmanagerMatcher] = []
    for constraint in constraints {
      guard let found = AlertmanagerMatcher.equivalent(to: constraint.patterns, of: constraint.name) else { return nil }
      matchers += found
    }
    return matchers
  }

  /// Whether a query for these matchers asks for it.
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
    return silence.from > now ? "pending" : "active"
  }
}
