// SPDX-License-Identifier: Apache-2.0
internal import Belfry

/// A silence as Alertmanager's clients see it.
struct SilenceView: Sendable {
  let silence: Silence
  let matchers: [LabelMatcher]

  init(_ silence: Silence) {
    self.silence = silence
    let matcher = silence.matcher
    var matchers: [LabelMatcher] = []
    if let severity = matcher.severity {
      matchers.append(SilenceView.any(of: severity.severities.sorted().map { .exact($0.name) }, "severity"))
    }
    // What Belfry calls a category is an alert's name there.
    if let category = matcher.category { matchers.append(SilenceView.any(of: category.all, "alertname")) }
    if let source = matcher.source { matchers.append(SilenceView.any(of: source.all, "source")) }
    matchers += matcher.labels.map { SilenceView.any(of: $0.patterns.all, $0.name) }
    // Their model knows no silence without a matcher.
    self.matchers = matchers.isEmpty ? [LabelMatcher(name: "alertname", value: ".*", isRegex: true)] : matchers
  }

  /// One matcher for patterns of which one must match.
  private static func any(of patterns: [Pattern], _ name: String) -> LabelMatcher {
    let all = patterns.map { LabelMatcher(name: name, $0) }
    if all.count == 1 { return all[0] }
    return LabelMatcher(name: name, value: all.map(\.regex).joined(separator: "|"), isRegex: true)
  }

  /// Whether a query for these matchers asks for it.
  func isAsked(by filter: [LabelMatcher]) -> Bool { filter.allSatisfy(matchers.contains) }

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
          writer.member("name", matcher.name)
          writer.member("value", matcher.value)
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

extension Patterns {
  fileprivate var all: [Pattern] { exact.sorted().map { .exact($0) } + others }
}
